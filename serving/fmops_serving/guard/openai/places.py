"""Places of texts in JSON, and putting another text there."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

Path = tuple[str | int, ...]


_HOLDERS = (dict, list)


class Text(NamedTuple):
    """A text and where it stands. One that was joined or decoded stands nowhere: it can be refused, not redacted."""

    text: str
    path: Path | None


CLOSED = frozenset({
    "role", "type", "object", "detail", "encoding_format", "finish_reason", "status", "service_tier",
    "system_fingerprint", "format", "media_type", "mime_type",
})  # fmt: skip
"""Fields that hold a word of a closed list, which engines check."""
LONGEST_WORD = 64
"""Characters of such a word; what is longer is looked at."""


def texts_of(value: Any, path: Path = (), names: set[str] | None = None) -> list[Text]:
    """Give every text below a value, in its order, but for words of closed lists; adds the names of fields to `names`.

    However deep it is nested.
    """
    if isinstance(value, str):
        return [Text(value, path)] if value else []
    found: list[Text] = []
    above: list[tuple[Iterator[tuple[str | int, Any]], Path]] = []
    entries = _entries(value, names)
    while True:
        for key, each in entries:
            if isinstance(each, str):
                if each and (key not in CLOSED or len(each) > LONGEST_WORD):
                    found.append(Text(each, (*path, key)))
            elif isinstance(each, _HOLDERS):
                above.append((entries, path))
                entries, path = _entries(each, names), (*path, key)
                break
        else:
            if not above:
                return found
            entries, path = above.pop()


def _entries(value: Any, names: set[str] | None) -> Iterator[tuple[str | int, Any]]:
    """Give what is in an object or a list, by name or number; nothing is in anything else."""
    if isinstance(value, dict):
        if names is not None:
            names.update(value)
        return iter(value.items())
    return enumerate(value if isinstance(value, list) else ())


def is_word(key: str, value: Any) -> bool:
    """Tell a word of a closed list from a text."""
    return key in CLOSED and isinstance(value, str) and len(value) <= LONGEST_WORD


def put(value: Any, path: Path, text: str) -> Any:
    """Give a copy in which another text stands at a place; what is beside it is shared, not copied."""
    top: Any = [value]
    copy: Any = top
    place: str | int = 0
    for part in path:
        below = copy[place]
        copy[place] = dict(below) if isinstance(below, dict) else list(below)
        copy, place = copy[place], part
    copy[place] = text
    return top[0]


def put_all(value: Any, changes: Sequence[tuple[Path, str]]) -> Any:
    """Give a copy in which other texts stand at several places."""
    for path, text in changes:
        value = put(value, path, text)
    return value


def without_field(value: Any, name: str) -> Any:
    """Give a copy in which a field is null wherever it stands."""
    if isinstance(value, dict):
        return {key: None if key == name else without_field(below, name) for key, below in value.items()}
    return [without_field(below, name) for below in value] if isinstance(value, list) else value
