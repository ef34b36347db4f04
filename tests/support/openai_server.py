"""A server that speaks the OpenAI API, answers as a test says, and counts what it was asked.

It runs in a thread of its own, so that programs, click commands and coroutines can all be tested against it.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from aiohttp import web

from tests.support.web_server import serving


@dataclass(frozen=True)
class Asked:
    """One request: the last message, how often this prompt came before, and the rest of it."""

    prompt: str
    before: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    at: float
    """When it came, on the clock of `monotonic`."""
    client: object
    """The client's end of the connection."""


@dataclass(frozen=True)
class Says:
    """An answer, word by word; delays in seconds before the first word and between words."""

    text: str
    finish_reason: str = "stop"
    first: float = 0.0
    between: float = 0.0


@dataclass(frozen=True)
class Whole:
    """An answer in one piece, from a server that does not stream."""

    text: str


@dataclass(frozen=True)
class Status:
    """An HTTP status with a body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = '{"error": {"message": "no", "code": "no"}}'
    content_type: str = "application/json"


@dataclass(frozen=True)
class Bytes:
    """Any bytes as an event stream; the connection is cut afterwards when `cut`."""

    content: bytes
    content_type: str = "text/event-stream"
    cut: bool = False


@dataclass(frozen=True)
class Hangs:
    """Nothing, for as long as the client waits."""


@dataclass(frozen=True)
class Vectors:
    """Embeddings of the texts of a request, in their order; None for one that is left out."""

    vectors: Sequence[Sequence[float | None] | None]


Behaviour = Says | Whole | Status | Bytes | Hangs
HTML = Bytes(b"<!doctype html><title>Sign in</title>", "text/html; charset=utf-8")


def chunk(text: str | None = None, finish_reason: str | None = None) -> bytes:
    """Write one event of a chat stream."""
    delta = {} if text is None else {"content": text}
    choice = {"index": 0, "delta": delta, "text": text or "", "finish_reason": finish_reason}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


@dataclass
class OpenAIServer:
    """What a test sees: where the server is, and what it was asked."""

    behave: Callable[[Asked], Behaviour]
    models: list[str] | Behaviour = field(default_factory=lambda: ["tiny"])
    embed: Callable[[Sequence[str], int], Vectors | Behaviour] = lambda texts, before: Status(404)
    """What comes of texts, after as many requests for embeddings."""
    embedded: list[Mapping[str, Any]] = field(default_factory=list)
    """The requests for embeddings."""
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    prompts: Counter[str] = field(default_factory=Counter)
    """How often each prompt came."""
    answered: Counter[str] = field(default_factory=Counter)
    """Prompts that were answered to the end, and how often."""
    at_once: int = 0
    most_at_once: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def application(self) -> web.Application:
        """Make the web application."""
        application = web.Application()
        application.router.add_get("/v1/models", self._list)
        application.router.add_post("/v1/chat/completions", self._complete)
        application.router.add_post("/v1/completions", self._complete)
        application.router.add_post("/v1/embeddings", self._embed)
        return application

    async def _list(self, request: web.Request) -> web.StreamResponse:
        if not isinstance(self.models, list):
            return await self._act(request, self.models)
        return web.json_response({"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        prompt = body["messages"][-1]["content"] if "messages" in body else body["prompt"]
        peer = request.transport.get_extra_info("peername") if request.transport else None
        asked = Asked(prompt, self.prompts[prompt], body, dict(request.headers), monotonic(), peer)
        self.prompts[prompt] += 1
        self.asked.append(asked)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            behaviour = self.behave(asked)
            response = await self._act(request, behaviour)
            self.answered[prompt] += isinstance(behaviour, Says | Whole)
            return response
        finally:
            self.at_once -= 1

    async def _embed(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.embedded.append({**body, "headers": dict(request.headers)})
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        behaviour = self.embed(texts, len(self.embedded) - 1)
        if not isinstance(behaviour, Vectors):
            return await self._act(request, behaviour)
        data = [{"index": at, "embedding": each} for at, each in enumerate(behaviour.vectors) if each is not None]
        return web.json_response({"object": "list", "data": data, "usage": {"prompt_tokens": len(data)}})

    async def _act(self, request: web.Request, behaviour: Behaviour) -> web.StreamResponse:
        match behaviour:
            case Says():
                return await _say(request, behaviour)
            case Whole(text):
                choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
                return web.json_response({"choices": [choice], "usage": {"prompt_tokens": 3, "completion_tokens": 1}})
            case Status(status, headers, body, content_type):
                return web.Response(status=status, headers=headers, text=body, content_type=content_type)
            case Bytes():
                return await _send(request, behaviour)
            case Hangs():
                await self.over.wait()
                return web.Response(status=503)


async def _say(request: web.Request, says: Says) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await asyncio.sleep(says.first)
    words = says.text.split(" ")
    for number, word in enumerate(words):
        await response.write(chunk(word if number == 0 else " " + word))
        if says.between:
            await asyncio.sleep(says.between)
    usage = {"prompt_tokens": 3, "completion_tokens": len(words)}
    await response.write(chunk(None, says.finish_reason))
    await response.write(b"data: " + json.dumps({"choices": [], "usage": usage}).encode() + b"\n\ndata: [DONE]\n\n")
    await response.write_eof()
    return response


async def _send(request: web.Request, what: Bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": what.content_type})
    await response.prepare(request)
    await response.write(what.content)
    if what.cut:
        assert request.transport is not None
        request.transport.close()
        return response
    await response.write_eof()
    return response


@contextmanager
def openai_server(
    behave: Callable[[Asked], Behaviour], models: list[str] | Behaviour | None = None
) -> Iterator[OpenAIServer]:
    """Serve until the test is over."""
    server = OpenAIServer(behave) if models is None else OpenAIServer(behave, models)
    with serving(server.application, server.over, "openai-server") as root:
        server.url = f"{root}/v1"
        yield server
