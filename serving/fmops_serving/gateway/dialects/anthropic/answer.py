"""A message of the Messages API as a chat completion."""

from collections.abc import Callable
from time import time
from typing import Any

import orjson

from fmops_serving.gateway.dialects.anthropic import thinking
from fmops_serving.gateway.dialects.anthropic.refusing import Json

_FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


def completion(message: Json, clock: Callable[[], float] = time) -> Json:
    """Translate a whole message; `created` is when it was read, for Anthropic does not say."""
    content: list[Json] = message["content"]
    text = "".join(block["text"] for block in content if block["type"] == "text")
    calls = [call(block) for block in content if block["type"] == "tool_use"]
    said: Json = {
        "role": "assistant",
        "content": text or None,
        "refusal": refusal(message),
        **thinking.written(content),
    }
    if calls:
        said["tool_calls"] = calls
    choice: Json = {
        "index": 0,
        "message": said,
        "logprobs": None,
        "finish_reason": finish_reason(message.get("stop_reason")),
        **stopped_by(message),
    }
    return {
        "id": message["id"],
        "object": "chat.completion",
        "created": int(clock()),
        "model": message["model"],
        "choices": [choice],
        "usage": usage(message["usage"]),
    }


def call(block: Json) -> Json:
    """Translate a call of a tool."""
    arguments = orjson.dumps(block["input"]).decode()
    return {"id": block["id"], "type": "function", "function": {"name": block["name"], "arguments": arguments}}


def finish_reason(stop_reason: Any) -> str:
    """Say why an answer ended; a reason that came later to the API is an end like any other."""
    return _FINISH.get(stop_reason, "stop")


def refusal(message: Json) -> str | None:
    """Give Anthropic's explanation of a refusal."""
    explanation = (message.get("stop_details") or {}).get("explanation")
    return explanation if isinstance(explanation, str) else None


def stopped_by(message: Json) -> Json:
    """Name the stop sequence that was met, in the field where vLLM has it."""
    return {"stop_reason": message["stop_sequence"]} if message.get("stop_sequence") else {}


def usage(counted: Json) -> Json:
    """Translate what was counted. Anthropic counts the cached parts of a prompt apart, OpenAI inside of it."""
    written, read = (int(counted.get(f"cache_{what}_input_tokens") or 0) for what in ("creation", "read"))
    prompt, answer = int(counted.get("input_tokens") or 0) + written + read, int(counted.get("output_tokens") or 0)
    made: Json = {
        "prompt_tokens": prompt,
        "completion_tokens": answer,
        "total_tokens": prompt + answer,
        "prompt_tokens_details": {"cached_tokens": read, "cache_write_tokens": written},
    }
    thought = (counted.get("output_tokens_details") or {}).get("thinking_tokens")
    return made | {"completion_tokens_details": {"reasoning_tokens": thought}} if thought is not None else made
