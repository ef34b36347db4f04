"""A server that speaks Anthropic's Messages API, refuses what the real one refuses, and answers as a test says."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from tests.support.anthropic_messages import MessageRequest
from tests.support.web_server import serving

Json = Mapping[str, Any]
KEY = "sk-ant-test"
VERSIONS = ("2023-06-01", "2026-10-21")
_SAMPLING = ("temperature", "top_p", "top_k")
"""Taken out of the newer version."""
USAGE: Json = {
    "input_tokens": 10,
    "cache_creation_input_tokens": 3,
    "cache_read_input_tokens": 5,
    "output_tokens": 7,
    "output_tokens_details": {"thinking_tokens": 2},
    "service_tier": "standard",
}


@dataclass(frozen=True)
class Message:
    """An answer: blocks of content, and why it ended."""

    content: Sequence[Json]
    stop_reason: str = "end_turn"
    stop_sequence: str | None = None
    stop_details: Json | None = None
    usage: Json = field(default_factory=lambda: USAGE)


@dataclass(frozen=True)
class Fault:
    """An error with its status; while `late`, it comes in the middle of a stream."""

    status: int
    type: str
    message: str
    late: bool = False
    headers: Json = field(default_factory=dict)


def text(words: str, **more: Any) -> Message:
    """Make an answer of one text."""
    return Message([{"type": "text", "text": words}], **more)


def whole(message: Message, model: str) -> Json:
    """Write an answer in one piece."""
    return {
        "id": "msg_01",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": list(message.content),
        "stop_reason": message.stop_reason,
        "stop_sequence": message.stop_sequence,
        "stop_details": message.stop_details,
        "usage": message.usage,
    }


def events(message: Message, model: str) -> Iterator[bytes]:
    """Write an answer as the events of a stream, with a ping and an event that nobody knows yet among them."""
    first = {**message.usage, "output_tokens": 1}
    start = {**whole(message, model), "content": [], "stop_reason": None, "usage": first}
    yield event({"type": "message_start", "message": start})
    yield event({"type": "ping"})
    for index, block in enumerate(message.content):
        empty, deltas = _split(block)
        yield event({"type": "content_block_start", "index": index, "content_block": empty})
        for delta in deltas:
            yield event({"type": "content_block_delta", "index": index, "delta": delta})
        yield event({"type": "content_block_stop", "index": index})
    yield event({"type": "tomorrows_event", "anything": True})
    ended = {"stop_reason": message.stop_reason, "stop_sequence": message.stop_sequence}
    if message.stop_details is not None:
        ended["stop_details"] = message.stop_details  # type: ignore[assignment]
    usage = {"output_tokens": message.usage["output_tokens"]}
    if "output_tokens_details" in message.usage:
        usage["output_tokens_details"] = message.usage["output_tokens_details"]
    yield event({"type": "message_delta", "delta": ended, "usage": usage})
    yield event({"type": "message_stop"})


def event(data: Json) -> bytes:
    """Write one event."""
    return f"event: {data['type']}\ndata: {json.dumps(data)}\n\n".encode()


def _split(block: Json) -> tuple[Json, Sequence[Json]]:
    """Cut a block into its start and its deltas, three characters each."""
    match block["type"]:
        case "text":
            return {**block, "text": ""}, [{"type": "text_delta", "text": part} for part in _thirds(block["text"])]
        case "thinking":
            deltas = [{"type": "thinking_delta", "thinking": part} for part in _thirds(block["thinking"])]
            signed = {"type": "signature_delta", "signature": block["signature"]}
            return {**block, "thinking": "", "signature": ""}, [*deltas, signed]
        case "tool_use":
            given = json.dumps(block["input"]) if block["input"] else ""
            parts = ["", *_thirds(given)]
            return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": part} for part in parts]
    return block, []


def _thirds(words: str) -> Sequence[str]:
    return [words[at : at + 3] for at in range(0, len(words), 3)]


@dataclass
class AnthropicServer:
    """What a test sees: where the server is, and what it was asked."""

    behave: Callable[[Json], Message | Fault]
    models: Sequence[str] = ("claude-test",)
    url: str = ""
    asked: list[Json] = field(default_factory=list)
    """Bodies of requests that were accepted."""
    refused: list[str] = field(default_factory=list)
    """Why requests were refused."""
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def application(self) -> web.Application:
        """Make the web application."""
        application = web.Application()
        application.router.add_get("/v1/models", self._list)
        application.router.add_get("/v1/models/{name}", self._describe)
        application.router.add_post("/v1/messages", self._answer)
        return application

    async def _list(self, request: web.Request) -> web.StreamResponse:
        if fault := _at_the_door(request):
            return _refusal(fault)
        data = [_card(name) for name in self.models]
        return web.json_response({"data": data, "has_more": False, "first_id": None, "last_id": None})

    async def _describe(self, request: web.Request) -> web.StreamResponse:
        if fault := _at_the_door(request):
            return _refusal(fault)
        name = request.match_info["name"]
        if name not in self.models:
            return _refusal(Fault(404, "not_found_error", f"model: {name}"))
        return web.json_response(_card(name))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        content = await request.read()
        fault = _at_the_door(request) or self._fault_of(content)
        if fault is not None:
            self.refused.append(fault.message)
            return _refusal(fault)
        body = json.loads(content)
        if request.headers["anthropic-version"] != VERSIONS[0] and (gone := [f for f in _SAMPLING if f in body]):
            return _refusal(Fault(400, "invalid_request_error", f"{gone[0]}: Extra inputs are not permitted"))
        self.asked.append(body)
        behaviour = self.behave(body)
        if isinstance(behaviour, Fault) and not (behaviour.late and body.get("stream")):
            return _refusal(behaviour)
        if body.get("stream"):
            return await _stream(request, behaviour, body["model"])
        assert isinstance(behaviour, Message)
        return web.json_response(whole(behaviour, body["model"]))

    def _fault_of(self, content: bytes) -> Fault | None:
        """Say why a body is refused."""
        try:
            model = MessageRequest.model_validate(json.loads(content)).model
        except ValidationError as error:
            first = error.errors()[0]
            path = ".".join(map(str, first["loc"]))
            return Fault(400, "invalid_request_error", f"{path}: {first['msg']}")
        except json.JSONDecodeError:
            return Fault(400, "invalid_request_error", "The request body is not valid JSON")
        return None if model in self.models else Fault(404, "not_found_error", f"model: {model}")


async def _stream(request: web.Request, behaviour: Message | Fault, model: str) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
    await response.prepare(request)
    if isinstance(behaviour, Fault):
        parts = [*list(events(text("half an answer"), model))[:5], event(_error(behaviour))]
    else:
        parts = list(events(behaviour, model))
    for part in parts:
        await response.write(part)
    await response.write_eof()
    return response


def _card(name: str) -> Json:
    return {
        "type": "model",
        "id": name,
        "display_name": name,
        "created_at": "2026-01-01T00:00:00Z",
        "max_input_tokens": 200_000,
    }


def _at_the_door(request: web.Request) -> Fault | None:
    """Refuse what the real API refuses before it reads a body."""
    # Anthropic's SDKs send the key as a bearer token by now; x-api-key is what every version of the API takes.
    given = request.headers.get("x-api-key") or request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not given:
        return Fault(401, "authentication_error", "x-api-key header is required")
    if given != KEY:
        return Fault(401, "authentication_error", "invalid x-api-key")
    if "anthropic-version" not in request.headers:
        return Fault(400, "invalid_request_error", "anthropic-version: header is required")
    if request.headers["anthropic-version"] not in VERSIONS:
        return Fault(400, "invalid_request_error", "anthropic-version: is not a valid version")
    if request.method == "POST" and request.content_type != "application/json":
        return Fault(400, "invalid_request_error", "content-type: must be application/json")
    return None


def _error(fault: Fault) -> Json:
    return {
        "type": "error",
        "error": {"type": fault.type, "message": fault.message},
        "request_id": "req_011",
    }


def _refusal(fault: Fault) -> web.Response:
    return web.json_response(_error(fault), status=fault.status, headers=dict(fault.headers))


@contextmanager
def anthropic_server(
    behave: Callable[[Json], Message | Fault] = lambda _: text("yes"), models: Sequence[str] = ("claude-test",)
) -> Iterator[AnthropicServer]:
    """Serve until the test is over."""
    server = AnthropicServer(behave, models)
    with serving(server.application, server.over, "anthropic-server") as root:
        server.url = f"{root}/v1"
        yield server
