"""An engine with the OpenAI API that says what the clients' checks expect: words, a call of a tool, JSON, vectors."""

import json
from collections.abc import Iterator
from typing import Any

from aiohttp import web

WORDS = ["yes", " indeed"]
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
RESPONSE_USAGE = {
    "input_tokens": 3, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 2,
    "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 5,
}  # fmt: skip
CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Ulm"}'}}
Json = dict[str, Any]


def application() -> web.Application:
    """Make the web application."""
    made = web.Application()
    made.router.add_post("/v1/chat/completions", _chat)
    made.router.add_post("/v1/completions", _completion)
    made.router.add_post("/v1/embeddings", _embeddings)
    made.router.add_post("/v1/responses", _responses)
    return made


async def _chat(request: web.Request) -> web.StreamResponse:
    body = await request.json()
    called = body.get("tools") and body["messages"][-1]["role"] != "tool"
    words = ['{"topic":', ' "letters"}'] if body.get("response_format") else WORDS
    reason = "tool_calls" if called else "stop"
    if body.get("stream"):
        deltas: list[Json] = [{"role": "assistant", "content": ""}]
        deltas += [{"tool_calls": [{"index": 0, **CALL}]}] if called else [{"content": word} for word in words]
        return await _events(request, _chunks(body, deltas, reason))
    message: Json = {"role": "assistant", "content": None if called else "".join(words)}
    if called:
        message["tool_calls"] = [CALL]
    choice = {"index": 0, "message": message, "finish_reason": reason}
    return web.json_response(
        {
            "id": "c",
            "object": "chat.completion",
            "created": 1,
            "model": body["model"],
            "choices": [choice],
            "usage": USAGE,
        }
    )


def _chunks(body: Json, deltas: list[Json], reason: str) -> Iterator[Json | str]:
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}
    for delta in deltas:
        yield {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    yield {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
    if (body.get("stream_options") or {}).get("include_usage"):
        yield {**head, "choices": [], "usage": USAGE}
    yield "[DONE]"


async def _completion(request: web.Request) -> web.StreamResponse:
    body = await request.json()
    choice = {"index": 0, "text": "".join(WORDS), "finish_reason": "stop"}
    return web.json_response(
        {
            "id": "c",
            "object": "text_completion",
            "created": 1,
            "model": body["model"],
            "choices": [choice],
            "usage": USAGE,
        }
    )


async def _embeddings(request: web.Request) -> web.StreamResponse:
    body = await request.json()
    if not isinstance(body.get("input"), str | list):
        return web.json_response(
            {"error": {"message": "input", "type": "t", "param": "input", "code": "c"}}, status=400
        )
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    data = [{"object": "embedding", "index": at, "embedding": [0.1, 0.2, 0.3]} for at, _ in enumerate(texts)]
    usage = {"prompt_tokens": 2, "total_tokens": 2}
    return web.json_response({"object": "list", "data": data, "model": body["model"], "usage": usage})


async def _responses(request: web.Request) -> web.StreamResponse:
    body = await request.json()
    part = {"type": "output_text", "text": "".join(WORDS), "annotations": []}
    item = {"id": "m", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    whole: Json = {
        "id": "r", "object": "response", "created_at": 1, "model": body["model"], "status": "completed",
        "output": [item],
        "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "usage": RESPONSE_USAGE,
    }  # fmt: skip
    if not body.get("stream"):
        return web.json_response(whole)
    place = {"item_id": "m", "output_index": 0, "content_index": 0}
    events: list[Json] = [{"type": "response.created", "response": {**whole, "status": "in_progress", "output": []}}]
    events += [{"type": "response.output_text.delta", "delta": word, "logprobs": [], **place} for word in WORDS]
    events += [{"type": "response.completed", "response": whole}]
    return await _events(request, iter([{**each, "sequence_number": at} for at, each in enumerate(events)]))


async def _events(request: web.Request, events: Iterator[Json | str]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for each in events:
        content = each if isinstance(each, str) else json.dumps(each)
        name = f"event: {each['type']}\n" if isinstance(each, dict) and "type" in each else ""
        await response.write(f"{name}data: {content}\n\n".encode())
    await response.write_eof()
    return response
