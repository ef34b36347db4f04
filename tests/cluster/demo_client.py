"""A pod that asks models and reads metrics from inside the cluster, as an application does."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.cluster.kubectl import Kubectl
from tests.cluster.restricted_pod import restricted_pod

NAME = "fmops-client"
# Reads {"url": ..., "body": ...} and writes the answer's body; a status of 4xx or 5xx is an error with its text.
ASK = """
import json, sys, urllib.error, urllib.request
asked = json.load(sys.stdin)
body = None if asked["body"] is None else json.dumps(asked["body"]).encode()
request = urllib.request.Request(asked["url"], body, {"Content-Type": "application/json"})
try:
    with urllib.request.urlopen(request, timeout=asked["timeout"]) as answer:
        sys.stdout.write(answer.read().decode())
except urllib.error.HTTPError as error:
    sys.exit(f"{asked['url']} answered {error.code}: {error.read().decode(errors='replace')[:500]}")
except OSError as error:
    sys.exit(f"{asked['url']} did not answer: {error}")
"""


@dataclass(frozen=True)
class Answer:
    """What a model said, and how long that took."""

    text: str
    seconds: float


@dataclass(frozen=True)
class Client:
    """The client pod of a namespace; `start` makes it, or waits for the one that `make` made."""

    kubectl: Kubectl
    namespace: str

    def make(self, image: str) -> None:
        """Run the pod unless it runs with this image; it is not waited for."""
        where = ("--namespace", self.namespace)
        runs = "jsonpath={.spec.containers[0].image} {.status.phase}"
        if self.kubectl("get", "pod", NAME, *where, "--ignore-not-found", "-o", runs) not in ("", f"{image} Running"):
            self.kubectl("delete", "pod", NAME, *where)
        self.kubectl.apply(client_pod(image), namespace=self.namespace)

    def start(self, image: str) -> None:
        """Run the pod unless it runs with this image, and wait for it."""
        self.make(image)
        where = ("--namespace", self.namespace)
        self.kubectl("wait", "--for=condition=Ready", f"pod/{NAME}", *where, "--timeout=120s", timeout=130)

    def get(self, url: str, timeout: float = 60) -> str:
        """The body at an address. Raises KubectlError, with the answer's text, when it is an error."""
        return self._ask(url, None, timeout)

    def chat(self, url: str, model: str, question: str, tokens: int = 60) -> Answer:
        """One chat answer of an OpenAI-compatible endpoint, greedy."""
        message = {"role": "user", "content": question}
        body = {"model": model, "messages": [message], "max_tokens": tokens, "temperature": 0}
        begun = time.monotonic()
        answer = json.loads(self._ask(f"{url}/chat/completions", body, 120))
        return Answer(answer["choices"][0]["message"]["content"], time.monotonic() - begun)

    def python(self, script: str, stdin: str = "", timeout: float = 120) -> str:
        """What a Python program in the pod prints."""
        return self.kubectl(*self._exec, "python", "-c", script, stdin=stdin, timeout=timeout)

    @contextmanager
    def program(self, script: str, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
        """A Python program in the pod that is spoken with while the block runs, and killed at its end."""
        command = [*self.kubectl.prefix, self.kubectl.program, *self._exec, "python", "-c", script, *arguments]
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.kubectl.environment,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    @property
    def _exec(self) -> tuple[str, ...]:
        return ("exec", "--namespace", self.namespace, "--stdin", NAME, "--")

    def _ask(self, url: str, body: Any, timeout: float) -> str:
        asked = json.dumps({"url": url, "body": body, "timeout": timeout})
        return self.python(ASK, asked, timeout + 30)


def metrics_pages(kubectl: Kubectl, client: Client, namespace: str, component: str, port: int) -> list[str]:
    """The metrics of each pod of a component of the chart that is not on its way out."""
    pods = kubectl.items("pods", "--namespace", namespace, "--selector", f"app.kubernetes.io/component={component}")
    staying = [each for each in pods if "deletionTimestamp" not in each["metadata"]]
    addresses = [each["status"]["podIP"] for each in staying if each["status"].get("podIP")]
    return [client.get(f"http://{address}:{port}/metrics") for address in addresses]


def client_pod(image: str) -> dict[str, Any]:
    """A pod with Python that waits for commands, under the restricted pod security standard."""
    container = {
        "name": "client",
        "image": image,
        "command": ["python", "-c", "import signal; signal.sigwait([signal.SIGTERM])"],
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "256Mi"}},
    }
    return restricted_pod({"name": NAME, "labels": {"app.kubernetes.io/name": NAME}}, container)
