"""A request of the Responses API as a chat request. What has no words there, or needs a store, is refused by name."""

from typing import Any

from fmops_serving.gateway.dialects.anthropic.refusing import (
    Json,
    demand_list,
    demand_object,
    demand_text,
    invalid,
    refuse_others,
    unknown,
    unsupported,
)

_SAME = ("model", "stream", "temperature", "top_p", "parallel_tool_calls", "user", "safety_identifier", "service_tier")
_TRANSLATED = frozenset(
    {*_SAME, "input", "instructions", "tools", "tool_choice", "max_output_tokens", "text", "reasoning"}
)
_NEUTRAL: dict[str, tuple[Any, ...]] = {
    "store": (False, True),  # what a client that leaves it out says; the answer says that nothing is stored
    "background": (False,),
    "truncation": ("disabled",),
    "include": ([],),
    "metadata": ({},),
    "top_logprobs": (0,),
    "stream_options": ({},),
}
_WHY = {
    "previous_response_id": "no answer is stored: send the whole conversation as input",
    "conversation": "no conversation is stored: send it as input",
    "background": "an answer comes at once or as a stream",
}
_CALL = frozenset({"type", "id", "call_id", "name", "arguments", "status"})
_OUTPUT = frozenset({"type", "id", "call_id", "output", "status"})
_MESSAGE = frozenset({"type", "id", "role", "content", "status", "phase"})


def chat_request(parsed: Json) -> Json:
    """Translate a whole request; raises Refusal."""
    for name, value in parsed.items():
        if name in _TRANSLATED or value is None or value in _NEUTRAL.get(name, ()):
            continue
        raise unsupported(name, _WHY[name]) if name in _WHY else unknown(name)
    made: Json = {name: parsed[name] for name in _SAME if parsed.get(name) is not None}
    made["messages"] = [*_instructions(parsed.get("instructions")), *_messages(parsed.get("input"))]
    if parsed.get("max_output_tokens") is not None:
        made["max_completion_tokens"] = parsed["max_output_tokens"]
    if tools := demand_list("tools", parsed.get("tools") or []):
        made["tools"] = [_tool(f"tools[{at}]", each) for at, each in enumerate(tools)]
    if (choice := parsed.get("tool_choice")) is not None:
        made["tool_choice"] = _choice(choice)
    return made | _shape(parsed.get("text")) | _effort(parsed.get("reasoning"))


def _instructions(given: Any) -> list[Json]:
    return [] if given is None else [{"role": "system", "content": demand_text("instructions", given)}]


def _messages(given: Any) -> list[Json]:
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    return [_item(f"input[{at}]", each) for at, each in enumerate(demand_list("input", given))]


def _item(path: str, given: Any) -> Json:
    item = demand_object(path, given)
    kind = item.get("type", "message")
    if kind == "function_call":
        refuse_others(path, item, _CALL)
        function = {"name": item.get("name"), "arguments": item.get("arguments")}
        call = {"id": item.get("call_id"), "type": "function", "function": function}
        return {"role": "assistant", "tool_calls": [call]}
    if kind == "function_call_output":
        refuse_others(path, item, _OUTPUT)
        content = _content(f"{path}.output", item.get("output"))
        return {"role": "tool", "tool_call_id": item.get("call_id"), "content": content}
    if kind != "message":
        raise unsupported(f"{path}.type", f"Anthropic is given messages and calls of functions, found {kind!r:.40}")
    refuse_others(path, item, _MESSAGE)
    if item.get("role") == "tool":
        raise unsupported(f"{path}.role", "what a function gave is an item of type function_call_output")
    content = _content(f"{path}.content", item.get("content"))
    if not content:
        raise invalid(f"{path}.content", "is empty, which Anthropic refuses: leave the message out")
    return {"role": item.get("role"), "content": content}


def _content(path: str, given: Any) -> Any:
    if isinstance(given, str):
        return given
    return [_part(f"{path}[{at}]", each) for at, each in enumerate(demand_list(path, given))]


def _part(path: str, given: Any) -> Json:
    part = demand_object(path, given)
    kind = part.get("type")
    if kind in ("input_text", "output_text"):
        refuse_others(path, part, frozenset({"type", "text", "annotations", "logprobs"}))
        return {"type": "text", "text": demand_text(f"{path}.text", part.get("text"))}
    if kind == "refusal":
        return {"type": "refusal", "refusal": demand_text(f"{path}.refusal", part.get("refusal"))}
    if kind == "input_image":
        refuse_others(path, part, frozenset({"type", "image_url", "detail"}))
        return {"type": "image_url", "image_url": {"url": part.get("image_url"), "detail": part.get("detail")}}
    if kind == "input_file":
        refuse_others(path, part, frozenset({"type", "file_data", "filename"}))
        return {"type": "file", "file": {name: part[name] for name in ("file_data", "filename") if name in part}}
    raise unsupported(f"{path}.type", f"Anthropic takes texts, images and files, found {kind!r:.40}")


def _tool(path: str, given: Any) -> Json:
    tool = demand_object(path, given)
    if tool.get("type") != "function":
        raise unsupported(f"{path}.type", f"Anthropic is given functions only, found {tool.get('type')!r:.40}")
    return {"type": "function", "function": {name: value for name, value in tool.items() if name != "type"}}


def _choice(given: Any) -> Any:
    if isinstance(given, dict) and given.get("type") == "function":
        return {"type": "function", "function": {"name": given.get("name")}}
    return given


def _shape(given: Any) -> Json:
    """Translate `text`: its format stands in a chat request one level deeper."""
    if given is None:
        return {}
    text = demand_object("text", given)
    refuse_others("text", text, frozenset({"format"}))
    form = text.get("format")
    if form is None or form == {"type": "text"}:
        return {}
    shape = demand_object("text.format", form)
    if shape.get("type") != "json_schema":
        raise unsupported("text.format.type", "Anthropic takes text and json_schema")
    inner = {name: value for name, value in shape.items() if name != "type"}
    return {"response_format": {"type": "json_schema", "json_schema": inner}}


def _effort(given: Any) -> Json:
    """Read `reasoning`: what Anthropic signs of its thoughts has no place in items that come back."""
    if given is None:
        return {}
    wish = demand_object("reasoning", given)
    effort = wish.get("effort")
    if effort not in (None, "none") or any(value is not None for name, value in wish.items() if name != "effort"):
        raise unsupported("reasoning", "Anthropic's reasoning is translated at /v1/chat/completions only")
    if effort is not None and not isinstance(effort, str):
        raise invalid("reasoning.effort", "must be text")
    return {"reasoning_effort": "none"} if effort else {}
