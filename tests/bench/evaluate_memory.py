"""What a runner holds of many prompts: `python -m tests.bench.evaluate_memory [--prompts N]`.

The examples stand in a file on a volume, as those of a bulky source do, and the rows go to another. Prints the largest
resident set of the runner for a part of the prompts and for all, as the system tells it, and what one more adds. Not a
test: a slow machine fails nothing.
"""

import argparse
from functools import partial

from tests.bench.evaluate import measured, upstream
from tests.bench.evaluate_tools import apart, bulky

MANY = 100_000
PART = 50_000
"""Prompts of the short run, at most."""
GOAL = 120
"""MiB for a million prompts."""


def main() -> None:
    """Measure a part and the whole, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.evaluate_memory", description=__doc__)
    parser.add_argument("--prompts", type=int, default=MANY, help="prompts of the long run")
    many = parser.parse_args().prompts
    few = min(many // 4, PART)
    with upstream(0.0) as url:
        part, whole = (measured("runner", partial(apart, bulky), url, prompts) for prompts in (few, many))
    more = (whole.resident - part.resident) * 2**20 / (many - few)
    million = whole.resident + more * (1e6 - many) / 2**20
    print(f"resident with {few} prompts of a source: {part.resident:.0f} MiB, {many}: {whole.resident:.0f} MiB")
    print(f"{more:.0f} bytes a prompt, so that a million take {million:.0f} MiB (goal: {GOAL})")
    print(f"first request {whole.first:.1f} s after the start, {many / whole.seconds:.0f} prompts a second")


if __name__ == "__main__":
    main()
