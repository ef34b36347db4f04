"""What tests on the real node declare and look at: models in a namespace of their own."""

import subprocess
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from tests.cluster.demo_client import Client
from tests.cluster.demo_watch import Judge, Target, wait_for
from tests.cluster.kubectl import Kubectl
from tests.cluster.weights import TINY

# Four threads ask for single tokens, each time on a new connection, until standard input ends; then the counts.
REQUEST_LOOP = """
import collections, json, sys, threading, urllib.request
url, model = sys.argv[1:]
counts, ended = collections.Counter(), threading.Event()
body = {"model": model, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 8}
def ask():
    while not ended.wait(0.05):
        request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                counts["answered" if json.load(answer)["choices"] else "empty"] += 1
        except Exception as error:
            counts[f"{type(error).__name__}: {error}"] += 1
threads = [threading.Thread(target=ask) for _ in range(4)]
for thread in threads: thread.start()
sys.stdin.read()
ended.set()
for thread in threads: thread.join()
print(json.dumps(counts))
"""


@dataclass(frozen=True)
class Place:
    """A namespace in which a test declares models."""

    kubectl: Kubectl
    namespace: str

    def apply(self, *manifests: dict[str, Any]) -> None:
        """Declare objects."""
        self.kubectl.apply(*manifests, namespace=self.namespace)

    def model(self, name: str) -> Target:
        """A FoundationModel of this place."""
        return Target("foundationmodels", name, self.namespace)

    def wait_for_model(self, name: str, done: Judge, seconds: float = 600.0) -> dict[str, Any]:
        """The model once `done` says so of it."""
        return wait_for(self.kubectl, self.model(name), done, seconds)


def tiny_model(name: str, **changes: Any) -> dict[str, Any]:
    """A FoundationModel on the tiny random weights of the claim `weights`; `changes` go into its engine."""
    engine = {
        "contextLength": 1024,
        "dtype": "Float32",
        "extraArgs": ["--enforce-eager", "--kv-cache-memory-bytes=64M"],
        **changes,
    }
    volume = {"claimName": "weights", "path": TINY.name}
    return foundation_model(name, {"persistentVolumeClaim": volume}, engine=engine)


def foundation_model(name: str, source: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """A FoundationModel for chats."""
    return {
        "apiVersion": "fmops.dev/v1alpha1",
        "kind": "FoundationModel",
        "metadata": {"name": name},
        "spec": {"task": "Chat", "source": source, **spec},
    }


def reason(found: dict[str, Any], wanted: str = "Ready") -> str:
    """The reason of a condition; empty when it is not there."""
    return next((str(c["reason"]) for c in found.get("status", {}).get("conditions", []) if c["type"] == wanted), "")


def message(found: dict[str, Any], wanted: str = "Ready") -> str:
    """The message of a condition; empty when it is not there."""
    return next((str(c["message"]) for c in found.get("status", {}).get("conditions", []) if c["type"] == wanted), "")


def request_loop(
    kubectl: Kubectl, namespace: str, url: str, model: str
) -> AbstractContextManager["subprocess.Popen[str]"]:
    """Requests from the client pod for as long as the block runs; `communicate()` ends them and gives the counts."""
    return Client(kubectl, namespace).program(REQUEST_LOOP, f"{url}/chat/completions", model)
