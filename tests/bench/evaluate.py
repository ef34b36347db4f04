"""The runner and `fmops evaluate` beside lm-eval, promptfoo and inspect-ai: `python -m tests.bench.evaluate`.

All ask, in one run, the same prompts, 64 at once, of one upstream that costs next to nothing. Prints the CPU of one
more prompt (the slope between a short and a long run, so that a start counts for nobody), its ratio to ours right
before and after it, and when the first request was on the wire. Peers get environments of their own in the tool cache.
Name by --python an interpreter that was built as the image's is, with profile-guided optimisation (Debian's
/usr/bin/python3.11 is): one that was not takes half as much CPU again. Peers in Python run by it too. Not a test: a
slow machine fails nothing.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.bench.evaluate_peers import installed
from tests.bench.evaluate_tools import IN_FLIGHT, Job, Order, apart, fmops, inspect_ai, lm_eval, promptfoo, runner

GOALS = {"lm-eval": 6, "promptfoo": 40, "inspect-ai": 80}
"""How many times our runner's CPU a peer's prompt costs."""
SHORT, LONG = 300, 3000
LEVELS = (64, 256, 1024)
ROUNDS_OF_LEVEL = 50
"""Requests for each that may be on its way: 10 s before an upstream that takes DELAY. The first thousand connections
take a fifth of a second to make, which a short run would be judged by."""
SHARDS = 2
DELAY = 0.2
OURS = "runner"
Tool = Callable[[Order], Job]


@dataclass(frozen=True)
class Cost:
    """What one start cost: CPU and time in seconds, seconds until the first request, and resident MiB."""

    cpu: float
    seconds: float
    first: float
    asking: float
    """Seconds from the first request to the last answer."""
    resident: float


class Slope(NamedTuple):
    """CPU seconds of one more prompt, seconds until the first request, and MiB of the long run."""

    cpu: float
    first: float
    resident: float


def main() -> None:
    """Measure everybody, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.evaluate", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="rounds; in each ours runs before and after every other")
    parser.add_argument("--only", action="append", help="a tool; may be repeated; all when left out")
    parser.add_argument("--python", default=sys.executable, help="interpreter of all in Python, of this one's version")
    chosen = parser.parse_args()
    print(f"load average before: {' '.join(f'{each:.1f}' for each in os.getloadavg())}")
    makers = {"lm-eval": lm_eval, "promptfoo": promptfoo, "inspect-ai": inspect_ai}
    wanted = [name for name in makers if not chosen.only or name in chosen.only]
    peers: dict[str, Tool] = {name: partial(makers[name], programs=installed(name)) for name in wanted}
    ours: dict[str, Tool] = {OURS: runner, "fmops evaluate": fmops}
    tools = {name: partial(started, tool, chosen.python) for name, tool in (ours | peers).items()}
    own = tools.pop(OURS)
    with upstream(0.0) as url:
        show(OURS, *medians([(slope(OURS, own, url), 1.0) for _ in range(3)]))
        for name, tool in tools.items():
            show(name, *medians([beside(name, tool, own, url) for _ in range(chosen.rounds)]))
    with upstream(DELAY) as url:
        for level in LEVELS:
            show_level(url, level, own)
        show_shards(url, LEVELS[-1], own)


def started(tool: Tool, python: str, order: Order) -> Job:
    """Prepare a tool, to be run by this interpreter if it is in Python."""
    return apart(tool, order).run_by(python)


def beside(name: str, tool: Tool, own: Tool, url: str) -> tuple[Slope, float]:
    """Measure a tool between two runs of ours; gives its ratio to them too, for the machine's speed changes."""
    before, theirs, after = slope(OURS, own, url), slope(name, tool, url), slope(OURS, own, url)
    return theirs, theirs.cpu / ((before.cpu + after.cpu) / 2)


def slope(name: str, tool: Tool, url: str) -> Slope:
    """Start a tool with few prompts and with many."""
    short, long = measured(name, tool, url, SHORT), measured(name, tool, url, LONG)
    return Slope((long.cpu - short.cpu) / (LONG - SHORT), min(short.first, long.first), long.resident)


def medians(found: Sequence[tuple[Slope, float]]) -> tuple[Slope, float]:
    """Give the medians of some rounds."""
    slopes, ratios = zip(*found, strict=True)
    return Slope(*(median(each) for each in zip(*slopes, strict=True))), median(ratios)


def measured(name: str, tool: Tool, url: str, prompts: int, in_flight: int = IN_FLIGHT) -> Cost:
    """Start a tool once, and see that it asked every prompt. Raises SystemExit when it did not."""
    with tempfile.TemporaryDirectory(prefix="fmops-bench-") as folder:
        job = tool(Order(Path(folder), prompts, url, in_flight))
        stats(url)
        log = Path(folder) / "log"
        began = time.time()
        with log.open("wb") as screen:
            process = subprocess.Popen(
                job.command, stdout=screen, stderr=subprocess.STDOUT, cwd=folder, env={**os.environ, **job.variables}
            )
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.time() - began
        asked = stats(url)
        if asked["asked"] < prompts:
            raise SystemExit(f"{name} asked {asked['asked']} of {prompts} prompts:\n{log.read_text()[-2000:]}")
        asking = asked["last"] - asked["first"]
        return Cost(used.ru_utime + used.ru_stime, seconds, asked["first"] - began, asking, _resident(name, used))


def _resident(name: str, used: resource.struct_rusage) -> float:
    """Give the largest resident set of a child in MiB. Raises SystemExit when it may be that of this process.

    Linux counts for a child what its parent ever held when it was started.
    """
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if used.ru_maxrss <= own:
        raise SystemExit(f"{name} held less than the {own / 1024:.0f} MiB of the bench: how much is not told")
    return used.ru_maxrss / 1024


def show(name: str, found: Slope, ratio: float) -> None:
    """Print one line."""
    if name == OURS:
        print(f"\n{'':14}{'µs of CPU a prompt':>20}{'ratio':>8}{'first request, s':>18}{'MiB':>7}   goal")
    goal = f">= {GOALS[name]}x" if name in GOALS else "first request < 1 s"
    print(f"{name:14}{1e6 * found.cpu:20.0f}{ratio:7.1f}x{found.first:18.2f}{found.resident:7.0f}   {goal}", flush=True)


def show_level(url: str, level: int, tool: Tool) -> None:
    """Print how much of concurrency ÷ latency is reached, from the first request to the last answer."""
    prompts = ROUNDS_OF_LEVEL * level
    _show_level(f"{level:5} at once", prompts, measured(OURS, tool, url, prompts, level).asking, level)


def show_shards(url: str, level: int, tool: Tool) -> None:
    """Print the same of several runners that share the requests, as pods of one candidate do."""
    prompts = ROUNDS_OF_LEVEL * level
    with tempfile.TemporaryDirectory(prefix="fmops-bench-") as folder:
        job = tool(Order(Path(folder), prompts, url, level))
        asked = [*job.command, "--stage", "ask", "--shards", str(SHARDS), "--at-once", str(SHARDS)]
        stats(url)
        with Path(folder, "log").open("wb") as screen:
            pods = [
                subprocess.Popen(
                    [*asked, "--index", str(index)],
                    stdout=screen,
                    stderr=screen,
                    cwd=folder,
                    env={**os.environ, **job.variables},
                )
                for index in range(SHARDS)
            ]
            faults = [pod.args for pod in pods if pod.wait()]
        found = stats(url)
        if faults or found["asked"] != prompts:
            raise SystemExit(
                f"shards asked {found['asked']} of {prompts} prompts:\n{Path(folder, 'log').read_text()[-2000:]}"
            )
    _show_level(f"{level:5} at once, {SHARDS} shards", prompts, found["last"] - found["first"], level)


def _show_level(what: str, prompts: int, asking: float, level: int) -> None:
    share = prompts / level * DELAY / asking
    print(
        f"{what} before {DELAY:g} s: {prompts / asking:7.0f}/s, {share:.2f} of concurrency ÷ latency (goal 0.95)",
        flush=True,
    )


@contextmanager
def upstream(delay: float, *more: str) -> Iterator[str]:
    """Run the upstream; gives its root, with /v1."""
    command = [sys.executable, "-m", "tests.bench.upstream", "--delay", str(delay), *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.terminate()


def stats(url: str) -> dict[str, float]:
    """Read what the upstream was asked since the last time."""
    with urllib.request.urlopen(f"{url.removesuffix('/v1')}/stats", timeout=10) as answer:
        found: dict[str, float] = json.load(answer)
        return found


if __name__ == "__main__":
    main()
