"""A chat request of the OpenAI API as one of the Messages API. What cannot be said is refused by name."""

from typing import Any

from fmops_serving.gateway.dialects.anthropic import thinking
from fmops_serving.gateway.dialects.anthropic.messages import conversation
from fmops_serving.gateway.dialects.anthropic.refusing import (
    Json,
    demand_object,
    invalid,
    refuse_others,
    unknown,
    unsupported,
)
from fmops_serving.gateway.dialects.anthropic.tools import tool_fields

MAX_TOKENS = 4096
"""Longest answer where the client names none, for Anthropic wants a number; every model can say so much."""
THINKING_TOKENS = 16384
"""The same where the model thinks, for thinking counts."""

_NEUTRAL: dict[str, tuple[Any, ...]] = {
    "n": (1,),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "logit_bias": ({},),
    "store": (False,),
    "modalities": (["text"],),
    "functions": ([],),
    "metadata": ({},),
}
"""Fields that may say what is so anyway; with another value they are refused."""
_WHY = {
    "n": "Anthropic gives one answer: send the request n times",
    "seed": "Anthropic draws without a seed: leave it out",
    "functions": "use tools",
    "function_call": "use tool_choice",
}
_TRANSLATED = frozenset(
    {
        "model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens", "temperature", "top_p",
        "top_k", "stop", "tools", "tool_choice", "parallel_tool_calls", "response_format", "reasoning_effort",
        "thinking", "user", "safety_identifier", "service_tier", "cache_control",
    }
)  # fmt: skip


def message_request(parsed: Json, model: str) -> Json:
    """Translate a whole request; raises Refusal."""
    _refuse_unsayable(parsed)
    made: Json = {"model": model, **conversation(parsed), **_sampling(parsed), **tool_fields(parsed)}
    made |= thinking.wish(parsed)
    made["max_tokens"] = _max_tokens(parsed, made.get("thinking"))
    if shape := _shape(parsed.get("response_format")):
        made["output_config"] = {**made.get("output_config", {}), "format": shape}
    if who := _user(parsed):
        made["metadata"] = {"user_id": who}
    if tier := _tier(parsed.get("service_tier")):
        made["service_tier"] = tier
    if parsed.get("cache_control"):
        made["cache_control"] = parsed["cache_control"]
    stream = parsed.get("stream")
    if not isinstance(stream, bool | None):
        raise invalid("stream", "must be true or false")
    if stream:
        made["stream"] = True
    return made


def wants_usage(parsed: Json | None) -> bool:
    """Say whether a stream ends with what it used."""
    options = (parsed or {}).get("stream_options")
    return isinstance(options, dict) and options.get("include_usage") is True


def _refuse_unsayable(parsed: Json) -> None:
    for name, value in parsed.items():
        if name in _TRANSLATED or value is None or value in _NEUTRAL.get(name, ()):
            continue
        raise unsupported(name, _WHY[name]) if name in _WHY else unknown(name)
    options = demand_object("stream_options", parsed.get("stream_options") or {})
    refuse_others("stream_options", options, frozenset({"include_usage"}))


def _sampling(parsed: Json) -> Json:
    made: Json = {}
    for name, low, high in (("temperature", 0, 2), ("top_p", 0, 1)):
        value = parsed.get(name)
        if value is not None:
            made[name] = _within(name, value, low, high)
    if "temperature" in made:
        # OpenAI's scale ends at 2 and Anthropic's at 1, which is what its own OpenAI endpoint makes of more.
        made["temperature"] = min(made["temperature"], 1)
    if parsed.get("top_k") is not None:
        made["top_k"] = _count("top_k", parsed["top_k"])
    stop = parsed.get("stop")
    if stop is not None and stop != []:
        texts = [stop] if isinstance(stop, str) else stop
        if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
            raise invalid("stop", "must be texts that are more than white space, as Anthropic takes them")
        made["stop_sequences"] = texts
    return made


def _within(name: str, value: Any, low: float, high: float) -> float:
    if type(value) not in (int, float) or not low <= value <= high:
        raise invalid(name, f"must be a number from {low} to {high}")
    number: float = value
    return number


def _count(name: str, value: Any) -> int:
    if type(value) is not int or value < 1:
        raise invalid(name, "must be a whole number from 1 on")
    return value


def _max_tokens(parsed: Json, thought: Json | None) -> int:
    for name in ("max_completion_tokens", "max_tokens"):
        if parsed.get(name) is not None:
            return _count(name, parsed[name])
    if thought is None or thought.get("type") == "disabled":
        return MAX_TOKENS
    budget = thought.get("budget_tokens")
    return budget + MAX_TOKENS if type(budget) is int else THINKING_TOKENS


def _shape(given: Any) -> Json | None:
    """Translate `response_format`; the name of a schema is a label without effect, its description goes inside."""
    if given is None or given == {"type": "text"}:
        return None
    form = demand_object("response_format", given)
    if form.get("type") != "json_schema":
        why = "Anthropic takes json_schema, and no JSON without a schema" if form.get("type") == "json_object" else None
        raise unsupported("response_format.type", why or "Anthropic takes text and json_schema")
    refuse_others("response_format", form, frozenset({"type", "json_schema"}))
    inner = demand_object("response_format.json_schema", form.get("json_schema"))
    refuse_others("response_format.json_schema", inner, frozenset({"name", "description", "schema", "strict"}))
    schema = demand_object("response_format.json_schema.schema", inner.get("schema"))
    about = {"description": inner["description"]} if inner.get("description") else {}
    return {"type": "json_schema", "schema": {**about, **schema}}


def _user(parsed: Json) -> str | None:
    names = {parsed[name] for name in ("user", "safety_identifier") if isinstance(parsed.get(name), str)}
    for name in ("user", "safety_identifier"):
        if parsed.get(name) is not None and not isinstance(parsed[name], str):
            raise invalid(name, "must be text")
    if len(names) > 1:
        raise unsupported("user", "Anthropic takes one name of a user, and safety_identifier is another: leave one out")
    return next(iter(names), None)


_TIERS: dict[str, str | None] = {"auto": "auto", "default": "standard_only"}


def _tier(given: Any) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str) or given not in _TIERS:
        raise unsupported("service_tier", "Anthropic takes auto and default")
    return _TIERS[given]
