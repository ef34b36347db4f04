"""Our gateway as a process on routes and catalogues that a bench gives."""

import hashlib
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.gateway_peers import free_port


def access(key: str) -> dict[str, Any]:
    """Let a key in."""
    return {"keys": [{"name": "bench", "digest": f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"}]}


@contextmanager
def gateway_of(objects: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Serve routes and catalogues, each in a file; gives the root with /v1."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="fmops-routes-") as folder:
        for number, each in enumerate(objects):
            (Path(folder) / f"{number}.json").write_text(json.dumps(each))
        command = [sys.executable, "-m", "fmops_serving.gateway", "--routes", folder, "--port", str(port)]
        process = subprocess.Popen([*command, "--metrics-port", "0"], stderr=subprocess.DEVNULL)
        try:
            _wait(f"http://127.0.0.1:{port}/readyz")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            process.wait(60)


def _wait(url: str) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{url} did not answer")
