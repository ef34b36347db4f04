"""A conversation: system texts apart, tool results inside of user messages, neighbours of one role joined."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from fmops_serving.gateway.dialects.anthropic import thinking
from fmops_serving.gateway.dialects.anthropic.content import blocks
from fmops_serving.gateway.dialects.anthropic.refusing import (
    Json,
    demand_list,
    demand_object,
    demand_text,
    invalid,
    refuse_others,
    unsupported,
)

_TEXTS = frozenset({"text"})
_SAID = frozenset({"text", "refusal"})
_SHOWN = frozenset({"text", "image_url", "file"})
_ASSISTANT = frozenset({"role", "content", "tool_calls", "refusal", "reasoning", thinking.TEXT, thinking.BLOCKS})


class _Turn(NamedTuple):
    role: str
    content: list[Json]


def conversation(parsed: Json) -> Json:
    """Translate `messages` into `system` and `messages`.

    A system message in the middle stays there, as models from Claude Opus 4.8 on take it; older ones refuse it.
    """
    given = demand_list("messages", parsed.get("messages"))
    turns = list(_turns(given))
    leading = next((at for at, turn in enumerate(turns) if turn.role != "system"), len(turns))
    messages: list[Json] = []
    for role, content in turns[leading:]:
        if messages and messages[-1]["role"] == role:
            messages[-1]["content"] = [*messages[-1]["content"], *content]
        else:
            messages.append({"role": role, "content": content})
    if not messages:
        raise invalid("messages", "needs a message with role user")
    system = [block for turn in turns[:leading] for block in turn.content]
    return {"system": system, "messages": messages} if system else {"messages": messages}


def _turns(given: list[Any]) -> Iterator[_Turn]:
    called: dict[str, str] = {}
    for index, each in enumerate(given):
        path = f"messages[{index}]"
        message = demand_object(path, each)
        role = message.get("role")
        if role in ("system", "developer"):
            refuse_others(path, message, frozenset({"role", "content"}))
            yield _Turn("system", blocks(f"{path}.content", message.get("content"), _TEXTS))
        elif role == "user":
            refuse_others(path, message, frozenset({"role", "content"}))
            yield _Turn("user", blocks(f"{path}.content", message.get("content"), _SHOWN))
        elif role == "assistant":
            yield _Turn("assistant", _said(path, message, called))
        elif role == "tool":
            yield _Turn("user", [_result(path, message, called)])
        else:
            raise unsupported(f"{path}.role", f"Anthropic has no role {role!r:.40}")


def _said(path: str, message: Json, called: dict[str, str]) -> list[Json]:
    refuse_others(path, message, _ASSISTANT)
    content = list(thinking.read(path, message))
    for field in ("content", "refusal"):
        if message.get(field) not in (None, "", []):
            content += blocks(f"{path}.{field}", message[field], _SAID)
    for index, each in enumerate(demand_list(f"{path}.tool_calls", message.get("tool_calls") or [])):
        block = _call(f"{path}.tool_calls[{index}]", demand_object(f"{path}.tool_calls[{index}]", each))
        called[block["id"]] = block["name"]
        content.append(block)
    if not content:
        raise invalid(f"{path}.content", "an assistant message needs content or tool_calls")
    return content


def _call(path: str, call: Json) -> Json:
    if call.get("type", "function") != "function":
        raise unsupported(f"{path}.type", f"Anthropic is given functions only, found {call.get('type')!r:.40}")
    refuse_others(path, call, frozenset({"id", "type", "function", "index"}))
    function = demand_object(f"{path}.function", call.get("function"))
    refuse_others(f"{path}.function", function, frozenset({"name", "arguments"}))
    return {
        "type": "tool_use",
        "id": demand_text(f"{path}.id", call.get("id")),
        "name": demand_text(f"{path}.function.name", function.get("name")),
        "input": _arguments(f"{path}.function.arguments", function.get("arguments")),
    }


def _arguments(path: str, text: Any) -> Json:
    if text in (None, ""):
        return {}
    try:
        found = orjson.loads(text)
    except (orjson.JSONDecodeError, TypeError):
        found = None
    if not isinstance(found, dict):
        raise invalid(path, "must be text that is a JSON object, as Anthropic takes a call's input")
    return found


def _result(path: str, message: Json, called: dict[str, str]) -> Json:
    refuse_others(path, message, frozenset({"role", "content", "tool_call_id", "name"}))
    key = demand_text(f"{path}.tool_call_id", message.get("tool_call_id"))
    if message.get("name") not in (None, called.get(key)):
        raise unsupported(f"{path}.name", "Anthropic knows a result by its call, which has another name: leave it out")
    content = message.get("content")
    made: Json = {"type": "tool_result", "tool_use_id": key}
    # A tool may have nothing to say: an empty result is one, and an empty text block would be refused.
    return made | {"content": blocks(f"{path}.content", content, _SHOWN)} if content else made
