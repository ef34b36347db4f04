"""Guard rails that ask elsewhere, when what they ask fails, hangs, or is not there."""

import time
from typing import Any

import pytest

from tests.serving.gateway.elsewhere.played import ASKED, BOTH, STREAMED, Rail, answers, hangs
from tests.serving.gateway.screen.streams import DONE, chunk, words
from tests.support.gateway import Behaviour, Call, engine, gateway, route, streams


async def garbage(call: Call) -> None:
    call.answer(b"<html>", kind="text/html")


async def refuses(call: Call) -> None:
    call.answer({"error": "no"}, status=500)


async def cuts(call: Call) -> None:
    call.cut()


@pytest.mark.parametrize("fault", [garbage, refuses, hangs, cuts], ids=lambda each: each.__name__)
@BOTH
async def test_a_detector_that_fails_closes_or_is_passed_by(rail: Rail, asked: Behaviour, fault: Behaviour) -> None:
    text = "This is fine. And so on."
    async with engine() as model, engine(fault) as other:
        fields = {"timeout": "100ms"}
        for direction, stream in (("Input", False), ("Output", False), ("Output", True)):
            model.behave = streams(*words(text), chunk(finish="stop"), DONE) if stream else answers(text)
            body = STREAMED if stream else ASKED
            async with gateway(route(model, **rail(other, **fields, direction=direction))) as running:
                closed = await running.ask(body)
                assert (closed.status, closed.code) == (503, "guardrail_unavailable")
                assert b"fine" not in closed.body
            passing = rail(other, **fields, direction=direction, failurePolicy="Ignore")
            async with gateway(route(model, **passing)) as running:
                assert b"fine" in (await running.ask(body)).body


async def test_a_detector_that_is_not_there_fails_at_once() -> None:
    nowhere: dict[str, Any] = {"url": "http://127.0.0.1:9", "detector": "x"}
    away = {"name": "there", "detector": "Remote", "remote": nowhere}
    lost: dict[str, Any] = {"name": "lost", "detector": "GuardModel", "timeout": "10s"}
    lost |= {"guardModel": {"model": {"name": "guard"}, "style": "LlamaGuard"}}
    unmounted = {"name": "unmounted", "detector": "Classifier", "classifier": "hap"}
    keyless = {**away, "remote": {**nowhere, "apiKeySecretRef": {"name": "s", "key": "k"}}}
    async with engine() as model:
        for rail in (away, lost, unmounted, keyless):
            began = time.monotonic()
            async with gateway(route(model, guardrails=[rail])) as running:
                assert (await running.ask(ASKED)).code == "guardrail_unavailable"
                assert time.monotonic() - began < 5
    assert model.calls == []
