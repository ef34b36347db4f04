"""Clients of others, unmodified, against the gateway: `python -m tests.bench.gateway_clients` prints a table.

Behind the gateway are a server of the OpenAI API and one of Anthropic's Messages API that refuses what the real one
refuses. Each client has an environment of its own; one that is not there is left out with a reason. Ends with status 1
when a check fails.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.bench.clients.engine import application
from tests.bench.evaluate_peers import installed
from tests.bench.gateway_served import access, gateway_of
from tests.cluster.paths import cache
from tests.support.anthropic_server import KEY as ANTHROPIC_KEY
from tests.support.anthropic_server import Message, anthropic_server, text

KEY = "sk-clients"
HERE = Path(__file__).parent / "clients"
SECONDS = 180
"""That one client may take."""


@dataclass(frozen=True)
class Client:
    """A client's program; `folder` is where it is started."""

    name: str
    command: list[str]
    folder: Path = HERE
    scopes: tuple[str, ...] = ("all", "chat")
    """Lacks `chat` where it cannot ask Anthropic: lm-eval always sends a seed, which is refused there by name."""
    missing: str = ""
    """Why it is left out."""


def clients() -> Iterator[Client]:
    """Give every client, installed."""
    python = str(installed("gateway-clients") / "python")
    yield Client("openai (Python)", [python, str(HERE / "with_openai.py")])
    yield Client("LangChain ChatOpenAI", [python, str(HERE / "with_langchain.py")])
    yield Client("curl", ["sh", str(HERE / "with_curl.sh")])
    yield Client("schemathesis", [python, str(HERE / "with_schemathesis.py")], scopes=("all",))
    yield Client("lm-eval", [str(installed("lm-eval") / "python"), str(HERE / "with_lm_eval.py")], scopes=("all",))
    node, folder = shutil.which("node"), cache() / "peers" / "openai-node"
    if node is None:
        yield Client("openai (Node)", [], missing="node is not on this machine")
        return
    if not (folder / "node_modules" / "openai").exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "openai@6"], cwd=folder, check=True)
    yield Client("openai (Node)", [node, str(HERE / "with_openai.mjs")], folder)


def claude(body: Mapping[str, Any]) -> Message:
    """Answer as the checks expect."""
    last = body["messages"][-1]["content"]
    if body.get("tools") and last[0]["type"] != "tool_result":
        return Message([{"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Ulm"}}], "tool_use")
    return text('{"topic": "letters"}' if body.get("output_config", {}).get("format") else "yes indeed")


@contextmanager
def engine() -> Iterator[str]:
    """Serve the OpenAI API from a thread; gives its root."""
    ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = Future()

    async def serve() -> None:
        runner = web.AppRunner(application(), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        over = asyncio.Event()
        ready.set_result((asyncio.get_running_loop(), over, runner.addresses[0][1]))
        await over.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    loop, over, port = ready.result(30)
    try:
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()


@contextmanager
def gateway(engine_url: str, anthropic_url: str) -> Iterator[str]:
    """Start the gateway for three models; gives its root."""
    opened = access(KEY)
    claude = {"api": "Anthropic", "urls": [anthropic_url], "model": "claude-test", "apiKey": ANTHROPIC_KEY}
    ours = {"urls": [engine_url], "model": "m"}
    routes = [
        {"namespace": "clients", "name": "local", "backends": [ours], "access": opened},
        {"namespace": "clients", "name": "vectors", "task": "Embedding", "backends": [ours], "access": opened},
        {"namespace": "clients", "name": "claude", "backends": [claude], "access": opened},
    ]
    hello: dict[str, Any] = {"name": "hello", "version": 1, "labels": ["production"], "variables": [{"name": "who"}]}
    hello["messages"] = [{"role": "User", "content": "Greet {{ who }}."}]
    step = {"name": "only", "template": "hello@1"}
    chain = {"name": "hello", "version": 1, "labels": ["production"], "steps": [step]}
    desk = {"kind": "PromptCatalog", "metadata": {"name": "desk", "namespace": "clients"}}
    catalog = {**desk, "spec": {"templates": [hello], "chains": [chain]}}
    with gateway_of([*routes, catalog]) as url:
        yield url


def asked(client: Client, url: str, model: str, scope: str) -> Iterator[tuple[str, str | None]]:
    """Run a client; gives each check with what is wrong, None for nothing."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    done = subprocess.run(
        [*client.command, url, KEY, model, scope],
        cwd=client.folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    for line in done.stdout.splitlines():
        found = json.loads(line)
        yield found["check"], found["fault"]
    if done.returncode:
        yield "ends well", (done.stderr.strip().splitlines() or ["no word"])[-1]


def main() -> int:
    """Run every client against both backends."""
    failed = 0
    with engine() as there, anthropic_server(claude) as anthropic, gateway(there, anthropic.url) as url:
        for client in clients():
            if client.missing:
                print(f"{client.name:22} left out: {client.missing}")
                continue
            for scope in client.scopes:
                model = "clients/local" if scope == "all" else "clients/claude"
                for check, fault in asked(client, url, model, scope):
                    failed += fault is not None
                    print(f"{client.name:22} {model:15} {check:30} {'ok' if fault is None else fault}", flush=True)
        for refusal in anthropic.refused:
            print(f"Anthropic refused: {refusal}")
            failed += 1
    print("all checks passed" if not failed else f"{failed} checks failed")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
