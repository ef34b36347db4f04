"""Ways from a client to an engine: ours with and without guard rails, and what others use, each started alone."""

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.bench.evaluate_peers import installed, installed_from
from tests.bench.interpreter import packages_here
from tests.cluster.paths import cache

KEY = "sk-bench"
MODEL = "bench/tiny"
TOXICITY = {"name": "toxicity", "detector": "Toxicity", "direction": "Both", "action": "Block", "streaming": "Window"}
_NAMES = [
    f"{first}{last}" for first in ("alba", "brix", "cora", "dorn", "ekko", "fjor") for last in ("nex", "tum", "vio")
]
WORDS = {"name": "projects", "detector": "Regex", "pattern": rf"(?i)\b({'|'.join(_NAMES)})\b", "direction": "Both"}
"""Words that must not leave, as a house has them; none is in the texts."""


@dataclass(frozen=True)
class Way:
    """A process between clients and an engine."""

    command: list[str]
    port: int
    ready: str = "/health"
    """Answers 200 when it is ready."""
    model: str = MODEL
    variables: Mapping[str, str] = field(default_factory=dict)


Make = Callable[[Path, int], Way]
"""Makes a way from a folder of its own and the engine's port."""


def ours(folder: Path, engine: int, guardrails: tuple[object, ...] = ()) -> Way:
    """Our gateway, with a key, metrics, and guard rails where they are given."""
    digest = f"sha256:{hashlib.sha256(KEY.encode()).hexdigest()}"
    route = {
        "namespace": "bench",
        "name": "tiny",
        "backends": [{"urls": [f"http://127.0.0.1:{engine}/v1"], "model": "m"}],
        "access": {"keys": [{"name": "bench", "digest": digest}]},
        "guardrails": list(guardrails),
    }
    (folder / "routes").mkdir()
    (folder / "routes" / "tiny.json").write_text(json.dumps(route))
    port = free_port()
    command = [sys.executable, "-m", "fmops_serving.gateway", "--routes", str(folder / "routes")]
    return Way([*command, "--port", str(port), "--metrics-port", "0"], port, "/readyz")


def guarded(folder: Path, engine: int) -> Way:
    """Our gateway, with every request and answer screened for toxicity."""
    return ours(folder, engine, (TOXICITY,))


def worded(folder: Path, engine: int) -> Way:
    """Our gateway, with every request and answer searched for words."""
    return ours(folder, engine, (WORDS,))


def run_by(python: str, way: Way, compiled: Path | None = None) -> Way:
    """Run one of ours by some interpreter of this one's version, with the packages installed here and hot modules."""
    variables = packages_here() if compiled is None else packages_here(compiled)
    return replace(way, command=[python, *way.command[1:]], variables=variables)


def vllm_router(folder: Path, engine: int) -> Way:
    """The Rust router of the vLLM project; inspects nothing and asks for no key."""
    port = free_port()
    program = str(installed("vllm-router") / "vllm-router")
    command = [program, "--worker-urls", f"http://127.0.0.1:{engine}", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--policy", "round_robin", "--prometheus-port", str(free_port()), "--log-level", "error"]
    return Way(command, port, model="m")


def production_stack(checkout: Path, folder: Path, engine: int) -> Way:
    """The router of vLLM's production-stack, which no registry has, from a checkout; inspects nothing."""
    port = free_port()
    program = str(installed_from(checkout, "production-stack", python="3.12") / "vllm-router")
    command = [program, "--host", "127.0.0.1", "--port", str(port), "--routing-logic", "roundrobin"]
    command += ["--service-discovery", "static", "--static-backends", f"http://127.0.0.1:{engine}"]
    command += ["--static-models", "m", "--log-level", "error"]
    return Way(command, port, model="m")


def litellm(folder: Path, engine: int) -> Way:
    """The LiteLLM proxy, with one worker and no database; inspects nothing."""
    port = free_port()
    parameters = {"model": "openai/m", "api_base": f"http://127.0.0.1:{engine}/v1", "api_key": "none"}
    config = {
        "model_list": [{"model_name": MODEL, "litellm_params": parameters}],
        "general_settings": {"master_key": KEY},
        "litellm_settings": {"telemetry": False},
    }
    (folder / "config.yaml").write_text(json.dumps(config))
    command = [str(installed("litellm") / "litellm"), "--config", str(folder / "config.yaml"), "--num_workers", "1"]
    variables = {"LITELLM_LOG": "ERROR", "LITELLM_MODE": "PRODUCTION", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    command += ["--host", "127.0.0.1", "--port", str(port)]
    return Way(command, port, "/health/liveliness", variables=variables)


def nginx(folder: Path, engine: int) -> Way:
    """Debian's nginx, as a plain proxy with kept connections and no buffers; inspects nothing."""
    port = free_port()
    kept = f"upstream engine {{ server 127.0.0.1:{engine}; keepalive 2000; keepalive_requests 1000000; }}"
    there = "proxy_pass http://engine; proxy_http_version 1.1; proxy_set_header Connection ''; proxy_buffering off;"
    bodies = " ".join(
        f"{kind}_temp_path {folder / kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    server = f"server {{ listen 127.0.0.1:{port} backlog=4096; keepalive_requests 1000000; location / {{ {there} }} }}"
    (folder / "nginx.conf").write_text(
        f"daemon off; worker_processes 1; pid {folder / 'pid'}; error_log stderr error;\n"
        f"events {{ worker_connections 8192; }}\nhttp {{ access_log off; {bodies} {kept}\n{server} }}\n"
    )
    return Way([str(nginx_program()), "-p", str(folder), "-c", str(folder / "nginx.conf")], port, model="m")


def nginx_program() -> Path:
    """Give nginx's program: the system's, else out of Debian's package. Raises CalledProcessError."""
    folder = cache() / "peers" / "nginx"
    program = folder / "usr" / "sbin" / "nginx"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", "-qq", "nginx"], cwd=folder, check=True)
        (package,) = folder.glob("nginx_*.deb")
        subprocess.run(["dpkg-deb", "-x", str(package), str(folder)], check=True)
    return program


PEERS: Mapping[str, Make] = {"vllm-router": vllm_router, "nginx": nginx, "litellm": litellm}


@contextmanager
def started(way: Way, core: int, log: Path, patience: float = 120.0) -> Iterator[int]:
    """Run a way on one core until it is not needed; gives its process. Raises SystemExit when it does not start."""
    with log.open("wb") as screen:
        process = subprocess.Popen(
            ["taskset", "-c", str(core), *way.command],
            stdout=screen,
            stderr=subprocess.STDOUT,
            env={**os.environ, **way.variables},
        )
    try:
        until = time.monotonic() + patience
        while not answers(way):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{way.command[0]} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        if process.poll() is None:
            process.kill()
            process.wait()


def answers(way: Way) -> bool:
    """Say whether it is ready."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{way.port}{way.ready}", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
