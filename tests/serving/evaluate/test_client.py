"""One attempt against every kind of endpoint: an answer, or a fault with the right remedy."""

import socket
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmops_serving.evaluate.answer import LONGEST_LINE, Answer, EventLines, Parts
from fmops_serving.evaluate.client import connect
from fmops_serving.evaluate.faults import Fault, Remedy
from fmops_serving.evaluate.waiting import LONGEST, backoff, retry_after
from tests.support.openai_server import HTML, Behaviour, Bytes, Hangs, Says, Status, Whole, chunk, openai_server

DONE = b"data: [DONE]\n\n"
CRLF = chunk("yes").replace(b"\n", b"\r\n")
SECOND = b'data: {"choices": [{"index": 1, "delta": {"content": "no"}}]}\n\n'
REASONING = b'data: {"choices": [{"delta": {"reasoning_content": "hm"}}]}\n\n'
NUMBER = b'data: {"choices": [{"delta": {"content": 5}}]}\n\n'
BOOM = b'data: {"error": {"message": "boom", "code": 500}}\n\n'
TOO_LONG = b'data: {"error": {"message": "too long", "code": 400}}\n\n'


async def ask(behaviour: Behaviour, attempt_timeout: float = 30, times: int = 1) -> Answer:
    with openai_server(lambda _: behaviour) as server:
        async with connect(f"{server.url}/chat/completions", None, attempt_timeout) as endpoint:
            for _ in range(times):
                answer = await endpoint.ask(b'{"messages": [{"content": "hello"}]}')
            return answer


ANSWERS = [
    ("word by word", Says("two words"), "two words", True),
    ("in one piece, from a server that does not stream", Whole("two words"), "two words", False),
    ("an empty answer", Bytes(chunk("", "stop") + DONE), "", False),
    ("a stream that ends without [DONE], after a finish reason", Bytes(chunk("yes", "stop")), "yes", True),
    ("a stream whose last line has no end", Bytes(chunk("yes", "stop") + DONE.strip()), "yes", True),
    ("comments and carriage returns between events", Bytes(b": ping\r\n\r\n" + CRLF + DONE), "yes", True),
    ("a stream under another content type", Bytes(chunk("yes") + DONE, "application/octet-stream"), "yes", True),
    ("another choice beside the first", Bytes(chunk("yes") + SECOND + DONE), "yes", True),
    ("reasoning before the answer", Bytes(REASONING + chunk("yes") + DONE), "yes", True),
]  # fmt: skip


@pytest.mark.parametrize(("behaviour", "text", "timed"), [a[1:] for a in ANSWERS], ids=[a[0] for a in ANSWERS])
async def test_an_answer_is_taken(behaviour: Behaviour, text: str, timed: bool) -> None:
    answer = await ask(behaviour)
    assert answer.text == text
    assert (answer.time_to_first_token is not None) is timed
    assert 0 < (answer.time_to_first_token or answer.request_time) <= answer.request_time


async def test_tokens_and_the_reason_to_stop_are_kept() -> None:
    answer = await ask(Says("one two three", finish_reason="length"))
    assert (answer.finish_reason, answer.prompt_tokens, answer.output_tokens) == ("length", 3, 3)


async def test_the_first_token_is_timed_apart_from_the_whole() -> None:
    answer = await ask(Says("a b c d", first=0.2, between=0.1))
    assert answer.time_to_first_token is not None
    # A busy machine takes the first late and the rest in time: only what passed since the question has a lower bound.
    assert 0.2 <= answer.time_to_first_token < answer.request_time
    assert answer.request_time >= 0.2 + 0.3


async def test_time_between_tokens_is_a_mean_over_the_tokens_after_the_first() -> None:
    answer = await ask(Says("a b c d", first=0.1, between=0.1))
    assert answer.time_between_tokens is not None
    assert answer.time_to_first_token is not None
    last = answer.time_to_first_token + 3 * answer.time_between_tokens
    assert 0.1 + 3 * 0.1 <= last <= answer.request_time


@pytest.mark.parametrize(
    "behaviour",
    [Says("one"), Whole("two words"), Bytes(chunk("a") + chunk("b") + DONE)],
    ids=["one", "whole", "no count"],
)
async def test_time_between_tokens_is_unknown_with_one_token_one_piece_or_no_count(behaviour: Behaviour) -> None:
    assert (await ask(behaviour)).time_between_tokens is None


FAULTS = [
    ("too many requests", Status(429, {"Retry-After": "7"}), "too busy", Remedy.RETRY),
    ("an error of the server", Status(500), "status 500", Remedy.RETRY),
    ("a time-out of the server", Status(408), "status 408", Remedy.RETRY),
    ("a conflict", Status(409), "status 409", Remedy.RETRY),
    ("a refused request", Status(400), "refused the request (400)", Remedy.SKIP),
    ("a request that is too large", Status(413), "status 413", Remedy.SKIP),
    ("a wrong key", Status(401), "refuses the API key (401)", Remedy.STOP),
    ("a forbidden model", Status(403), "forbids", Remedy.STOP),
    ("an unknown model", Status(404), "no such model or path (404)", Remedy.STOP),
    ("a redirect", Status(307, {"Location": "/elsewhere"}), "redirects elsewhere (307)", Remedy.STOP),
    ("a web page with status 200", HTML, "a web page", Remedy.RETRY),
    ("a web page with status 502", Status(502, {}, "<html>", "text/html"), "status 502", Remedy.RETRY),
    ("text that is neither", Bytes(b"hello", "text/plain"), "neither a stream nor JSON", Remedy.RETRY),
    ("broken JSON in the stream", Bytes(b"data: {oops\n\n"), "not JSON", Remedy.RETRY),
    ("JSON that is no answer", Bytes(b'{"hello": 1}', "application/json"), "not of the OpenAI API", Remedy.RETRY),
    ("JSON of the wrong type", Bytes(b"[1, 2]", "application/json"), "not of the OpenAI API", Remedy.RETRY),
    ("an answer that is a number", Bytes(NUMBER), "not of the OpenAI", Remedy.RETRY),
    ("no choices at all", Bytes(b'{"choices": []}', "application/json"), "no answer", Remedy.RETRY),
    ("an empty stream", Bytes(DONE), "no answer", Remedy.RETRY),
    ("a stream that stops half-way, politely", Bytes(chunk("half")), "closed the stream half-way", Remedy.RETRY),
    ("a connection cut in the stream", Bytes(chunk("half"), cut=True), "half-way", Remedy.RETRY),
    ("an error in the stream", Bytes(BOOM), "status 500", Remedy.RETRY),
    ("a refusal in the stream", Bytes(TOO_LONG), "(400)", Remedy.SKIP),
    ("an error in the stream without a code", Bytes(b'data: {"error": "boom"}\n\n'), "broke off", Remedy.RETRY),
]  # fmt: skip


@pytest.mark.parametrize(("behaviour", "sentence", "remedy"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
async def test_a_fault_is_named(behaviour: Behaviour, sentence: str, remedy: Remedy) -> None:
    with pytest.raises(Fault) as raised:
        await ask(behaviour)
    assert sentence in raised.value.sentence
    assert raised.value.remedy is remedy


async def test_a_hanging_endpoint_is_left_after_the_attempt_timeout() -> None:
    with pytest.raises(Fault, match=r"gave no complete answer within 0\.3 s") as raised:
        await ask(Hangs(), attempt_timeout=0.3)
    assert raised.value.remedy is Remedy.RETRY


async def test_a_stream_that_never_ends_is_left_after_the_attempt_timeout() -> None:
    with pytest.raises(Fault, match="no complete answer"):
        await ask(Says("word " * 1000, between=0.05), attempt_timeout=0.3)


async def test_an_endpoint_that_is_not_there_is_named() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        async with connect(f"http://127.0.0.1:{free.getsockname()[1]}/v1", None, 5) as endpoint:
            with pytest.raises(Fault, match="cannot be reached"):
                await endpoint.ask(b"{}")


async def test_an_unknown_host_is_named() -> None:
    async with connect("http://no-such-host.invalid/v1", None, 20) as endpoint:
        with pytest.raises(Fault, match="host name is not known"):
            await endpoint.ask(b"{}")


async def test_the_endpoints_own_words_are_kept_apart_because_they_may_quote_the_prompt() -> None:
    with pytest.raises(Fault) as raised:
        await ask(Status(400, body='{"error": {"message": "secret prompt is too long"}}'))
    assert "secret prompt" not in raised.value.sentence
    assert "secret prompt" in raised.value.detail


async def test_the_retry_after_header_is_read() -> None:
    with pytest.raises(Fault) as raised:
        await ask(Status(429, {"Retry-After": "7"}))
    assert raised.value.retry_after == 7


async def test_a_connection_is_used_again_after_a_whole_stream() -> None:
    with openai_server(lambda _: Says("yes")) as server:
        async with connect(f"{server.url}/chat/completions", "key", 30) as endpoint:
            for _ in range(5):
                await endpoint.ask(b'{"messages": [{"content": "hello"}]}')
        assert len({asked.client for asked in server.asked}) == 1
        assert {asked.headers["Authorization"] for asked in server.asked} == {"Bearer key"}


@given(st.text(max_size=200), st.lists(st.integers(0, 400)))
def test_a_stream_reads_the_same_however_the_network_cuts_it(text: str, cuts: list[int]) -> None:
    stream = b"".join(chunk(character) for character in text) + chunk(None, "stop") + DONE
    lines, parts = EventLines(), Parts()
    edges = [0, *sorted({min(cut * 7, len(stream)) for cut in cuts}), len(stream)]
    for start, end in pairwise(edges):
        for data in lines.feed(stream[start:end]):
            parts.read(data)
    assert lines.done
    assert parts.complete(None, 1).text == text


def test_a_line_without_an_end_does_not_fill_the_memory() -> None:
    lines = EventLines()
    for _ in range(LONGEST_LINE // 65536):
        assert lines.feed(b"x" * 65536) == []
    with pytest.raises(Fault, match="no line end"):
        lines.feed(b"x")


class Draw:
    def __init__(self, share: float) -> None:
        self.share = share

    def uniform(self, low: float, high: float) -> float:
        return low + self.share * (high - low)


@pytest.mark.parametrize(
    ("attempt", "least", "most"), [(1, 0.25, 0.5), (2, 0.5, 1), (4, 2, 4), (50, LONGEST / 2, LONGEST)]
)
def test_waiting_doubles_up_to_a_limit_and_half_of_it_is_chance(attempt: int, least: float, most: float) -> None:
    assert (backoff(attempt, Draw(0)), backoff(attempt, Draw(1))) == (least, most)  # type: ignore[arg-type]


NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "wait"),
    [(None, None), ("3", 3.0), ("Mon, 23 Nov 2026 12:00:30 GMT", 30.0), ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
     ("soon", None), ("-1", None), ("²", None)],
)  # fmt: skip
def test_retry_after_is_read_as_seconds_or_as_a_date(header: str | None, wait: float | None) -> None:
    assert retry_after(header, NOW) == wait
