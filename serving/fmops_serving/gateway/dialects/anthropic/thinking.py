"""Reasoning. Anthropic signs what its models thought and wants it back unchanged when tools are used.

An answer carries the text as `reasoning_content`, where guard rails look, and beside it `thinking_blocks`: for each
block its signature and the length of its part of the text, so that no text stands in two places. A client sends both
back as they came.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from fmops_serving.gateway.dialects.anthropic.refusing import Json, demand_list, demand_object, invalid, unsupported

TEXT = "reasoning_content"
BLOCKS = "thinking_blocks"
_EFFORTS = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh", "max": "max"}


def wish(parsed: Json) -> Json:
    """Translate `reasoning_effort`, or pass Anthropic's own `thinking` on."""
    given, effort = parsed.get("thinking"), parsed.get("reasoning_effort")
    made: Json = {"thinking": demand_object("thinking", given)} if given is not None else {}
    if effort is None:
        return made
    if effort == "none":
        if given is not None:
            raise invalid("reasoning_effort", "none and thinking contradict each other: leave one out")
        return {"thinking": {"type": "disabled"}}
    if not isinstance(effort, str) or effort not in _EFFORTS:
        raise invalid("reasoning_effort", f"takes none, {', '.join(_EFFORTS)}")
    return {"thinking": {"type": "adaptive"}, **made, "output_config": {"effort": _EFFORTS[effort]}}


def written(content: Iterable[Json]) -> Json:
    """Give the fields of an answer's message that say what was thought."""
    thought = [block for block in content if block.get("type") in {"thinking", "redacted_thinking"}]
    if not thought:
        return {}
    text = "".join(str(block.get("thinking") or "") for block in thought)
    return {TEXT: text, BLOCKS: [mark(index, block) for index, block in enumerate(thought)]}


def mark(index: int, block: Json) -> Json:
    """Say of one block what its text does not: `length` counts characters."""
    if block["type"] == "redacted_thinking":
        return {"index": index, "type": "redacted_thinking", "data": block.get("data", "")}
    text = str(block.get("thinking") or "")
    return {"index": index, "type": "thinking", "length": len(text), "signature": block.get("signature", "")}


def read(path: str, message: Json) -> Iterator[Json]:
    """Give the blocks that a client sends back; refuses reasoning that nobody signed."""
    text = message.get(TEXT) or message.get("reasoning") or ""
    marks = demand_list(f"{path}.{BLOCKS}", message.get(BLOCKS) or [])
    if text and not marks:
        why = f"Anthropic takes back only reasoning that it signed, with {BLOCKS} as they came: leave it out"
        raise unsupported(f"{path}.{TEXT if message.get(TEXT) else 'reasoning'}", why)
    at = 0
    for index, each in enumerate(marks):
        block = demand_object(f"{path}.{BLOCKS}[{index}]", each)
        made, at = _block(f"{path}.{BLOCKS}[{index}]", block, str(text), at)
        yield made


def _block(path: str, block: Json, text: str, at: int) -> tuple[Json, int]:
    if block.get("type") == "redacted_thinking" and isinstance(block.get("data"), str):
        return {"type": "redacted_thinking", "data": block["data"]}, at
    length: Any = block.get("length")
    if block.get("type") != "thinking" or type(length) is not int or not isinstance(block.get("signature"), str):
        raise invalid(path, "must be as it came: a thinking block with length and signature, or a redacted one")
    end = at + max(0, length)
    return {"type": "thinking", "thinking": text[at:end], "signature": block["signature"]}, end
