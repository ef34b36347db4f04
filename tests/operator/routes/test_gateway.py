"""From a FoundationModel to an answer: the real operator, the real gateway with the chart's rights, a mock engine."""

import json

import pytest

from tests.cluster.progress import wait_until
from tests.operator.evaluation_samples import catalog_manifest
from tests.operator.routes.door import Door
from tests.operator.routes.gateway_stage import GatewayStage
from tests.support.model_stage import Stage
from tests.support.openai_server import Whole, openai_server

pytestmark = pytest.mark.cluster
RAIL = {"name": "toxicity", "detector": "Toxicity"}


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
