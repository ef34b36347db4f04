# noqa: A005 - python -m tests.bench.operator is its name
"""The operator beside the usual kopf style, in one run: `python -m tests.bench.operator [--objects 1000]`.

Prints CPU per object, restart writes, memory and idle CPU of both, their ratio, and what dominates ours.
Not a test: nothing fails when a machine is slow.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.operator_load import Cost, Scene, Style
from tests.bench.operator_profile import report
from tests.cluster.control_plane import ControlPlane
from tests.support.control_plane import crd_files, install_crds

OURS = Style("fmops-operator", ("fmops_operator",), {"FMOPS_HTTP_HOST": "127.0.0.1", "FMOPS_HTTP_PORT": "0"})
PEER = Style("usual-kopf-style", ("tests.bench.operator_peer",), {})
PROFILED = 200
TOP = 15


def main() -> None:
    """Measure both and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.operator", description=__doc__)
    parser.add_argument("--objects", type=int, default=1000, help="FoundationModels for each style")
    parser.add_argument("--rest", type=float, default=30.0, help="seconds of idling that are measured")
    parser.add_argument("--profile", action="store_true", help="only say where our time goes")
    chosen = parser.parse_args()
    print(f"load average before: {' '.join(f'{each:.1f}' for each in os.getloadavg())}")
    with tempfile.TemporaryDirectory(prefix="fmops-bench-") as folder:
        if not chosen.profile:
            costs = {style.name: run(style, Path(folder), chosen.objects, chosen.rest) for style in (PEER, OURS)}
            compare(costs[PEER.name], costs[OURS.name])
        profile(OURS, Path(folder))


@contextmanager
def scene(style: Style, folder: Path, objects: int) -> Iterator[Scene]:
    """A cluster of its own for one style."""
    print(f"{style.name}: {objects} objects ...", flush=True)
    with ControlPlane(folder / f"{style.name}-{objects}") as cluster:
        install_crds(cluster.kubectl, crd_files())
        yield Scene(cluster, style, folder)


def run(style: Style, folder: Path, objects: int, rest: float) -> Cost:
    """Measure one style."""
    with scene(style, folder, objects) as on:
        return on.measure(objects, rest)


def compare(peer: Cost, ours: Cost) -> None:
    """Print the table."""
    rows = [
        ("objects that say what they wait for", peer.settled, ours.settled, "all"),
        ("CPU per object, ms", 1e3 * peer.load_cpu / peer.objects, 1e3 * ours.load_cpu / ours.objects, "<= 1/2"),
        ("writes per object", peer.load_writes / peer.objects, ours.load_writes / ours.objects, ""),
        ("CPU per write, ms", 1e3 * peer.load_cpu / peer.load_writes, 1e3 * ours.load_cpu / ours.load_writes, ""),
        ("seconds until all are as far as they come", peer.load_seconds, ours.load_seconds, ""),
        ("CPU of a restart, s", peer.restart_cpu, ours.restart_cpu, ""),
        ("writes of a restart", peer.restart_writes, ours.restart_writes, "0"),
        ("resident, MiB", peer.resident, ours.resident, "<= 120"),
        ("idle CPU, % of a core", 100 * peer.idle_share, 100 * ours.idle_share, "< 1"),
    ]
    print(f"\n{'':34}{'usual kopf':>12}{'fmops':>12}{'ratio':>8}  goal")
    for name, theirs, own, goal in rows:
        ratio = f"{own / theirs:.2f}" if theirs else "-"
        print(f"{name:34}{theirs:12.2f}{own:12.2f}{ratio:>8}  {goal}")


def profile(style: Style, folder: Path) -> None:
    """Print where a style's time goes, in all its threads."""
    with scene(style, folder, PROFILED) as on:
        stacks = on.profile(PROFILED)
    print(f"\nwhat dominates {style.name} while {PROFILED} objects are made, by the package at work:")
    print(report(stacks, TOP))


if __name__ == "__main__":
    main()
