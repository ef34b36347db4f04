"""Start the program of a resolve Job: `python -m fmops_serving.resolve`."""

from fmops_serving.resolve.command import main

if __name__ == "__main__":
    main()
