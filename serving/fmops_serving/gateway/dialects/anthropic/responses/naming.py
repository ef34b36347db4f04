"""What a client calls the fields of its request for a response, which becomes a chat on its way that it never saw."""

import re
from collections.abc import Iterable

from fmops_serving.gateway.dialects.anthropic.refusing import Json
from fmops_serving.gateway.refusal import Refusal

Names = tuple[tuple[re.Pattern[str], str], ...]


def _names(*pairs: tuple[str, str]) -> Names:
    return tuple((re.compile(chat), own) for chat, own in pairs)


_FIELDS = _names(
    (r"^messages$", "input"),
    (r"^max_completion_tokens$", "max_output_tokens"),
    (r"^response_format\.json_schema", "text.format"),
    (r"^(tools\[\d+\]|tool_choice)\.function", r"\1"),
)
_ITEMS = {
    "function_call": _names((r"^\.tool_calls\[0\]\.id", ".call_id"), (r"^\.tool_calls\[0\](\.function)?", "")),
    "function_call_output": _names((r"^\.tool_call_id", ".call_id"), (r"^\.content", ".output")),
}
_PARTS = _names(
    (r"\.image_url\.url$", ".image_url"), (r"\.image_url\.detail$", ".detail"), (r"\.file\.(?=file)", "."),
)  # fmt: skip
_TYPES = _names((r"\bimage_url\b", "input_image"), (r"\bfile\b", "input_file"), (r"\btext\b", "input_text"))
_MESSAGE = re.compile(r"messages\[(\d+)\](.*)", re.DOTALL)


def in_own_words(refusal: Refusal, parsed: Json) -> Refusal:
    """Name the field at fault as the client does who sent `parsed`."""
    path = refusal.param or ""
    own = _own(path, parsed)
    if own == path:
        return refusal
    why = refusal.message.removeprefix(path)
    told = f"{own}{_renamed(why, _TYPES) if path.endswith('].type') else why}"
    return Refusal(refusal.status, refusal.code, told, type=refusal.type, param=own, headers=refusal.headers)


def _own(path: str, parsed: Json) -> str:
    found = _MESSAGE.fullmatch(path)
    if found is None:
        return _renamed(path, _FIELDS)
    before = 0 if parsed.get("instructions") is None else 1
    at, rest = int(found[1]) - before, found[2]
    if at < 0:
        return "instructions"
    given = parsed.get("input")
    if not isinstance(given, list):
        return "input"
    kind = given[at].get("type", "message")
    return f"input[{at}]{_renamed(_renamed(rest, _ITEMS.get(kind, ())), _PARTS)}"


def _renamed(text: str, names: Iterable[tuple[re.Pattern[str], str]]) -> str:
    for chat, own in names:
        text = chat.sub(own, text)
    return text
