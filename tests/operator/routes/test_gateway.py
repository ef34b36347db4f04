"""From a FoundationModel to an answer: the real operator, the real gateway with the chart's rights, a mock engine."""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.ports import Ports
from tests.cluster.process import Process
from tests.cluster.progress import wait_until
from tests.operator.evaluation_samples import catalog_manifest
from tests.operator.routes.gateway_stage import GatewayStage
from tests.support.helm import objects, template
from tests.support.model_stage import Stage
from tests.support.openai_server import Whole, openai_server

pytestmark = pytest.mark.cluster
RAIL = {"name": "toxicity", "detector": "Toxicity"}
ACCOUNT = "fmops-gateway"


@dataclass(frozen=True)
class Door:
    """The gateway as applications see it."""

    port: int
    metrics_port: int

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
        return fetch(urllib.request.Request(f"http://127.0.0.1:{self.port}{path}"))


def fetch(request: urllib.request.Request) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


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


@pytest.fixture
def door(gateway: GatewayStage, tmp_path: Path) -> Iterator[Door]:
    """A gateway on the routes of the operator."""
    ports = Ports()
    found = Door(ports.take(), ports.take())
    options = ["--namespace", gateway.routes, "--service-account", str(account(gateway, tmp_path))]
    options += ["--port", str(found.port), "--metrics-port", str(found.metrics_port), "--grace", "1"]
    server = gateway.theatre.cluster.layout.api_port
    environment = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(server)}
    command = [sys.executable, "-m", "fmops_serving.gateway", *options]
    process = Process("gateway", command, tmp_path / "gateway.log", environment)
    process.start()
    try:
        wait_until(f"the gateway; {tmp_path / 'gateway.log'}", lambda: found.get("/readyz")[0] == 200, seconds=60)
        yield found
    finally:
        process.stop()
        ports.release()


def test_a_model_is_answered_by_its_keys_and_behind_its_rails_until_it_goes(
    stage: Stage, gateway: GatewayStage, door: Door
) -> None:
    name, keys = f"{gateway.namespace}/{stage.name}", f"{stage.name}-keys"
    assert door.ask(name, "sk-one")[0] in {401, 404}
    with openai_server(lambda _: Whole("Hello there")) as engine:
        stage.make("Secret", keys, stringData={"web": "sk-one"})
        stage.apply(
            source={"service": {"url": engine.url.removesuffix("/v1"), "model": "tiny"}},
            access={"keys": [{"name": "web", "secretRef": {"name": keys, "key": "web"}}]},
            guardrails=[RAIL],
        )
        wait_until("an answer", lambda: door.ask(name, "sk-one")[0] == 200, seconds=60)
        assert "Hello there" in door.ask(name, "sk-one")[1]
        assert door.ask(stage.name, "sk-one")[0] == 200, "within the key's namespace the name alone will do"
        assert door.ask(name, None)[0] == door.ask(name, "sk-two")[0] == 401
        status, body = door.ask(name, "sk-one", "You are a stupid worthless idiot and I will kill you")
        assert (status, json.loads(body)["error"]["code"]) == (400, "content_filter")
        assert not any("idiot" in asked.prompt for asked in engine.asked)

        catalog = {**catalog_manifest(), "metadata": {"name": "called"}}
        gateway.theatre.api.apply(catalog, gateway.namespace)
        call, text = f"prompts/{gateway.namespace}/called/classify", {"input": "Where is my parcel?"}
        wait_until("the catalogue", lambda: door.post(call, "sk-one", model=name, variables=text)[0] == 200, seconds=60)
        assert "Where is my parcel?" in engine.asked[-1].prompt
        assert engine.asked[-1].body["messages"][0]["content"] == "Answer with one word.", "version 2 is in production"

        stage.make("Secret", keys, stringData={"web": "sk-two"})
        wait_until("the new key", lambda: door.ask(name, "sk-two")[0] == 200, seconds=60)
        assert door.ask(name, "sk-one")[0] == 401, "the old key opens nothing from the moment that the new one does"

        stage.apply(
            source={"service": {"url": engine.url.removesuffix("/v1"), "model": "tiny"}}, access={"mode": "Public"}
        )
        wait_until("anybody's answer", lambda: door.ask(name, None)[0] == 200, seconds=60)
        stage.delete("FoundationModel")
        wait_until("no answer", lambda: door.ask(name, None)[0] in {401, 404}, seconds=60)
