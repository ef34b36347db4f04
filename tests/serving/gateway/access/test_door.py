"""Who may ask for what, and how much."""

import hashlib
from typing import Any

import pytest

from fmops_api.route import Route
from tests.support.gateway import COMPLETION, Answered, Call, engine, gateway, route, streams

OTHER = "sk-other"
DIGEST = f"sha256:{hashlib.sha256(OTHER.encode()).hexdigest()}"
PUBLIC = {"mode": "Public"}


def other(url: str, name: str = "tiny", **fields: Any) -> Route:
    access = {"keys": [{"name": "app", "digest": DIGEST}]}
    return Route.model_validate(
        {"namespace": "sales", "name": name, "backends": [{"urls": [url], "model": "real"}], "access": access, **fields}
    )


async def asked(*routes: Route, model: str, key: str | None) -> Answered:
    async with gateway(*routes) as running:
        return await running.ask({"model": model, "messages": []}, key=key)


@pytest.mark.parametrize(
    ("model", "key", "status", "code"),
    [
        ("support/tiny", "sk-test", 200, ""),
        ("tiny", "sk-test", 200, ""),
        ("sales/tiny", OTHER, 200, ""),
        ("sales/open", None, 200, ""),
        ("open", "sk-test", 200, ""),
        ("tiny", None, 401, "missing_api_key"),
        ("open", "wrong", 401, "invalid_api_key"),
        ("tiny", "wrong", 401, "invalid_api_key"),
        ("support/second", "sk-test", 403, "model_not_allowed"),
        ("sales/tiny", "sk-test", 404, "model_not_found"),
        ("sales/none", "sk-test", 404, "model_not_found"),
        ("none", "sk-test", 404, "model_not_found"),
        ("a/b/c", "sk-test", 404, "model_not_found"),
    ],
)
async def test_a_key_opens_its_models_and_learns_nothing_of_others(
    model: str, key: str | None, status: int, code: str
) -> None:
    async with engine() as upstream:
        routes = [
            route(upstream),
            route(upstream, name="second", access={"keys": [{"name": "x", "digest": "sha256:" + "0" * 64}]}),
            other(upstream.url),
            other(upstream.url, "open", access=PUBLIC),
        ]
        answer = await asked(*routes, model=model, key=key)
        assert answer.status == status
        assert status == 200 or answer.code == code
        assert len(upstream.calls) == (status == 200)


async def test_a_name_in_two_namespaces_of_one_key_has_to_be_said_in_full() -> None:
    async with engine() as upstream:
        mine = [{"name": "web", "digest": DIGEST}]
        routes = [other(upstream.url), route(upstream, access={"keys": mine})]
        answer = await asked(*routes, model="tiny", key=OTHER)
        assert answer.code == "ambiguous_model"
        assert "sales/tiny, support/tiny" in answer.json["error"]["message"]


async def test_a_list_of_models_holds_what_a_key_may_use() -> None:
    async with (
        engine() as upstream,
        gateway(route(upstream), other(upstream.url), other(upstream.url, "open", access=PUBLIC)) as running,
    ):

        async def models(key: str | None) -> list[str]:
            line = f"authorization: Bearer {key}\r\n" if key else ""
            answer = await running.send(f"GET /v1/models HTTP/1.1\r\nhost: x\r\n{line}\r\n".encode())
            return [each["id"] for each in answer.json["data"]] if answer.status == 200 else [answer.code]

        assert await models("sk-test") == ["sales/open", "support/tiny"]
        assert await models(OTHER) == ["sales/open", "sales/tiny"]
        assert await models(None) == ["sales/open"]
        assert await models("wrong") == ["invalid_api_key"]


async def test_a_body_of_a_stranger_is_not_even_read() -> None:
    async with engine() as upstream, gateway(route(upstream)) as running:
        assert (await running.ask(b"{", key=None)).status == 401
        assert (await running.ask(b"{", key="wrong")).status == 401


async def test_requests_per_minute() -> None:
    async with (
        engine() as upstream,
        gateway(
            route(upstream, access={"keys": [{"name": "web", "digest": DIGEST, "requestsPerMinute": 2}]})
        ) as running,
    ):
        answers = [await running.ask({"model": "tiny"}, key=OTHER) for _ in range(3)]
        assert [each.status for each in answers] == [200, 200, 429]
        assert [each.headers.get("x-ratelimit-remaining-requests") for each in answers[:2]] == ["1", "0"]
        assert answers[2].code == "rate_limit_exceeded"
        assert 55 <= int(answers[2].headers["retry-after"]) <= 60
        running.routes.replace(
            [route(upstream, access={"keys": [{"name": "web", "digest": DIGEST, "requestsPerMinute": 3}]})]
        )
        assert (await running.ask({"model": "tiny"}, key=OTHER)).status == 200, "what was used outlives a reload"


async def test_tokens_per_minute_are_those_that_the_answers_said() -> None:
    async def long(call: Call) -> None:
        call.answer({**COMPLETION, "usage": {"prompt_tokens": 50, "completion_tokens": 45}})

    key = {"name": "web", "digest": DIGEST, "tokensPerMinute": 100}
    async with engine(long) as upstream, gateway(route(upstream, access={"keys": [key]})) as running:
        first, second = [await running.ask({"model": "tiny", "x": "y" * 20}, key=OTHER) for _ in range(2)]
        assert (first.status, second.status) == (200, 429)
        assert second.json["error"]["type"] == "tokens"


async def test_the_headers_say_what_is_left_and_when_all_is_free_again() -> None:
    key = {"name": "web", "digest": DIGEST, "requestsPerMinute": 1, "tokensPerMinute": 50}
    async with engine() as upstream, gateway(route(upstream, access={"keys": [key]})) as running:
        answers = [await running.ask({"model": "tiny"}, key=OTHER) for _ in range(2)]
        for answer in answers:
            told = {name: value for name, value in answer.headers.items() if name.startswith("x-ratelimit")}
            assert told.pop("x-ratelimit-reset-requests") in {"59s", "60s"}
            assert told.pop("x-ratelimit-reset-tokens") in {"59s", "60s"}
            assert told.pop("x-ratelimit-remaining-tokens") in {"46", "47"}
            assert told == {
                "x-ratelimit-limit-requests": "1",
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-limit-tokens": "50",
            }


async def test_tokens_are_guessed_from_text_and_counted_by_events_where_no_usage_is_said() -> None:
    event = b'data: {"choices":[{"index":0,"delta":{"content":"x"}}]}\n\n'
    key = {"name": "web", "digest": DIGEST, "tokensPerMinute": 400}
    async with (
        engine(streams(*[event] * 300)) as upstream,
        gateway(route(upstream, access={"keys": [key]}, guardrails=[])) as running,
    ):
        picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 9000}}
        asked = {"model": "tiny", "stream": True, "messages": [{"role": "user", "content": [picture]}]}
        assert (await running.ask(asked, key=OTHER)).status == 200, "a picture is no text"
        long = {"model": "tiny", "prompt": "x" * 600}
        assert (await running.ask(long, key=OTHER)).code == "rate_limit_exceeded", "300 events were some 300 tokens"
        never = await running.ask({"model": "tiny", "prompt": "x" * 4000}, key=OTHER)
        assert "retry-after" not in never.headers, "what is larger than the limit never fits"


async def test_what_reached_no_model_used_no_tokens() -> None:
    key = {"name": "web", "digest": DIGEST, "tokensPerMinute": 100}
    rail = {"name": "secret", "detector": "Regex", "pattern": "forbidden", "timeout": "30s"}
    async with engine() as upstream, gateway(route(upstream, access={"keys": [key]}, guardrails=[rail])) as running:
        bad = {"model": "tiny", "prompt": "forbidden " * 20}
        answers = [await running.ask(bad, "/v1/completions", key=OTHER) for _ in range(3)]
        assert [each.code for each in answers] == ["content_filter"] * 3
