"""What grows in a streamed answer: the texts of one event, each with the text of the answer that it is a piece of."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fmops_serving.guard.openai.places import Path, put, texts_of

Key = tuple[int | str, ...]


class Delta(NamedTuple):
    """A piece of a text: which text, the piece, and where it stands in the event."""

    key: Key
    text: str
    path: Path


_REPEATED = ("text", "part", "item", "arguments", "refusal")
_NAMES = frozenset({"id", "call_id", "item_id", "tool_call_id"})


def deltas_of(parsed: Mapping[str, Any]) -> list[Delta]:
    """Give the pieces of an event of chat, completions or responses."""
    choices = parsed.get("choices")
    if isinstance(choices, list):
        return [delta for place, choice in enumerate(choices) for delta in _of_choice(place, choice)]
    piece = parsed.get("delta")
    if isinstance(piece, str) and piece and "type" in parsed:
        key: Key = (str(parsed.get("item_id", "")), str(parsed["type"]), *_numbers(parsed))
        return [Delta(key, piece, ("delta",))]
    return []


def _of_choice(place: int, choice: Any) -> Iterator[Delta]:
    if not isinstance(choice, dict):
        return
    index = choice.get("index", place)
    for field in ("delta", "text"):
        for text in texts_of(choice.get(field), (field,)):
            path = text.path or ()
            if path[-1] not in _NAMES:
                yield Delta((index, *_stable(choice, path)), text.text, ("choices", place, *path))


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


def ended_choices(parsed: Mapping[str, Any]) -> list[int]:
    """Give the choices that this event ends."""
    choices = parsed.get("choices")
    return [
        choice.get("index", place)
        for place, choice in enumerate(choices if isinstance(choices, list) else ())
        if isinstance(choice, dict) and choice.get("finish_reason")
    ]


def whole_texts(parsed: Mapping[str, Any]) -> list[tuple[Path, str]]:
    """Give the texts that an event of responses repeats as a whole, such as response.output_text.done's."""
    if "choices" in parsed or not str(parsed.get("type", "")).startswith("response."):
        return []
    found = [each for name in _REPEATED for each in texts_of(parsed.get(name), (name,))]
    found += texts_of(_output(parsed), ("response", "output"))
    return [(each.path, each.text) for each in found if each.path and each.path[-1] not in _NAMES]


def _output(parsed: Mapping[str, Any]) -> Any:
    response = parsed.get("response")
    return response.get("output") if isinstance(response, Mapping) else None


def write_delta(parsed: Any, delta: Delta, text: str) -> Any:
    """Give the event with another piece, without the chances of tokens, which spell the one that came."""
    written = put(parsed, delta.path, text)
    if delta.path[0] == "choices" and "logprobs" in written["choices"][delta.path[1]]:
        written["choices"][delta.path[1]]["logprobs"] = None
    return written
