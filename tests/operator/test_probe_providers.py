"""Probes of providers that speak no plain OpenAI API, against servers that do."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from fmops_api.sources import ProviderApi
from fmops_operator.fetching import open_session
from fmops_operator.probe import HttpEndpoint
from fmops_operator.settings import Settings
from fmops_operator.world import Answer, Spoken
from tests.support.anthropic_server import KEY, AnthropicServer, anthropic_server

ANTHROPIC = Spoken(ProviderApi.ANTHROPIC)
CHAT = {"choices": [{"message": {"role": "assistant", "content": "pong"}}]}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(handle: Handler) -> AsyncIterator[str]:
    """Serve with one handler; gives the root's URL."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    async with TestServer(app) as running:
        yield str(running.make_url("")).rstrip("/")


@pytest.fixture
async def endpoint() -> AsyncIterator[HttpEndpoint]:
    async with open_session() as session:
        yield HttpEndpoint(session, Settings(probe_timeout_seconds=5))


@pytest.fixture(scope="module")
def anthropic() -> Iterator[AnthropicServer]:
    with anthropic_server() as server:
        yield server


async def test_a_model_of_anthropics_is_asked_for_one_token(endpoint: HttpEndpoint, anthropic: AnthropicServer) -> None:
    found = await endpoint.ask(anthropic.url, "claude-test", "Chat", KEY, spoken=ANTHROPIC)
    assert found == Answer(None, f"{anthropic.url} serves claude-test", 200_000)
    asked = {"model": "claude-test", "max_tokens": 1, "messages": [{"role": "user", "content": "ping"}]}
    assert anthropic.asked == [asked]


@pytest.mark.parametrize(
    ("model", "key", "told"),
    [
        pytest.param("claude-test", "sk-wrong", ("ProviderUnauthorized", "refuses the key"), id="a wrong key"),
        pytest.param("claude-test", None, ("ProviderUnauthorized", "without a key"), id="no key"),
        pytest.param("claude-none", KEY, ("WrongServedName", "not know the model claude-none"), id="no such model"),
    ],
)
async def test_what_anthropic_refuses(
    endpoint: HttpEndpoint, anthropic: AnthropicServer, model: str, key: str | None, told: tuple[str, str]
) -> None:
    found = await endpoint.ask(anthropic.url, model, "Chat", key, spoken=ANTHROPIC)
    assert found.fault == told[0]
    assert told[1] in found.message
    assert "sk-" not in found.message


@pytest.mark.parametrize(
    ("version", "path"),
    [
        ("2024-10-21", "/openai/deployments/gpt-x/chat/completions?api-version=2024-10-21"),
        (None, "/openai/v1/chat/completions"),
    ],
)
async def test_azure_openai_is_asked_at_its_path_with_its_header(
    endpoint: HttpEndpoint, version: str | None, path: str
) -> None:
    asked: list[tuple[str, str | None, str | None]] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        asked.append((request.path_qs, request.headers.get("api-key"), request.headers.get("Authorization")))
        return web.json_response(CHAT)

    async with served(handle) as url:
        spoken = Spoken(ProviderApi.AZURE_OPENAI, version)
        assert (await endpoint.ask(url, "gpt-x", "Chat", "k", spoken=spoken)).fault is None
    assert asked == [(path, "k", None)]


async def test_a_deployment_that_azure_openai_does_not_have(endpoint: HttpEndpoint) -> None:
    async def handle(_: web.Request) -> web.StreamResponse:
        error = {"code": "DeploymentNotFound", "message": "The API deployment for this resource does not exist."}
        return web.json_response({"error": error}, status=404)

    async with served(handle) as url:
        found = await endpoint.ask(url, "gpt-x", "Chat", "k", spoken=Spoken(ProviderApi.AZURE_OPENAI, "2024-10-21"))
    assert (found.fault, "does not know the model gpt-x" in found.message) == ("WrongServedName", True)
