"""Who may ask for what, and how much."""

import hashlib
from typing import Any

import pytest

from fmops_api.route import Route
from tests.support.gateway import COMPLETION, Answered, Call, engine, gateway, route

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
