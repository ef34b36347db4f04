"""Rails that are awaited: they say what rails of the process say, whenever the answer of their detector comes."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_api.guardrail import Guardrail
from fmops_serving.gateway.kind import Kind
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.screen.awaited import AwaitedScreen
from fmops_serving.gateway.screen.awaitedevents import AwaitedEvents
from fmops_serving.gateway.screen.awaitedscores import AwaitedGathering
from fmops_serving.gateway.screen.checks import Check, Outcome
from fmops_serving.gateway.screen.elsewhere import Classifiers, Elsewhere
from fmops_serving.gateway.screen.events import EventScreen
from fmops_serving.gateway.screen.screen import Screen
from fmops_serving.guard.finding import DetectorFailed, Finding
from fmops_serving.guard.openai.jsontext import read_json
from tests.serving.gateway.screen.streams import DONE, LONG, USAGE, chunk, exchange, screened, text_of, words
from tests.serving.gateway.screen.test_response_events import response

BAD = "forbidden phrase"
HERE = {"name": "rail", "detector": "Regex", "pattern": f"(?i){BAD}", "timeout": "30s"}
THERE = {"name": "rail", "detector": "Classifier", "classifier": "phrases", "timeout": "30s"}


class Phrases:
    """Finds the phrase, like the Regex of HERE, when it may; fails where it is told to."""

    def __init__(self, *, fails: bool = False) -> None:
        self.may = asyncio.Event()
        self.may.set()
        self.calls: list[Sequence[str]] = []
        self._fails = fails

    async def afind(self, texts: Sequence[str]) -> Sequence[Sequence[Finding]]:
        self.calls.append(texts)
        await self.may.wait()
        if self._fails:
            raise DetectorFailed("it is down")
        return [
            [Finding("rail", *each.span(), 1.0) for each in re.finditer(BAD, text, re.IGNORECASE)] for text in texts
        ]


def screen(phrases: Phrases, *rails: dict[str, Any], seen: list[Check] | None = None) -> AwaitedScreen:
    classifiers: Classifiers = {"phrases": phrases}
    count = (seen if seen is not None else []).append
    return AwaitedScreen([Guardrail.model_validate(rail) for rail in rails], count, Elsewhere((), classifiers))


def events_of(phrases: Phrases, *rails: dict[str, Any], kind: Kind = Kind.CHAT) -> AwaitedEvents:
    events = screen(phrases, *rails).events(exchange(kind))
    assert isinstance(events, AwaitedEvents)
    return events


async def awaited(
    pieces: list[bytes], looks: Sequence[bool], *rails: dict[str, Any], kind: Kind = Kind.CHAT
) -> tuple[bytes, bool]:
    """Give what leaves when the detector has answered after some of the pieces, and at the end."""
    events = events_of(Phrases(), *rails, kind=kind)
    out = []
    for piece, look in zip(pieces, looks, strict=True):
        out.append(events.feed(piece))
        if look and events.unsettled:
            await events.settle()
            out.append(events.released())
        if events.stopped:
            return b"".join(out), True
    out.append(events.finish())
    while events.unsettled:
        await events.settle()
        out.append(events.released())
    return b"".join(out), events.stopped


TOOL = [
    chunk(tool_calls=[{"index": 0, "id": "t", "function": {"name": "mail", "arguments": part}}])
    for part in ('{"to": "a for', "bidden phr", 'ase"}')
]
DELTA = "response.output_text.delta"
STREAMS: dict[str, tuple[list[bytes], Kind]] = {
    "clean": ([chunk(role="assistant", content=""), *words(LONG), chunk(finish="stop"), USAGE, DONE], Kind.CHAT),
    "found": ([*words(f"Fine so far. Then a {BAD} comes. And more."), chunk(finish="stop"), DONE], Kind.CHAT),
    "found in what it thinks": (
        [chunk(reasoning_content=f"I think of a {BAD}. "), *words("Fine."), chunk(finish="stop"), DONE],
        Kind.CHAT,
    ),
    "found in a tool's argument": ([*words("I call."), *TOOL, chunk(finish="tool_calls"), DONE], Kind.CHAT),
    "found in one of two choices": (
        [*words(LONG), chunk(1, content=f"a {BAD}. "), chunk(0, "stop"), chunk(1, "stop"), DONE],
        Kind.CHAT,
    ),
    "found in an event that is no JSON": ([*words("Fine."), f"data: a {BAD}\n\n".encode(), DONE], Kind.CHAT),
    "a response": (
        [
            response("response.created", response={"id": "r"}),
            *(response(DELTA, item_id="a", delta=word + " ") for word in LONG.split(" ")),
            response("response.output_text.done", item_id="a", text=LONG),
        ],
        Kind.RESPONSES,
    ),
    "a response in which it is found": (
        [
            response("response.created", response={"id": "r"}),
            response(DELTA, item_id="a", delta=f"a {BAD}. "),
            response("response.output_text.done", item_id="a", text=f"a {BAD}. "),
        ],
        Kind.RESPONSES,
    ),
}


@pytest.mark.parametrize("action", ["Block", "Redact", "Annotate"])
@pytest.mark.parametrize("streaming", ["Buffer", "Window"])
@pytest.mark.parametrize("stream", STREAMS)
async def test_answers_at_once_are_those_of_a_rail_of_the_process(stream: str, streaming: str, action: str) -> None:
    pieces, kind = STREAMS[stream]
    fields = {"streaming": streaming, "action": action}
    here = screened(pieces, {**HERE, **fields}, kind=kind)
    assert await awaited(pieces, [True] * len(pieces), {**THERE, **fields}, kind=kind) == here


@given(data=st.data(), stream=st.sampled_from(sorted(STREAMS)), streaming=st.sampled_from(["Buffer", "Window"]))
@settings(max_examples=60, deadline=None)
def test_late_answers_let_nothing_out_that_early_ones_would_hold(
    data: st.DataObject, stream: str, streaming: str
) -> None:
    pieces, kind = STREAMS[stream]
    looks = data.draw(st.lists(st.booleans(), min_size=len(pieces), max_size=len(pieces)))
    here, stopped = screened(pieces, {**HERE, "streaming": streaming}, kind=kind)
    out, late = asyncio.run(awaited(pieces, looks, {**THERE, "streaming": streaming}, kind=kind))
    assert late is stopped
    assert BAD not in out.decode()
    if not stopped:
        assert out == here
    elif kind is Kind.CHAT:
        # Another choice, which is clean, may have come further until this one's verdict was there.
        assert text_of(b"".join(pieces)).startswith(text_of(out))


async def test_text_waits_for_its_detector_and_goes_on_coming_meanwhile() -> None:
    phrases = Phrases()
    phrases.may.clear()
    events = events_of(phrases, THERE)
    assert events.feed(b"".join(words("A fine sentence. And"))) == b""
    look = asyncio.create_task(events.settle())
    await asyncio.sleep(0)
    assert events.feed(b"".join(words("another one. And"))) == b""
    assert events.unsettled
    assert events.holds
    phrases.may.set()
    await look
    assert text_of(events.released()) == "A fine sentence. And another "


async def test_audit_holds_nothing_is_told_of_after_the_end_and_stops_nothing() -> None:
    phrases = Phrases()
    phrases.may.clear()
    seen: list[Check] = []
    rail = {**THERE, "name": "seen", "action": "Annotate", "streaming": "Audit"}
    events = screen(phrases, rail, seen=seen).events(exchange())
    assert isinstance(events, AwaitedEvents)
    scores: list[float] = []
    gathering = AwaitedGathering(events, scores.append)
    pieces = [*words(f"A {BAD} leaves. "), chunk(finish="stop"), DONE]
    out = [gathering.feed(piece) for piece in pieces]
    assert b"".join([*out, gathering.finish()]) == b"".join(pieces)
    assert not gathering.unsettled
    gathering.end()
    assert seen == []
    phrases.may.set()
    await asyncio.sleep(0.01)
    assert seen[0].outcome is Outcome.ANNOTATED


async def test_a_toxic_answer_s_score_is_told_once_when_all_was_looked_at() -> None:
    class Toxic(Phrases):
        async def afind(self, texts: Sequence[str]) -> Sequence[Sequence[Finding]]:
            return [[Finding("Classifier", 0, len(text), 0.7)] for text in texts]

    rail = {"name": "toxic", "detector": "Toxicity", "classifier": "phrases", "action": "Annotate", "timeout": "30s"}
    events = screen(Toxic(), rail).events(exchange())
    assert isinstance(events, AwaitedEvents)
    told: list[float] = []
    gathering = AwaitedGathering(events, told.append)
    for piece in words("What a stupid plan this is. It is silly."):
        gathering.feed(piece)
    gathering.finish()
    while gathering.unsettled:
        await gathering.settle()
        gathering.released()
    assert told == []
    gathering.end()
    assert told == [0.7]


@pytest.mark.parametrize(("policy", "status"), [("Fail", 503), ("Ignore", 200)])
async def test_what_fails_follows_the_policy_in_requests_answers_and_streams(policy: str, status: int) -> None:
    seen: list[Check] = []
    made = screen(Phrases(fails=True), {**THERE, "failurePolicy": policy}, seen=seen)
    asked = exchange()
    asked.parsed = {"messages": [{"role": "user", "content": "Hi there"}]}
    body = b'{"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}'
    events = made.events(exchange())
    assert isinstance(events, AwaitedEvents)
    events.feed(b"".join(words("A sentence. And")))
    await events.settle()
    out = events.released()
    if status == 200:
        await made.arequest(asked)
        assert await made.aanswer(asked, body, read_json(body)) == body
        assert text_of(out) == "A "
    else:
        for call in (made.arequest(asked), made.aanswer(asked, body, read_json(body))):
            with pytest.raises(Refusal) as refused:
                await call
            assert (refused.value.status, refused.value.code) == (503, "guardrail_unavailable")
        assert events.stopped
        assert events.refusal is not None
    assert {each.outcome for each in seen} == {Outcome.ERROR if status == 503 else Outcome.BYPASSED}


def test_a_rail_for_requests_alone_leaves_answers_to_the_fast_path() -> None:
    events = screen(Phrases(), {**THERE, "direction": "Input"}, {**HERE, "direction": "Output"}).events(exchange())
    assert isinstance(events, EventScreen)
    assert not isinstance(events, AwaitedEvents)


async def test_a_request_and_an_answer_are_what_a_rail_of_the_process_makes_of_them() -> None:
    parts = [{"type": "text", "text": f"Say {BAD}"}, {"type": "text", "text": "please"}]
    body = {"messages": [{"role": "user", "content": parts}], "tools": [{"function": {"description": "x"}}]}
    message = {"role": "assistant", "content": f"A {BAD}.", "reasoning_content": "Hm."}
    answer = b'{"choices":[{"index":0,"message":%b}]}' % str(message).replace("'", '"').encode()
    for action in ("Redact", "Annotate"):
        here, there = exchange(), exchange()
        here.parsed, there.parsed = dict(body), dict(body)
        at_once = Screen([Guardrail.model_validate({**HERE, "action": action})], lambda _: None)
        later = screen(Phrases(), {**THERE, "action": action})
        at_once.request(here)
        await later.arequest(there)
        assert there.parsed == here.parsed
        said = read_json(answer)
        assert await later.aanswer(there, answer, said) == at_once.answer(here, answer, said)
