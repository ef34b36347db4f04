"""Start the runner: `python -m fmops_serving.evaluate`."""

from fmops_serving.evaluate.allocator import return_what_is_freed
from fmops_serving.evaluate.runner import main

if __name__ == "__main__":
    return_what_is_freed()
    main()
