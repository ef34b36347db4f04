"""The gateway beside its peers, in one run: `python -m tests.bench.gateway`.

Rounds are interleaved and medians count: CPU of the process under test (all its children too) for one request and one
event of a stream, requests a second, what is added to an answer and to a first event. It has one core; clients and the
engine share another. Ours asks for a key, counts, and screens what it says; the peers do none of it. Ratios are to
vllm-router where it takes part. Name by --python an interpreter that was built as the image's is, with profile-guided
optimisation (Debian's /usr/bin/python3.11 is): one that was not takes half as much CPU again. Its hot modules are
compiled, as the image's are, unless --interpreted says no.
Not a test: a slow machine fails nothing. It ends with an error when an answer or an event is lost.
"""

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import tempfile
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import uvloop

from tests.bench.gateway_load import Load
from tests.bench.gateway_peers import (
    KEY,
    PEERS,
    Make,
    Way,
    guarded,
    ours,
    production_stack,
    run_by,
    started,
    worded,
)
from tests.bench.gateway_upstream import EVENTS
from tests.cluster.compiled_wheel import compiled_tree

GUARDED, WORDED, PLAIN, DIRECT = "fmops, toxicity", "fmops, words", "fmops", "direct"
TEST_CORE, OTHER_CORE = 0, 1
YARDSTICK = "vllm-router"
GAP = 0.005
"""Seconds between two events."""
SLOW = {"litellm": 20, "production-stack": 10}
"""A peer is asked so many times fewer."""
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Work:
    """One kind of load."""

    name: str
    connections: int
    requests: int
    stream: bool
    turns: int = 1
    """Of a conversation, each a request with all that was said before."""

    def units(self, requests: int) -> int:
        """Count what CPU is divided by."""
        return requests * EVENTS if self.stream else requests


WORKS = (
    Work("json", 16, 4000, stream=False),
    Work("json, one connection", 1, 500, stream=False),
    Work("turn of ten", 16, 800, stream=False, turns=10),
    Work("stream", 32, 320, stream=True),
)
Figures = dict[str, dict[str, list[tuple[float, float, float]]]]
"""By work and way: µs of CPU a unit, ms until the answer or the first event (median), units a second."""


def main() -> None:
    """Measure everybody, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.gateway", description=__doc__)
    parser.add_argument("--rounds", type=int, default=4, help="rounds, interleaved")
    parser.add_argument("--only", action="append", choices=sorted(PEERS), help="a peer; may be repeated")
    parser.add_argument("--python", default=sys.executable, help="interpreter of ours, of this one's version")
    parser.add_argument("--interpreted", action="store_true", help="ours as its sources, its hot modules not compiled")
    parser.add_argument("--production-stack", type=Path, metavar="CHECKOUT", help="its sources: its router takes part")
    parser.add_argument("--streams", type=int, default=1000, help="streams at once in the last part; 0: none")
    chosen = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    print(f"load average before: {' '.join(f'{each:.1f}' for each in os.getloadavg())}", flush=True)
    compiled = None if chosen.interpreted else compiled_tree()
    print("our hot modules are " + ("interpreted" if compiled is None else "compiled"), flush=True)
    peers = {name: make for name, make in PEERS.items() if not chosen.only or name in chosen.only}
    if chosen.production_stack:
        peers["production-stack"] = partial(production_stack, chosen.production_stack.resolve())
    with tempfile.TemporaryDirectory(prefix="fmops-bench-") as folder, engine() as port, ExitStack() as stack:
        ways: dict[str, tuple[Way, int]] = {}
        for name, make in ({GUARDED: guarded, WORDED: worded, PLAIN: ours} | peers).items():
            way = made(make, Path(folder) / name, port)
            way = way if name in peers else run_by(chosen.python, way, compiled)
            ways[name] = way, stack.enter_context(started(way, TEST_CORE, Path(folder) / f"{name}.log"))
        os.sched_setaffinity(0, {OTHER_CORE})
        show(measured(ways, port, chosen.rounds))
        for name in (GUARDED, PLAIN) if chosen.streams else ():
            show_many(name, *ways[name], chosen.streams)
    print(f"load average after: {' '.join(f'{each:.1f}' for each in os.getloadavg())}")


def made(make: Make, folder: Path, port: int) -> Way:
    """Make a way in a folder of its own."""
    folder.mkdir()
    return make(folder, port)


def measured(ways: Mapping[str, tuple[Way, int]], port: int, rounds: int) -> Figures:
    """Load each way in turn, round after round; the first round warms up and is not counted.

    Each round begins with another way: the first one finds a core that rested, which can cost it half as much again.
    """
    found: Figures = defaultdict(lambda: defaultdict(list))
    everybody = deque([*ways.items(), (DIRECT, (Way([], port, model="m"), 0))])
    for number in range(rounds + 1):
        for work in WORKS:
            for name, (way, process) in everybody:
                figures = loaded(name, way, process, work)
                if number:
                    found[work.name][name].append(figures)
        everybody.rotate()
    return found


def loaded(name: str, way: Way, process: int, work: Work) -> tuple[float, float, float]:
    """Load a way once. Raises SystemExit when an answer or an event was lost."""
    requests = work.requests // SLOW.get(name, 1) // work.connections * work.connections or work.connections
    load = Load(way.port, work.connections, requests, work.stream, way.model, KEY, work.turns)
    before = cpu_of(process)
    uvloop.run(load.run())
    used, units = cpu_of(process) - before, work.units(requests)
    if load.failed or len(load.times) != requests or (work.stream and load.events != units):
        lost = f"{name} failed {len(load.failed)} of {requests} requests, {load.events} events came"
        raise SystemExit(f"{lost}: {load.failed[:1]}")
    return 1e6 * used / units, 1e3 * median(load.times), units / load.seconds


def show(found: Figures) -> None:
    """Print a table for each work."""
    for work, by_way in found.items():
        figures = {name: [median(each) for each in zip(*rounds, strict=True)] for name, rounds in by_way.items()}
        unit = "event" if work == "stream" else "request"
        until = "first event" if work == "stream" else "answer"
        print(f"\n{work + ':':24}{'µs CPU/' + unit:>16}{'ratio':>8}{'added ms to ' + until:>26}{unit + 's/s':>13}")
        for name, (cpu, latency, rate) in figures.items():
            if name != DIRECT:
                ratio = cpu / (figures.get(YARDSTICK) or figures[PLAIN])[0]
                print(f"{name:24}{cpu:16.1f}{ratio:8.2f}{latency - figures[DIRECT][1]:26.2f}{rate:13.0f}")
        print(f"{DIRECT:24}{'':24}{figures[DIRECT][1]:26.2f}{figures[DIRECT][2]:13.0f}  (whole, not added)", flush=True)


def show_many(name: str, way: Way, process: int, streams: int) -> None:
    """Print what many streams at once need."""
    before = resident(process)
    load = Load(way.port, streams, streams, stream=True, model=way.model, key=KEY)
    most = uvloop.run(peak(load, process))
    if load.failed or load.events != streams * EVENTS:
        raise SystemExit(f"{name} lost events: {load.events} of {streams * EVENTS} came")
    print(f"{name}: {streams} streams at once, none lost, {(most - before) / streams:.1f} KB each")


async def peak(load: Load, process: int) -> int:
    """Run a load; gives the most memory that a process had meanwhile, in KB."""
    running = asyncio.create_task(load.run())
    most = 0
    while not running.done():
        most = max(most, resident(process))
        await asyncio.wait({running}, timeout=0.05)
    await running
    return most


def cpu_of(process: int) -> float:
    """Give seconds of CPU of a process and its children so far; 0 for none."""
    return sum(_cpu(each) for each in _tree(process)) if process else 0.0


def _cpu(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _tree(process: int) -> Iterator[int]:
    yield process
    for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
        yield from _tree(int(child))


def resident(process: int) -> int:
    """Give the resident memory of a process, in KB."""
    (line,) = [each for each in Path(f"/proc/{process}/status").read_text().splitlines() if each.startswith("VmRSS")]
    return int(line.split()[1])


@contextmanager
def engine() -> Iterator[int]:
    """Run the engine; gives its port."""
    command = [sys.executable, "-m", "tests.bench.gateway_upstream", "--gap", str(GAP)]
    pinned = ["taskset", "-c", str(OTHER_CORE), *command]
    with subprocess.Popen(pinned, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
