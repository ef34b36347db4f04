"""Tools and the choice among them."""

from typing import Any

from fmops_serving.gateway.dialects.anthropic.refusing import (
    Json,
    demand_list,
    demand_object,
    demand_text,
    invalid,
    refuse_others,
    unsupported,
)

_EMPTY: Json = {"type": "object", "properties": {}}
_CHOICES = {"auto": "auto", "required": "any", "none": "none"}


def tool_fields(parsed: Json) -> Json:
    """Translate tools, tool_choice and parallel_tool_calls together, for they are one wish at Anthropic."""
    tools = [_tool(f"tools[{at}]", each) for at, each in enumerate(demand_list("tools", parsed.get("tools") or []))]
    choice = _choice(parsed.get("tool_choice"))
    if not tools:
        if choice and choice["type"] not in {"auto", "none"}:
            raise invalid("tool_choice", "needs tools to choose among")
        return {}
    if parsed.get("parallel_tool_calls") is False and (choice or {}).get("type") != "none":
        choice = {**(choice or {"type": "auto"}), "disable_parallel_tool_use": True}
    return {"tools": tools, "tool_choice": choice} if choice else {"tools": tools}


def _tool(path: str, given: Any) -> Json:
    tool = demand_object(path, given)
    if tool.get("type") != "function":
        raise unsupported(f"{path}.type", f"Anthropic is given functions only, found {tool.get('type')!r:.40}")
    refuse_others(path, tool, frozenset({"type", "function", "cache_control"}))
    function = demand_object(f"{path}.function", tool.get("function"))
    refuse_others(f"{path}.function", function, frozenset({"name", "description", "parameters", "strict"}))
    schema = demand_object(f"{path}.function.parameters", function.get("parameters") or _EMPTY)
    made: Json = {
        "name": demand_text(f"{path}.function.name", function.get("name")),
        "input_schema": {"type": "object", **schema},
    }
    if function.get("description"):
        made["description"] = function["description"]
    if function.get("strict"):
        made["strict"] = True
    return made | {"cache_control": tool["cache_control"]} if tool.get("cache_control") else made


def _choice(given: Any) -> Json | None:
    if given is None:
        return None
    if isinstance(given, str) and given in _CHOICES:
        return {"type": _CHOICES[given]}
    if isinstance(given, dict) and given.get("type") == "function":
        refuse_others("tool_choice", given, frozenset({"type", "function"}))
        function = demand_object("tool_choice.function", given.get("function"))
        return {"type": "tool", "name": demand_text("tool_choice.function.name", function.get("name"))}
    raise unsupported("tool_choice", "Anthropic takes auto, none, required or one function")
