"""Places of texts in JSON, and putting another text there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Path = tuple[str | int, ...]


class Text(NamedTuple):
    """A text and where it stands. One that was joined or decoded stands nowhere: it can be refused, not redacted."""

    text: str
    path: Path | None


_CLOSED = frozenset({
    "role", "type", "object", "detail", "encoding_format", "finish_reason", "status", "service_tier",
    "system_fingerprint", "format", "media_type", "mime_type",
})  # fmt: skip
"""Fields that hold a word of a closed list, which engines check."""


def texts_of(value: Any, path: Path = ()) -> Iterator[Text]:
    """Give every text below a value, but for words of closed lists."""
    if isinstance(value, str):
        if value:
            yield Text(value, path)
    elif isinstance(value, Mapping):
        for key, below in value.items():
            if key in _CLOSED and isinstance(below, str) and len(below) <= 64:
                continue
            yield from texts_of(below, (*path, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from texts_of(below, (*path, index))


def put(value: Any, path: Path, text: str) -> Any:
    """Give a copy in which another text stands at a place; what is beside it is shared, not copied."""
    if not path:
        return text
    first, *rest = path
    if isinstance(value, Mapping):
        return {**value, first: put(value[first], tuple(rest), text)}
    copy = list(value)
    copy[int(first)] = put(copy[int(first)], tuple(rest), text)
    return copy


def put_all(value: Any, changes: Sequence[tuple[Path, str]]) -> Any:
    """Give a copy in which other texts stand at several places."""
    for path, text in changes:
        value = put(value, path, text)
    return value
