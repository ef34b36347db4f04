"""Where an operator's time goes: stacks sampled from outside, in every thread, by py-spy."""

import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_RATE = 200
_ENDING_SECONDS = 30
_FRAME = re.compile(r"^(?P<function>.+) \((?P<file>.+?)(:\d+)?\)$")


@contextmanager
def sampled(pid: int, path: Path) -> Iterator[None]:
    """Sample the stacks of a process while the block runs, and write them to `path` when it ends."""
    program = Path(sys.executable).with_name("py-spy")
    options = ["--format", "raw", "--rate", str(_RATE), "--output", str(path), "--gil", "--nolineno"]
    sampler = subprocess.Popen(
        [program, "record", "--pid", str(pid), *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        yield
    finally:
        sampler.send_signal(signal.SIGINT)
        said = sampler.communicate(timeout=_ENDING_SECONDS)[1]
    if not path.exists():
        raise RuntimeError(f"py-spy wrote no samples: {said.strip()[-500:]}")


def shares(stacks: str) -> Counter[str]:
    """Count samples by where they are at work: the innermost frame of a package other than the standard library."""
    found: Counter[str] = Counter()
    for stack, count in _stacks(stacks):
        owners = [package for package in map(_package, stack) if package]
        found[owners[-1] if owners else "python"] += count
    return found


def innermost(stacks: str) -> Counter[str]:
    """Count samples by the function that runs."""
    found: Counter[str] = Counter()
    for stack, count in _stacks(stacks):
        found[stack[-1]] += count
    return found


def report(stacks: str, top: int) -> str:
    """Say in a few lines what dominates."""
    by_package, by_function = shares(stacks), innermost(stacks)
    total = by_package.total() or 1
    lines = [f"  {100 * count / total:5.1f} %  {package}" for package, count in by_package.most_common(top)]
    lines += ["by the function that runs:"]
    lines += [f"  {100 * count / total:5.1f} %  {function}" for function, count in by_function.most_common(top)]
    return "\n".join(lines)


def _stacks(text: str) -> Iterator[tuple[list[str], int]]:
    for line in text.splitlines():
        stack, _, count = line.rpartition(" ")
        if count.isdigit():
            yield stack.split(";"), int(count)


def _package(frame: str) -> str:
    """Name the package of a frame: our own by module, others by name; nothing for the standard library."""
    found = _FRAME.match(frame)
    if not found:
        return ""
    parts = Path(found["file"]).parts
    if "fmops_operator" in parts or "fmops_api" in parts or "fmops_serving" in parts:
        start = next(i for i, part in enumerate(parts) if part.startswith("fmops_"))
        return "/".join(parts[start:])
    if len(parts) > 1 and not parts[0].startswith(("/", "<")):
        return parts[0] if parts[0] not in {"asyncio", "json", "logging", "concurrent", "email", "importlib"} else ""
    return ""
