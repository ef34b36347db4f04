"""A streamed answer under guard rails."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_api.guardrail import Guardrail
from fmops_serving.gateway.screen.checks import Check, Outcome
from fmops_serving.gateway.screen.screen import Screen
from fmops_serving.guard.finding import Finding
from fmops_serving.guard.pattern import Regex
from tests.serving.gateway.screen.streams import (
    DONE,
    LONG,
    MAIL,
    SECRET,
    USAGE,
    chunk,
    events,
    exchange,
    screened,
    text_of,
    words,
)

PLAIN = [chunk(role="assistant", content=""), *words(LONG), chunk(finish="stop"), USAGE, DONE]


@pytest.mark.parametrize("streaming", ["Buffer", "Window"])
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_an_answer_in_which_nothing_is_found_leaves_byte_for_byte_however_it_was_cut(
    streaming: str, data: st.DataObject
) -> None:
    whole = b"".join(PLAIN)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=12)))
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert screened(pieces, {**SECRET, "streaming": streaming}) == (whole, False)


@given(cut=st.integers(1, 15))
@settings(max_examples=15, deadline=None)
def test_a_phrase_split_over_two_events_is_caught_and_nothing_of_it_leaves(cut: int) -> None:
    phrase = "forbidden phrase"
    pieces = [*words("This sentence is fine."), chunk(content=phrase[:cut]), chunk(content=phrase[cut:] + " end. ")]
    out, stopped = screened([*pieces, chunk(finish="stop"), USAGE, DONE], SECRET)
    assert stopped
    assert text_of(out) == "This sentence is ", "an event leaves whole: the space behind the full stop waits"
    assert events(out)[-1]["choices"] == [
        {"index": 0, "delta": {}, "logprobs": None, "finish_reason": "content_filter"}
    ]
    assert out.endswith(DONE)


def test_buffer_lets_nothing_go_before_the_end_and_nothing_at_all_when_the_end_is_bad() -> None:
    rail = {**SECRET, "streaming": "Buffer"}
    out, stopped = screened([*words("A fine sentence. And then a forbidden phrase."), chunk(finish="stop"), DONE], rail)
    assert stopped
    assert text_of(out) == ""


def test_text_is_held_until_its_sentence_was_looked_at() -> None:
    screen = Screen([Guardrail.model_validate(SECRET)], lambda _: None).events(exchange())
    assert screen is not None
    first, second = chunk(content="Hello there"), chunk(content=", friend. And")
    assert screen.feed(first) == b""
    assert screen.feed(second) == first
    assert screen.feed(chunk(content=" more")) == b""
    assert screen.feed(chunk(finish="stop")) == second + chunk(content=" more") + chunk(finish="stop")


def test_what_is_redacted_is_written_into_the_events_that_leave() -> None:
    pieces = [
        chunk(content="Write to jo"),
        chunk(content="hn@example.org"),
        chunk(content=" today. "),
        chunk(content="Bye."),
    ]
    out, stopped = screened([*pieces, chunk(finish="stop"), USAGE, DONE], MAIL)
    assert not stopped
    assert text_of(out) == "Write to [Email] today. Bye."
    assert out.endswith(chunk(finish="stop") + USAGE + DONE)


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content", "refusal"])
def test_every_text_of_a_delta_is_looked_at(field: str) -> None:
    _, stopped = screened([chunk(0, None, **{field: "a forbidden phrase. "}), chunk(finish="stop"), DONE], SECRET)
    assert stopped


def test_arguments_of_a_tool_are_one_text_over_their_events() -> None:
    def call(arguments: str) -> bytes:
        return chunk(tool_calls=[{"index": 0, "function": {"arguments": arguments}}])

    _, stopped = screened(
        [call('{"say": "forb'), call("idden phra"), call('se"}'), chunk(finish="tool_calls"), DONE], SECRET
    )
    assert stopped


def test_another_choice_is_another_text() -> None:
    pieces = [chunk(0, content="forbidden "), chunk(1, content="phrase. "), chunk(0, content="fruit. ")]
    pieces += [chunk(0, finish="stop"), chunk(1, finish="stop"), DONE]
    assert screened(pieces, SECRET) == (b"".join(pieces), False)
    out, stopped = screened([chunk(0, content="ok. "), chunk(1, content="forbidden phrase. "), DONE], SECRET)
    assert stopped
    assert {choice["index"] for choice in events(out)[-1]["choices"]} == {0, 1}


def test_audit_holds_nothing_and_tells_what_it_saw() -> None:
    seen: list[Check] = []
    rail = Guardrail.model_validate({**SECRET, "action": "Annotate", "streaming": "Audit"})
    screen = Screen([rail], seen.append).events(exchange())
    assert screen is not None
    piece = chunk(content="a forbidden phrase. ")
    assert screen.feed(piece) == piece
    assert screen.feed(chunk(content="more")) == chunk(content="more")
    screen.finish()
    assert Outcome.ANNOTATED in {check.outcome for check in seen}


def test_comments_and_other_events_keep_their_place() -> None:
    pieces = [b": ping\n\n", chunk(content="Fine. "), b"event: other\ndata: x\n\n", chunk(finish="stop"), DONE]
    assert screened(pieces, SECRET) == (b"".join(pieces), False)


def test_a_text_that_another_one_follows_does_not_hold_it_back() -> None:
    screen = Screen([Guardrail.model_validate(SECRET)], lambda _: None).events(exchange())
    assert screen is not None
    thought, spoken = chunk(reasoning="so I answer"), chunk(content="Yes. And")
    call = chunk(tool_calls=[{"index": 0, "id": "1", "function": {"name": "look"}}])
    assert screen.feed(thought) == b""
    assert screen.holds
    assert screen.feed(spoken) == thought
    assert screen.feed(call) == spoken
    assert screen.feed(chunk(tool_calls=[{"index": 1, "function": {"name": "look"}}])) == call


def test_every_choice_whose_end_did_not_leave_is_ended() -> None:
    def ended(*pieces: bytes) -> set[int]:
        out, stopped = screened([*pieces, DONE], SECRET)
        assert stopped
        return {choice["index"] for choice in events(out)[-1]["choices"]}

    bad = chunk(1, content="a forbidden phrase. ")
    assert ended(chunk(0, content="Fine"), chunk(0, finish="stop"), bad) == {1}
    held = chunk(1, content="a forbidden")
    assert ended(held, chunk(0, content="Fine"), chunk(0, finish="stop"), chunk(1, content=" phrase. ")) == {0, 1}


def test_usage_that_was_asked_for_is_waited_for_when_only_it_is_to_come() -> None:
    rail = {**SECRET, "streaming": "Buffer"}
    asked = exchange()
    asked.parsed = {"stream_options": {"include_usage": True}}
    screen = Screen([Guardrail.model_validate(rail)], lambda _: None).events(asked)
    assert screen is not None
    assert screen.feed(chunk(content="a forbidden phrase")) == b""
    assert screen.feed(chunk(finish="stop")) == b""
    assert not screen.stopped
    out = screen.feed(USAGE)
    assert screen.stopped
    assert [event.get("usage") for event in events(out)] == [None, {"prompt_tokens": 3, "completion_tokens": 5}]
    assert out.endswith(DONE)


def test_usage_is_not_waited_for_where_more_text_would_come() -> None:
    asked = exchange()
    asked.parsed = {"stream_options": {"include_usage": True}}
    screen = Screen([Guardrail.model_validate(SECRET)], lambda _: None).events(asked)
    assert screen is not None
    assert screen.feed(chunk(content="a forbidden phrase. ")).endswith(DONE)


@pytest.mark.parametrize(
    "event",
    [
        b'data: {"choices":[{"index":0,"delta":{"content":"a forbidden phrase. "},"logprobs":[NaN]}]}\n\n',
        b'data: {"choices":[{"index":0,"delta":{"content":"\\ud83d a forbidden phrase. "}}]}\n\n',
        b'data: {"choices":[{"index":0,"message":{"content":"a forbidden phrase. "}}]}\n\n',
        b'data: {"choices":[],"said":"a forbidden phrase. "}\n\n',
        b'data: "a forbidden phrase. "\n\n',
        b"data: a forbidden phrase. \n\n",
        b'event: x\r\ndata: {"choices":[{"index":0,\r\ndata: "delta":{"content":"a forbidden phrase. "}}]}\r\n\r\n',
        b'data: {"type":"response.code.done","code":"a forbidden phrase. "}\n\n',
        b'data: {"type":"response.item.added","delta":{"text":"a forbidden phrase. "}}\n\n',
    ],
)
def test_no_shape_of_an_event_hides_a_text(event: bytes) -> None:
    out, stopped = screened([event, DONE], SECRET)
    assert stopped
    assert b"forbidden" not in out


def test_an_event_too_long_to_be_read_ends_the_answer() -> None:
    out, stopped = screened([b"data: " + b"x" * (9 << 20)], SECRET)
    assert stopped
    assert events(out)[-1]["error"]["code"] == "cannot_be_screened"


@pytest.mark.parametrize(("policy", "ended"), [("Fail", True), ("Ignore", False)])
def test_a_rail_that_fails_ends_the_answer_with_an_error_unless_it_may_be_passed_by(
    policy: str, ended: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(self: Regex, text: str) -> list[Finding]:
        raise OSError(text)

    monkeypatch.setattr(Regex, "find", breaks)
    screen = Screen([Guardrail.model_validate({**SECRET, "failurePolicy": policy})], lambda _: None)
    stream = screen.events(exchange())
    assert stream is not None
    out = stream.feed(chunk(content="Fine. And") + chunk(finish="stop"))
    assert stream.stopped is ended
    assert (b"guardrail_unavailable" in out) is ended
    assert (stream.refusal is not None) is ended


@pytest.mark.parametrize("rail", [SECRET, MAIL, {**MAIL, "streaming": "Buffer"}])
def test_at_every_place_of_a_cut_the_same_leaves(rail: dict[str, Any]) -> None:
    said = ["Hi. I think ", "that john", "@example.org is a forbid", "den phrase", ". Bye."]
    whole = b"".join([*(chunk(content=each) for each in said), chunk(finish="stop"), USAGE, DONE])
    expected, _ = screened([whole], rail)
    for cut in range(1, len(whole)):
        assert screened([whole[:cut], whole[cut:]], rail)[0] == expected


def rewritten(pieces: list[bytes], end: bytes) -> list[bytes]:
    return [piece.replace(b"\n", end) for piece in pieces]


@pytest.mark.parametrize("end", [b"\r", b"\r\n"], ids=["CR", "CR LF"])
def test_a_phrase_is_caught_over_events_whatever_their_lines_end_with(end: bytes) -> None:
    fine = rewritten(PLAIN, end)
    assert screened(fine, SECRET) == (b"".join(fine), False)
    bad = [*words("This is fine. Now a"), chunk(content="forbidden phr"), chunk(content="ase. "), DONE]
    out, stopped = screened([b"".join(rewritten(bad, end))], SECRET)
    assert stopped
    assert b"forbidden" not in out


def over_lines(content: str) -> bytes:
    return chunk(content=content).replace(b", ", b",\ndata: ")


def test_json_over_several_lines_of_data_is_screened_with_its_neighbours() -> None:
    fine = [over_lines("A plain "), over_lines("answer. "), chunk(finish="stop"), USAGE, DONE]
    assert screened(fine, SECRET) == (b"".join(fine), False)
    out, stopped = screened([over_lines("A forbidden "), over_lines("phrase. "), chunk(finish="stop"), DONE], SECRET)
    assert stopped
    assert b"bidden" not in out


def test_two_json_in_one_event_are_none_to_a_client_and_neither_hide_nor_part_what_is_beside_them() -> None:
    both = chunk(content="fine ")[:-1] + chunk(content="fine ")
    assert screened([both, chunk(finish="stop"), DONE], SECRET)[0].startswith(both)
    out, stopped = screened([chunk(content="A forbidden "), both, chunk(content="phrase. "), DONE], SECRET)
    assert stopped
    assert b"bidden" not in out
    assert screened([chunk(content="a forbidden phrase")[:-1] + both, DONE], SECRET)[1]


def test_what_is_redacted_leaves_in_one_line() -> None:
    out, _ = screened([over_lines("Write to jo"), over_lines("hn@example.org today. "), chunk(finish="stop")], MAIL)
    assert text_of(out) == "Write to [Email] today. "
