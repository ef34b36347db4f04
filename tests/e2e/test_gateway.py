"""The quickstart's model through the gateway, as an application meets it: keys, guard rails, streams, metrics."""

import json

import pytest

from tests.cluster.demo import MODEL, NAMESPACE, QUESTION, application
from tests.cluster.demo_client import Client
from tests.cluster.demo_gateway import INSULT, Application, gateway_metrics
from tests.cluster.demo_install import SYSTEM
from tests.cluster.demo_watch import condition, is_ready, wait_for
from tests.cluster.kubectl import Kubectl

pytestmark = [pytest.mark.node, pytest.mark.timeout(900)]
BEGINNING = "The weather is nice today."


@pytest.fixture(scope="module")
def app(kubectl: Kubectl, client: Client) -> Application:
    """An application with the quickstart's key, once the gateway serves the model."""
    wait_for(kubectl, MODEL, lambda found: is_ready(found) and condition(found, "Routed") == "True")
    return application(kubectl, client)


def blocked(page: str, direction: str) -> float:
    """How often the guard rail blocked, by all gateway pods together."""
    wanted = ("fmops_guard_checks_total{", f'direction="{direction}"', 'outcome="blocked"', f'model="{MODEL.name}"')
    found = [line for line in page.splitlines() if all(part in line for part in wanted)]
    return sum(float(line.split("}")[1].split()[0]) for line in found)


def test_a_chat_is_answered_by_the_key_and_by_nothing_else(app: Application) -> None:
    assert app.model == f"{NAMESPACE}/{MODEL.name}"
    answer = app.chat(QUESTION)
    assert (answer.status, "Paris" in answer.said) == (200, True)
    for key in (None, "sk-guessed"):
        refused = Application(app.client, app.url, app.model, key).chat(QUESTION)
        assert refused.status == 401
        assert "error" in json.loads(refused.body)


def test_an_insult_goes_neither_in_nor_out_and_both_are_counted(app: Application, kubectl: Kubectl) -> None:
    before = gateway_metrics(kubectl, app.client, SYSTEM)
    refused = app.chat(INSULT)
    assert (refused.status, json.loads(refused.body)["error"]["code"]) == (400, "content_filter")
    cut = app.insulted()
    text, end = cut.streamed
    assert (cut.status, end) == (200, "content_filter")
    assert text.strip() == BEGINNING, "what is harmless has left, and no word of the rest"
    assert "stupid" not in cut.body
    assert cut.body.rstrip().endswith("data: [DONE]")
    after = gateway_metrics(kubectl, app.client, SYSTEM)
    for direction in ("Input", "Output"):
        assert blocked(after, direction) > blocked(before, direction)
