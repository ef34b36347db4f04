"""Fuzz the gateway: `python -m tests.fuzz.run [--seconds N] [TARGET ...]` prints a line for each target.

Atheris guides by coverage and has an environment of its own, which sees this one's packages. What crashes is kept in
the folder that is printed, and `python -m tests.fuzz.run --again FILE TARGET` runs it again.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.bench.evaluate_peers import installed
from tests.cluster.paths import REPOSITORY, cache
from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS


def fuzz(target: str, seconds: int) -> bool:
    """Fuzz one target; says whether it held."""
    folder = cache() / "fuzz" / target
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[target]):
        (corpus / f"seed-{number}").write_bytes(seed)
    path = os.pathsep.join([str(REPOSITORY), *filter(None, sys.path)])
    done = subprocess.run(
        [str(installed("atheris") / "python"), "-m", "tests.fuzz.under_atheris", target, str(seconds), str(folder)],
        cwd=REPOSITORY, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    covered = re.findall(r"cov: (\d+)", done.stderr)
    told = "held" if done.returncode == 0 else f"BROKEN, see {folder}"
    print(
        f"{target:20} {runs[1] if runs else '?':>9} inputs  coverage {covered[-1] if covered else '?':>6}  {told}",
        flush=True,
    )
    if done.returncode:
        print(done.stdout[-3000:] + done.stderr[-3000:])
    return done.returncode == 0


def main() -> int:
    """Fuzz every target that is named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.run")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--again", type=Path, help="run this one input and nothing else")
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], default=[])
    asked = parser.parse_args()
    if asked.again is not None:
        for target in asked.targets:
            TARGETS[target](asked.again.read_bytes())
        return 0
    return int(False in [fuzz(target, asked.seconds) for target in asked.targets or TARGETS])


if __name__ == "__main__":
    sys.exit(main())
