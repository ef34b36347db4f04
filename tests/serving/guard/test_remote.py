"""Remote: the FMS detector API over real HTTP, and answers that break it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from fmops_api.guardrail import Action, Direction
from fmops_serving.guard.endpoint import LONGEST_ANSWER
from fmops_serving.guard.finding import DetectorFailed, Finding
from fmops_serving.guard.rails import Rails
from fmops_serving.guard.remote import Remote
from fmops_serving.guard.rule import Rule

EMAIL = {"start": 5, "end": 11, "text": "a@b.de", "detection": "EmailAddress", "detection_type": "pii", "score": 0.9}
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_post("/api/v1/text/contents", answer)
    async with TestServer(application) as server:
        yield str(server.make_url("/"))


def says(said: object, status: int = 200) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(said, status=status)

    return answer


async def test_texts_are_sent_as_the_contract_says_and_detections_come_back() -> None:
    asked: list[Any] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append((request.headers["detector-id"], request.headers.get("Authorization"), await request.json()))
        return web.json_response([[EMAIL], []])

    async with serving(answer) as url:
        remote = Remote(url, "pii-v1", {"regex": ["email"]}, api_key="k")
        found = await remote.afind(["Mail a@b.de", "  ", "half a \ud83d pair"])
        await remote.close()
    contents = ["Mail a@b.de", "half a \ufffd pair"]
    assert asked == [("pii-v1", "Bearer k", {"contents": contents, "detector_params": {"regex": ["email"]}})]
    assert found == [[Finding("EmailAddress", 5, 11, 0.9)], (), []]


async def test_what_was_found_is_redacted_by_code_points() -> None:
    async with serving(says([[{**EMAIL, "start": 2, "end": 8}]])) as url:
        remote = Remote(url, "pii-v1")
        (decision,) = await Rails([Rule("pii", remote, action=Action.REDACT, timeout=10)]).ascreen(
            ["🙂 a@b.de"], Direction.INPUT
        )
        await remote.close()
    assert decision.text == "🙂 [EmailAddress]"


async def test_nothing_is_asked_about_texts_that_say_nothing() -> None:
    assert await Remote("http://127.0.0.1:9", "x").afind(["", " \n"]) == [(), ()]


async def test_a_connection_that_was_closed_meanwhile_is_opened_again() -> None:
    dropped = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal dropped
        if not dropped:
            dropped += 1
            assert request.transport
            request.transport.close()
        return web.json_response([[]])

    async with serving(answer) as url:
        remote = Remote(url, "x")
        assert await remote.afind(["text"]) == [[]]
        await remote.close()
    assert dropped == 1


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(LONGEST_ANSWER // (1 << 18) + 2):
        await response.write(b" " * (1 << 18))
    return response


async def redirect(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("http://127.0.0.1:9/")


async def not_json(_: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>")


WRONG: list[tuple[Answer, str]] = [
    (says({"code": 404, "message": "no"}, 404), "it answered HTTP 404"),
    (redirect, "it answered HTTP 302"),
    (not_json, "its answer is no JSON"),
    (endless, "its answer is longer than 4 MiB"),
    (says([]), "its answer is no list of 1 lists, one for each text"),
    (says([EMAIL]), "its answer for one text is no list of detections"),
    (says([["Email"]]), "a detection of it is no object"),
    (says([[{**EMAIL, "end": 99}]]), "a detection of it has no place in a text of 4 characters"),
    (says([[{**EMAIL, "start": True, "end": 2}]]), "a detection of it has no place"),
    (says([[{**EMAIL, "start": 0, "end": 4, "score": None}]]), "a detection of it has no score from 0 to 1"),
    (says([[{**EMAIL, "start": 0, "end": 4, "score": 7}]]), "a detection of it has no score from 0 to 1"),
]


@pytest.mark.parametrize(("answer", "why"), WRONG)
async def test_an_answer_that_breaks_the_contract_is_a_failure_with_its_cause(answer: Answer, why: str) -> None:
    async with serving(answer) as url:
        remote = Remote(url, "x")
        with pytest.raises(DetectorFailed, match=why):
            await remote.afind(["text"])
        await remote.close()


async def test_nobody_there_is_a_failure() -> None:
    remote = Remote("http://127.0.0.1:9", "x")
    with pytest.raises(DetectorFailed, match=r"it cannot be asked \(Unreachable\)"):
        await remote.afind(["text"])
    await remote.close()


async def test_an_answer_that_does_not_come_is_interrupted() -> None:
    gone = asyncio.Event()

    async def answer(_: web.Request) -> web.StreamResponse:
        await gone.wait()
        return web.json_response([[]])

    async with serving(answer) as url:
        remote = Remote(url, "x")
        (decision,) = await Rails([Rule("far", remote, timeout=0.05)]).ascreen(["text"], Direction.INPUT)
        gone.set()
        await remote.close()
    assert (decision.unavailable, decision.failures[0].why) == ("far", "it gave no answer within 0.05 s")


KINDS = [
    ({"detection": "Net.Email", "detection_type": "pii"}, "Net.Email"),
    ({"detection_type": "has_HAP"}, "has_HAP"),
    ({"detection": "a\r\nb [x](y)" + "z" * 99}, "a_b_x_y_" + "z" * 56),
    ({}, "Detection"),
]


@pytest.mark.parametrize(("names", "kind"), KINDS)
async def test_what_was_found_has_a_name_that_can_stand_anywhere(names: dict[str, str], kind: str) -> None:
    async with serving(says([[{**names, "start": 0, "end": 4, "score": 1}]])) as url:
        remote = Remote(url, "x")
        assert await remote.afind(["text"]) == [[Finding(kind, 0, 4, 1.0)]]
        await remote.close()


@pytest.mark.parametrize(
    ("url", "detector", "params", "sentence"),
    [
        ("ftp://a", "x", None, "'ftp://a/api/v1/text/contents' is no address to ask"),
        ("detector:8000", "x", None, "is no address to ask: it must be like http://detector.example:8000"),
        ("http://a", "x y", None, "'x y' is no id of a detector"),
        ("http://a", "x\r\nkey: value", None, "is no id of a detector"),
        ("http://a", "x", {"a": object()}, "the parameters of detector x are no JSON"),
    ],
)
def test_what_cannot_be_asked_is_refused(url: str, detector: str, params: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Remote(url, detector, params)
