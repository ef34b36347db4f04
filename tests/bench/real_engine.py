"""The real engine outside a cluster: vLLM from an unpacked image of the tool cache, as processes on loopback."""

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.gateway_peers import free_port
from tests.cluster.paths import cache

NAME = "real"
"""What the engine calls its model."""
_PACKAGES = "opt/engine/lib/python3.11/site-packages"
_UNPACKED = (f"containerd/*/snapshots/*/fs/{_PACKAGES}/vllm", f"buildah/root/overlay/*/diff/{_PACKAGES}/vllm")
_START_SECONDS = 300.0


@dataclass(frozen=True)
class RealEngine:
    """An engine that answers."""

    root: str
    """Without /v1."""

    def metric(self, name: str) -> float:
        """Add up the series of a metric."""
        with urllib.request.urlopen(f"{self.root}/metrics", timeout=60) as answer:
            page = answer.read().decode()
        return sum(float(line.rpartition(" ")[2]) for line in page.splitlines() if line.startswith(f"{name}{{"))


def engine_packages() -> Path | None:
    """Give the Python packages of an unpacked engine image, which `make image` and the node tier leave behind."""
    return next((path.parent for pattern in _UNPACKED for path in sorted(cache().glob(pattern))), None)


def engine_variables(packages: Path) -> Mapping[str, str]:
    """Give the environment in which vLLM runs from these packages and writes nothing beside them."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPYCACHEPREFIX"}
    alone = {"PYTHONPATH": str(packages), "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    quiet = {"VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1"}
    small = {"VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_CPU_OMP_THREADS_BIND": "nobind"}
    return {**kept, **alone, **quiet, **small}


def vllm(*arguments: str) -> list[str]:
    """Give the command line of vLLM's own program."""
    return [sys.executable, "-m", "vllm.entrypoints.cli.main", *arguments]


@contextmanager
def engines(count: int, packages: Path, model: Path, *options: str) -> Iterator[list[RealEngine]]:
    """Serve a model so many times, on equal parts of the cores; gives them once they answer. Raises SystemExit."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fmops-engine-")))
        cores = {"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // count))}
        variables = {**engine_variables(packages), **cores}
        command = vllm("serve", str(model), "--host", "127.0.0.1", "--served-model-name", NAME, *options)
        started = [stack.enter_context(_process(folder / str(n), command, variables)) for n in range(count)]
        for engine, process, log in started:
            _wait(engine, process, log)
        yield [engine for engine, _, _ in started]


@contextmanager
def _process(
    folder: Path, command: Sequence[str], variables: Mapping[str, str]
) -> Iterator[tuple[RealEngine, "subprocess.Popen[bytes]", Path]]:
    folder.mkdir()
    port, log = free_port(), folder / "log"
    own = {**variables, "HOME": str(folder), "VLLM_CACHE_ROOT": str(folder / "cache")}
    with log.open("wb") as out:
        process = subprocess.Popen([*command, "--port", str(port)], cwd=folder, env=own, stdout=out, stderr=out)
    try:
        yield RealEngine(f"http://127.0.0.1:{port}"), process, log
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(engine: RealEngine, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{engine.root}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"the engine did not start:\n{log.read_text(errors='replace')[-3000:]}")
