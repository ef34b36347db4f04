"""Probes against a real HTTP server that behaves well, badly, and not at all."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from fmops_operator.fetching import open_session
from fmops_operator.probe import HttpEndpoint
from fmops_operator.settings import Settings
from fmops_operator.world import Answer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SETTINGS = Settings(probe_timeout_seconds=5, probe_interval_seconds=60)
CHAT = {"choices": [{"message": {"role": "assistant", "content": "pong"}}]}


class Server:
    """An OpenAI API whose routes a test replaces; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.keys: list[str | None] = []
        self.routes: dict[str, Handler] = {"/v1/models": answering({"data": [{"id": "m", "max_model_len": 2048}]})}
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        is_json = request.content_type == "application/json" and request.can_read_body
        self.asked.append((request.path, await request.json() if is_json else None))
        self.keys.append(request.headers.get("Authorization"))
        route = self.routes.get(request.path)
        return await route(request) if route else web.json_response({"error": "no route"}, status=404)


def answering(content: Any, status: int = 200) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.json_response(content, status=status)

    return handler


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    found = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.handle)
    async with TestServer(app) as running:
        found.url = str(running.make_url("/v1"))
        yield found


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


@pytest.fixture
def endpoint(session: aiohttp.ClientSession) -> HttpEndpoint:
    return HttpEndpoint(session, SETTINGS)


@pytest.mark.parametrize(
    ("task", "path", "content"),
    [
        pytest.param("Chat", "/v1/chat/completions", CHAT, id="a chat answers a message"),
        pytest.param("Completion", "/v1/completions", {"choices": [{"text": "."}]}, id="a completion answers a text"),
        pytest.param("Embedding", "/v1/embeddings", {"data": [{"embedding": [0.1]}]}, id="an embedder embeds"),
        pytest.param("Rerank", "/v1/rerank", {"results": [{"relevance_score": 1}]}, id="a reranker scores"),
        pytest.param(
            "Classification", "/classify", {"data": [{"probs": [1.0]}]}, id="a classifier gives probabilities"
        ),
        pytest.param("Transcription", "/v1/audio/transcriptions", {"text": ""}, id="a second of silence is no words"),
    ],
)
async def test_each_task_is_asked_for_its_own_work(
    server: Server, endpoint: HttpEndpoint, task: str, path: str, content: Any
) -> None:
    server.routes[path] = answering(content)
    assert await endpoint.ask(server.url, "m", task, None) == Answer(None, f"{server.url} serves m", 2048)
    assert [asked for asked, _ in server.asked] == ["/v1/models", path]


@pytest.mark.parametrize("task", ["Image", "Speech"])
async def test_what_costs_real_money_is_asked_by_name_only(server: Server, endpoint: HttpEndpoint, task: str) -> None:
    assert (await endpoint.ask(server.url, "m", task, None)).fault is None
    assert [asked for asked, _ in server.asked] == ["/v1/models"]


async def test_one_token_is_asked_for(server: Server, endpoint: HttpEndpoint) -> None:
    server.routes["/v1/chat/completions"] = answering(CHAT)
    await endpoint.ask(server.url, "m", "Chat", None)
    assert server.asked[-1][1]["max_tokens"] == 1


async def test_a_provider_that_knows_the_new_name_of_the_limit_only(server: Server, endpoint: HttpEndpoint) -> None:
    async def newer(request: web.Request) -> web.StreamResponse:
        if "max_tokens" in await request.json():
            return web.json_response({"error": {"message": "use max_completion_tokens"}}, status=400)
        return web.json_response(CHAT)

    server.routes["/v1/chat/completions"] = newer
    assert (await endpoint.ask(server.url, "m", "Chat", None)).fault is None


async def test_an_endpoint_without_a_list_of_models_is_asked_all_the_same(
    server: Server, endpoint: HttpEndpoint
) -> None:
    del server.routes["/v1/models"]
    server.routes["/v1/chat/completions"] = answering(CHAT)
    assert (await endpoint.ask(server.url, "m", "Chat", None)).fault is None


async def test_the_key_is_sent_and_never_told(server: Server, endpoint: HttpEndpoint) -> None:
    server.routes["/v1/models"] = answering({"error": {"message": "Incorrect API key provided: sk-secret"}}, 401)
    found = await endpoint.ask(server.url, "m", "Chat", "sk-secret")
    assert server.keys == ["Bearer sk-secret"]
    assert found == Answer("ProviderUnauthorized", f"{server.url}/models refuses the key with status 401")


async def html(_: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>Sign in</html>", content_type="text/html")


async def hang(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(3600)
    return web.Response()


async def half(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000", "Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"data": [')
    assert request.transport is not None
    request.transport.close()
    return response


async def trickle(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(36000):
        await response.write(b" ")
        await asyncio.sleep(0.1)
    return response


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(64):
        await response.write(b"[" * 2**20)
    return response


async def nested(_: web.Request) -> web.StreamResponse:
    return web.Response(text="[" * 100_000, content_type="application/json")


async def elsewhere(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("http://169.254.169.254/")


@pytest.mark.parametrize(
    ("route", "fault", "words"),
    [
        pytest.param(html, "EndpointNotAnswering", "answers HTML with status 200", id="HTML"),
        pytest.param(
            half, "EndpointNotAnswering", "closed the connection in the middle", id="an answer that breaks off"
        ),
        pytest.param(endless, "EndpointNotAnswering", "more than 8388608 bytes", id="an answer without end"),
        pytest.param(nested, "EndpointNotAnswering", "no JSON", id="JSON that is nested without end"),
        pytest.param(elsewhere, "EndpointNotAnswering", "status 302", id="a redirect is not followed"),
        pytest.param(answering([1, 2]), "EndpointNotAnswering", "no list of models", id="a list of something else"),
        pytest.param(answering("text"), "EndpointNotAnswering", "no list of models", id="a text"),
        pytest.param(answering({}, 500), "EndpointNotAnswering", "status 500", id="an error of the server"),
        pytest.param(answering({}, 429), "EndpointNotAnswering", "status 429", id="a full server"),
        pytest.param(answering({}, 403), "ProviderUnauthorized", "without a key", id="a server that asks for a key"),
        pytest.param(answering({"data": [{"id": "n"}]}), "WrongServedName", "serves n, and not m", id="another model"),
        pytest.param(answering({"data": []}), "WrongServedName", "serves nothing, and not m", id="no model"),
    ],
)
async def test_a_list_of_models_that_is_none(
    server: Server, endpoint: HttpEndpoint, route: Handler, fault: str, words: str
) -> None:
    server.routes["/v1/models"] = route
    found = await endpoint.ask(server.url, "m", "Chat", None)
    assert found.fault == fault
    assert words in found.message


@pytest.mark.parametrize("route", [hang, trickle], ids=["that says nothing", "that sends a byte now and then"])
async def test_a_server_is_given_up(server: Server, session: aiohttp.ClientSession, route: Handler) -> None:
    server.routes["/v1/models"] = route
    endpoint = HttpEndpoint(session, Settings(probe_timeout_seconds=0.5))
    found = await endpoint.ask(server.url, "m", "Chat", None)
    assert found == Answer("EndpointNotAnswering", f"{server.url} did not answer within 0.5 s")


@pytest.mark.parametrize(
    ("route", "fault", "words"),
    [
        pytest.param(answering({"choices": []}), "EndpointNotAnswering", "not as an OpenAI API", id="no choice"),
        pytest.param(answering({"choices": [{}]}), "EndpointNotAnswering", "not as an OpenAI API", id="no message"),
        pytest.param(answering([]), "EndpointNotAnswering", "not as an OpenAI API", id="a list"),
        pytest.param(html, "EndpointNotAnswering", "HTML", id="HTML"),
        pytest.param(
            answering({"error": "the model m does not exist"}, 404), "WrongServedName", "m", id="not this model"
        ),
        pytest.param(answering({}, 404), "EndpointNotAnswering", "status 404", id="no such route"),
        pytest.param(answering({}, 401), "ProviderUnauthorized", "status 401", id="a key for the work only"),
    ],
)
async def test_an_answer_that_is_none(
    server: Server, endpoint: HttpEndpoint, route: Handler, fault: str, words: str
) -> None:
    server.routes["/v1/chat/completions"] = route
    found = await endpoint.ask(server.url, "m", "Chat", None)
    assert found.fault == fault
    assert words in found.message


@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param("http://127.0.0.1:1/v1", "cannot be reached: Connection refused", id="nobody listens"),
        pytest.param("http://no-such-host.invalid/v1", "does not resolve", id="no such name"),
        pytest.param("http://[::1/v1", "cannot be asked", id="no URL"),
    ],
)
async def test_an_endpoint_that_is_not_there(endpoint: HttpEndpoint, url: str, words: str) -> None:
    found = await endpoint.ask(url, "m", "Chat", None)
    assert found.fault == "EndpointNotAnswering"
    assert words in found.message


async def test_a_key_that_no_header_can_carry(server: Server, endpoint: HttpEndpoint) -> None:
    found = await endpoint.ask(server.url, "m", "Chat", "sk-a\nb")
    assert found.fault == "EndpointNotAnswering"
    assert "characters that no request can carry" in found.message
    assert "sk-" not in found.message


async def test_a_server_that_speaks_something_else(endpoint: HttpEndpoint) -> None:
    async def shout(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(shout, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        found = await endpoint.ask(f"http://127.0.0.1:{port}/v1", "m", "Chat", None)
    assert found.fault == "EndpointNotAnswering"
    assert "HTTP" in found.message or "connection" in found.message


async def test_answers_are_remembered_by_key_and_by_who_is_behind(server: Server, endpoint: HttpEndpoint) -> None:
    server.routes["/v1/chat/completions"] = answering(CHAT)
    for key, behind in ((None, ""), (None, ""), ("k", ""), (None, "other pods"), (None, "other pods")):
        await endpoint.ask(server.url, "m", "Chat", key, behind=behind)
    assert [asked for asked, _ in server.asked].count("/v1/models") == 3


async def test_many_who_ask_make_one_request(server: Server, endpoint: HttpEndpoint) -> None:
    server.routes["/v1/chat/completions"] = answering(CHAT)
    await asyncio.gather(*(endpoint.ask(server.url, "m", "Chat", None) for _ in range(100)))
    assert len(server.asked) == 2


async def test_a_message_stays_short_whatever_the_server_says(server: Server, endpoint: HttpEndpoint) -> None:
    server.routes["/v1/models"] = answering({"data": [{"id": "x" * 100_000} for _ in range(50)]})
    found = await endpoint.ask(server.url, "m", "Chat", None)
    assert len(json.dumps(found.message)) < 1000
    assert "and others" in found.message
