"""What a runner holds of many prompts: `python -m tests.bench.evaluate_memory [--prompts N]`.

The examples stand in a file on a volume, as those of a bulky source do, and the rows go to another. Prints the largest
resident set of the runner for a few prompts and for many, measured by the system, and what one more prompt adds. Not a
test: a slow machine fails nothing.
"""

import argparse

from tests.bench.evaluate import measured, upstream
from tests.bench.evaluate_tools import bulky

FEW, MANY = 1000, 100_000
GOAL = 120
"""MiB for a million prompts."""


def main() -> None:
    """Measure both, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.evaluate_memory", description=__doc__)
    parser.add_argument("--prompts", type=int, default=MANY, help="prompts of the long run")
    many = parser.parse_args().prompts
    with upstream(0.0) as url:
        few, whole = (measured("runner", bulky, url, prompts) for prompts in (FEW, many))
    more = (whole.resident - few.resident) * 2**20 / (many - FEW)
    print(f"resident with {FEW} prompts from a source: {few.resident:.0f} MiB; with {many}: {whole.resident:.0f} MiB")
    print(f"{more:.0f} bytes a prompt; a million take {few.resident + more * 1e6 / 2**20:.0f} MiB (goal: {GOAL})")
    print(f"first request {whole.first:.1f} s after the start, {many / whole.seconds:.0f} prompts a second")


if __name__ == "__main__":
    main()
