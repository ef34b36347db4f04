"""The quickstart's model through the gateway, as an application meets it: keys, guard rails, streams, metrics."""

import json

import pytest

from tests.cluster.demo import ENGINE, MODEL, NAMESPACE, QUESTION, RUN, application
from tests.cluster.demo_client import Client
from tests.cluster.demo_gateway import INSULT, Application, gateway_metrics
from tests.cluster.demo_install import SYSTEM
from tests.cluster.demo_watch import condition, has_measured, is_ready, wait_for
from tests.cluster.kubectl import Kubectl

pytestmark = [pytest.mark.node, pytest.mark.timeout(900)]
BEGINNING = "The weather is nice today."
LONG = 1500
"""Tokens of an answer that takes the engine most of a minute."""
# Reads {"url", "body", "key", "engine"}, asks, leaves once the engine is at work (in a stream: has said something), and
# writes the seconds until the engine rested, the tokens that it had made, and those of the two seconds after.
LEAVE = """
import json, socket, sys, time, urllib.parse, urllib.request
asked = json.load(sys.stdin)
def engine(name):
    with urllib.request.urlopen(asked["engine"], timeout=60) as page:
        lines = page.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name + "{"))
def wait(done):
    begun = time.monotonic()
    while not done():
        if time.monotonic() - begun > 100:
            sys.exit("waited in vain")
        time.sleep(0.05)
    return time.monotonic() - begun
running, made = "vllm:num_requests_running", "vllm:generation_tokens_total"
wait(lambda: not engine(running))
before = engine(made)
url, content = urllib.parse.urlsplit(asked["url"]), json.dumps(asked["body"]).encode()
head = [f"POST {url.path} HTTP/1.1", f"host: {url.netloc}", f"authorization: Bearer {asked['key']}"]
head += ["content-type: application/json", f"content-length: {len(content)}", "", ""]
with socket.create_connection((url.hostname, url.port or 80), 60) as connection:
    connection.sendall("\\r\\n".join(head).encode() + content)
    if asked["body"]["stream"]:
        said = b""
        while said.count(b"data: ") < 3:
            piece = connection.recv(65536)
            said += piece or sys.exit(f"closed after {said!r}")
    wait(lambda: engine(running) and engine(made) > before + 3)
rested = wait(lambda: not engine(running))
then = engine(made)
time.sleep(2)
print(json.dumps({"rested": rested, "made": then - before, "after": engine(made) - then}))
"""


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


@pytest.mark.parametrize("stream", [True, False], ids=["in a stream", "in an answer that is not streamed"])
def test_the_engine_stops_generating_when_its_client_is_gone(app: Application, kubectl: Kubectl, stream: bool) -> None:
    wait_for(kubectl, RUN, has_measured(MODEL.read(kubectl)))
    body = {"model": app.model, "messages": [{"role": "user", "content": QUESTION}], "max_tokens": LONG}
    asked = {"url": f"{app.url}/chat/completions", "key": app.key, "engine": f"{ENGINE}/metrics"}
    question = json.dumps({**asked, "body": {**body, "stream": stream, "ignore_eos": True, "temperature": 0}})
    seen = json.loads(app.client.python(LEAVE, question, timeout=300))
    print(seen)
    assert seen["made"] < LONG / 2, "it stopped long before its end"
    assert seen["after"] < 5, "nothing but a probe of the operator's, which asks one token"
