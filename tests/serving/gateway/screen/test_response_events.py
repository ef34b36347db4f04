"""A streamed answer of the Responses API under guard rails."""

import json
from typing import Any

from fmops_serving.gateway.kind import Kind
from tests.serving.gateway.screen.streams import (
    LONG,
    MAIL,
    SECRET,
    screened,
)


def response(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def test_responses_are_screened_in_their_pieces_and_where_they_are_repeated() -> None:
    delta = "response.output_text.delta"
    pieces = [response(delta, item_id="a", delta=word + " ") for word in LONG.split(" ")]
    pieces.append(response("response.output_text.done", item_id="a", text=LONG))
    assert screened(pieces, SECRET, kind=Kind.RESPONSES) == (b"".join(pieces), False)
    bad = [response(delta, item_id="a", delta="a forbidden"), response(delta, item_id="a", delta=" phrase. ")]
    out, stopped = screened([*bad, *pieces], SECRET, kind=Kind.RESPONSES)
    assert stopped
    assert b"forbidden" not in out
    assert b'"incomplete_details":{"reason":"content_filter"}' in out


def test_a_repeated_text_is_redacted_as_its_pieces_were() -> None:
    mail = "Write to john@example.org today. "
    pieces = [
        response("response.output_text.delta", item_id="a", delta=mail),
        response("response.output_text.done", item_id="a", text=mail),
        response("response.completed", response={"output": [{"content": [{"text": mail}]}]}),
    ]
    out, stopped = screened(pieces, MAIL, kind=Kind.RESPONSES)
    assert not stopped
    assert b"john" not in out
    assert out.count(b"[Email]") == 3


def test_chances_of_a_response_do_not_spell_what_was_redacted() -> None:
    chances = [{"token": "john@example.org"}]
    delta = response("response.output_text.delta", item_id="a", delta="To john@example.org. ", logprobs=chances)
    done = response("response.output_text.done", item_id="a", text="To john@example.org. ", logprobs=chances)
    out, _ = screened([delta, done], MAIL, kind=Kind.RESPONSES)
    assert b"john" not in out


def test_a_response_that_was_blocked_ends_as_the_one_that_began() -> None:
    began = response("response.created", sequence_number=0, response={"id": "resp_1", "model": "m", "output": []})
    delta = response("response.output_text.delta", sequence_number=1, item_id="a", delta="a forbidden phrase. ")
    out, stopped = screened([began, delta], SECRET, kind=Kind.RESPONSES)
    assert stopped
    last = json.loads(out.decode().rsplit("data: ", 1)[1])
    assert (last["sequence_number"], last["response"]["id"], last["response"]["model"]) == (1, "resp_1", "m")
