"""What grows in a streamed answer: the texts of one event, each with the text of the answer that it is a piece of.

Any field of a choice may hold text, but those that are known to hold none.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fmops_serving.guard.openai.places import Path, is_word, put, texts_of, without_field

Key = tuple[int | str, ...]


class Delta(NamedTuple):
    """A piece of a text: which text, the piece, and where it stands in the event."""

    key: Key
    text: str
    path: Path


NAMES = frozenset({"id", "call_id", "item_id", "tool_call_id"})
"""Fields with a name that the engine made up."""
_NO_PIECE = frozenset({
    "index", "finish_reason", "stop_reason", "logprobs", "token_ids", "prompt_token_ids", "prompt_logprobs",
})  # fmt: skip
"""Fields of a choice without text; a stop reason is a word of the request, and chances repeat what is beside them."""
_OF_CHUNK = frozenset({
    "id", "object", "created", "model", "choices", "usage", "system_fingerprint", "service_tier", "obfuscation",
    "error",
})  # fmt: skip
"""Fields of an event of chat or completions beside which nothing is looked at as a whole."""
_NO_REPETITION = NAMES | {"type", "delta", "response", "logprobs", "sequence_number", "obfuscation", "error"}
"""Fields of an event of responses without text that it repeats."""


def deltas_of(parsed: Mapping[str, Any]) -> list[Delta]:
    """Give the pieces of an event of chat, completions or responses."""
    choices = parsed.get("choices")
    if isinstance(choices, list):
        found: list[Delta] = []
        for place, choice in enumerate(choices):
            if isinstance(choice, dict):
                _of_choice(found, place, choice)
        return found
    piece = parsed.get("delta")
    if isinstance(piece, str) and piece and "type" in parsed:
        key: Key = (str(parsed.get("item_id", "")), str(parsed["type"]), *_numbers(parsed))
        return [Delta(key, piece, ("delta",))]
    return []


def _of_choice(found: list[Delta], place: int, choice: Mapping[str, Any]) -> None:
    """Add the pieces of a choice. Texts of `delta` and of the choice itself, which are most, are taken by hand."""
    index = index_of(choice, place)
    for field, value in choice.items():
        if not value or field in _NO_PIECE:
            continue
        if isinstance(value, str):
            found.append(Delta((index, field), value, ("choices", place, field)))
        elif field == "delta" and isinstance(value, dict):
            for name, text in value.items():
                if not text or is_word(name, text):
                    continue
                if isinstance(text, str):
                    if name not in NAMES:
                        found.append(Delta((index, field, name), text, ("choices", place, field, name)))
                else:
                    found += _below(index, place, choice, (field, name))
        else:
            found += _below(index, place, choice, (field,))


def _below(index: int, place: int, choice: Mapping[str, Any], path: Path) -> Iterator[Delta]:
    value: Any = choice
    for part in path:
        value = value[part]
    for text in texts_of(value, path):
        if text.path and text.path[-1] not in NAMES:
            yield Delta((index, *_stable(choice, text.path)), text.text, ("choices", place, *text.path))


def index_of(choice: Mapping[str, Any], place: int) -> int:
    """Say which choice it is; by its place where it does not say so."""
    index = choice.get("index")
    return index if isinstance(index, int) else place


def _stable(choice: Mapping[str, Any], path: Path) -> Key:
    """Name a text by the index that a tool call says, not by its place in the event's list."""
    key: list[int | str] = []
    value: Any = choice
    for part in path:
        value = value[part]
        said = value.get("index") if isinstance(part, int) and isinstance(value, dict) else None
        key.append(said if isinstance(said, int) else part)
    return tuple(key)


def _numbers(parsed: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(
        parsed[name] for name in ("output_index", "content_index", "summary_index") if isinstance(parsed.get(name), int)
    )


def whole_texts(parsed: Mapping[str, Any]) -> list[tuple[Path, str]]:
    """Give the texts that an event has as a whole, such as response.output_text.done's."""
    if "choices" in parsed:
        if parsed.keys() <= _OF_CHUNK:
            return []
        known = _OF_CHUNK
    else:
        known = _NO_REPETITION if isinstance(parsed.get("delta"), str) else _NO_REPETITION - {"delta"}
    found = [each for name, value in parsed.items() if name not in known for each in texts_of(value, (name,))]
    found += texts_of(_output(parsed), ("response", "output"))
    return [
        (each.path, each.text)
        for each in found
        if each.path and each.path[-1] not in NAMES and "logprobs" not in each.path
    ]


def _output(parsed: Mapping[str, Any]) -> Any:
    response = parsed.get("response")
    return response.get("output") if isinstance(response, Mapping) else None


def write_delta(parsed: Any, delta: Delta, text: str) -> Any:
    """Give the event with another piece, without the chances of tokens, which spell the one that came."""
    return without_field(put(parsed, delta.path, text), "logprobs")
