"""The real gateway on what an operator writes, with the rights that the chart gives it and no more."""

import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster.ports import Ports
from tests.cluster.process import Process
from tests.cluster.progress import wait_until
from tests.operator.routes.gateway_stage import GatewayStage
from tests.support.asking import fetch
from tests.support.helm import objects, template

ACCOUNT = "fmops-gateway"


@dataclass(frozen=True)
class Door:
    """The gateway as applications see it."""

    port: int
    metrics_port: int
    process: Process

    def ask(self, model: str, key: str | None, text: str = "Hello", **more: Any) -> tuple[int, str]:
        """Ask for a chat; gives status and body."""
        return self.post("chat/completions", key, model=model, messages=[{"role": "user", "content": text}], **more)

    def post(self, path: str, key: str | None, **body: Any) -> tuple[int, str]:
        """Post to a path below /v1."""
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
        url = f"http://127.0.0.1:{self.port}/v1/{path}"
        return fetch(urllib.request.Request(url, json.dumps(body).encode(), headers))

    def get(self, path: str) -> tuple[int, str]:
        """Ask for a page."""
        return fetch(f"http://127.0.0.1:{self.port}{path}")

    def wait_ready(self) -> None:
        """Wait until it has read its routes."""
        wait_until("the gateway to be ready", lambda: self.get("/readyz")[0] == 200, seconds=60)

    def metric(self, series: str, label: str = "") -> float:
        """Add up the values of a series where it has this label, such as reason="closed"."""
        lines = fetch(f"http://127.0.0.1:{self.metrics_port}/metrics")[1].splitlines()
        return sum(float(line.split(" ")[1]) for line in lines if line.startswith(f"{series}{{") and label in line)


def account(gateway: GatewayStage, folder: Path) -> Path:
    """Give the gateway the rights that the chart gives it, and the folder that a kubelet would mount."""
    rendered = objects(template(("gateway.enabled=true",), namespace=gateway.routes))
    cluster, api = gateway.theatre.cluster, gateway.theatre.api
    mine = [each for each in rendered if each["metadata"]["name"] == ACCOUNT]
    cluster.kubectl.apply(*[each for each in mine if each["kind"] in {"ServiceAccount", "Role", "RoleBinding"}])
    path = f"/api/v1/namespaces/{gateway.routes}/serviceaccounts/{ACCOUNT}/token"
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    (folder / "token").write_text(api.request("POST", path, asked)["status"]["token"])
    (folder / "ca.crt").write_bytes(cluster.layout.authority.certificate.read_bytes())
    return folder


@contextmanager
def open_door(gateway: GatewayStage, folder: Path, api_port: int = 0) -> Iterator[Door]:
    """Run a gateway on the routes of the operator, and wait until it is ready."""
    with start_door(gateway, folder, api_port or gateway.theatre.cluster.layout.api_port) as found:
        found.wait_ready()
        yield found


@contextmanager
def start_door(gateway: GatewayStage, folder: Path, api_port: int, *more: str) -> Iterator[Door]:
    """Run a gateway that hears of routes at this port, with more options."""
    ports = Ports()
    port, metrics_port = ports.take(), ports.take()
    options = ["--namespace", gateway.routes, "--service-account", str(account(gateway, folder)), *more]
    options += ["--port", str(port), "--metrics-port", str(metrics_port), "--grace", "1"]
    environment = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(api_port)}
    command = [sys.executable, "-m", "fmops_serving.gateway", *options]
    process = Process("gateway", command, folder / "gateway.log", environment)
    process.start()
    try:
        yield Door(port, metrics_port, process)
    finally:
        process.stop()
        ports.release()
