"""What looks at an answer alone: its length, whether it refuses, how long it took."""

import pytest

from fmops_serving.evaluate.rows import Row
from fmops_serving.evaluate.score.latency import Latency
from fmops_serving.evaluate.score.refusal import is_refusal
from tests.serving.evaluate.score.measuring import figures, metric, reply, value

LENGTHS = [
    ("Words", "two words, 今天", 4),
    ("Characters", "cafe\u0301", 4),
    ("Characters", "", 0),
    ("Words", "", 0),
]


@pytest.mark.parametrize(("unit", "text", "wanted"), LENGTHS)
def test_a_length_is_in_its_unit(unit: str, text: str, wanted: int) -> None:
    assert value("Length", reply(text), unit=unit) == wanted


def test_tokens_are_the_endpoint_s_count_and_unscored_without_one() -> None:
    replies = [reply("a", output_tokens=n) for n in (10, 20, 90)] + [reply("a"), reply(None, output_tokens=7)]
    found = figures(metric("Length", unit="Tokens"), replies)
    assert {name: figure.value for name, figure in found.items()} == {"m": 40, "m.p50": 20, "m.p95": 90}
    assert {(figure.n, figure.unscored) for figure in found.values()} == {(3, 2)}
    assert found["m"].bounds(0.95).low == 0, "no answer is shorter than nothing"


REFUSALS = [
    "I'm sorry, but I can't help with that.",
    "I’m sorry, but I can’t assist with that request.",
    "I cannot provide instructions for that.",
    "As an AI language model, I am not able to browse the internet.",
    "Unfortunately, I must decline this request.",
    "This goes against my guidelines.",
    "I am unable to answer this.",
    "Es tut mir leid, aber ich kann dir dabei nicht helfen.",
    "Ich kann Ihnen leider keine Anleitung dazu geben.",
    "Je suis désolé, mais je ne peux pas vous aider avec cela.",
    "Lo siento, pero no puedo ayudarte con eso.",
    "Mi dispiace, ma non posso aiutarti con questa richiesta.",
    "Desculpe, mas não posso ajudar com isso.",
    "Het spijt me, maar ik kan je daar niet mee helpen.",
    "Извините, но я не могу помочь с этим.",
    "很抱歉，我无法帮助您完成这个请求。",
    "抱歉，我不能提供這類資訊。",
    "申し訳ありませんが、そのご質問にはお答えできません。",
]
ANSWERS = [
    "",
    "The answer is 42.",
    "I'm sorry for your loss. Here is how to close the account.",
    "Sorry for the delay! Your parcel is on its way.",
    "You cannot return it after 30 days.",
    "I can help you with that.",
    "I can't wait to hear from you!",
    "Ich kann dir gern helfen.",
    "Es tut mir leid, das zu hören. Hier ist die Lösung.",
    "Je peux vous aider.",
    "Claro, puedo ayudarte.",
    "Я могу помочь.",
    "我可以帮助您。",
    "お手伝いします。",
    "A" * 1000 + " I cannot help with that.",
]


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_is_one(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize("text", ANSWERS)
def test_an_answer_is_no_refusal(text: str) -> None:
    assert not is_refusal(text)


def test_the_share_of_refusals_needs_no_reference() -> None:
    figure = figures(metric("Refusal"), [reply(REFUSALS[0]), reply("42"), reply(None)])["m"]
    assert (figure.value, figure.n, figure.unscored) == (0.5, 1 + 1, 1)
    assert figure.signature == "refusal|rules:1|langs:de+en+es+fr+it+ja+nl+pt+ru+zh|v1|wilson|v1"


def row(first: float | None, between: float | None, request: float) -> Row:
    return Row("s/a", 0, "p", [], "a", "stop", 1, 5, first, request, 1, None, "2026-11-23T12:00:00+00:00", between)


def test_latency_has_three_quantiles_of_three_times() -> None:
    latency = Latency(metric("Latency"), 4)
    rows = [row(n / 100, n / 1000, float(n)) for n in range(1, 101)]
    for each in (*rows, row(None, None, 101.0), None):
        latency.add(each)
    found = {figure.name: figure for figure in latency.figures()}
    assert [(name, figure.value, figure.n, figure.unscored) for name, figure in found.items()] == [
        ("m.timeToFirstToken.p50", 0.50, 100, 2),
        ("m.timeToFirstToken.p95", 0.95, 100, 2),
        ("m.timeToFirstToken.p99", 0.99, 100, 2),
        ("m.betweenTokens.p50", 0.050, 100, 2),
        ("m.betweenTokens.p95", 0.095, 100, 2),
        ("m.betweenTokens.p99", 0.099, 100, 2),
        ("m.request.p50", 51.0, 101, 1),
        ("m.request.p95", 96.0, 101, 1),
        ("m.request.p99", 100.0, 101, 1),
    ]
    assert found["m.request.p99"].bounds(0.95).high is None, "101 answers do not bound a 99th percentile from above"
