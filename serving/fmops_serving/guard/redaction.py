"""Taking out what was found: places are code points of the text as it came, whatever was taken out before."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Redaction(NamedTuple):
    """A stretch of a text and what stands in its place."""

    start: int
    end: int
    instead: str


def merged(redactions: Iterable[Redaction]) -> list[Redaction]:
    """Put them in order and make one of those that overlap: it says what the first one says."""
    kept: list[Redaction] = []
    for each in sorted(redactions, key=lambda one: (one.start, -one.end)):
        if kept and each.start < kept[-1].end:
            kept[-1] = kept[-1]._replace(end=max(kept[-1].end, each.end))
        else:
            kept.append(each)
    return kept


def redacted(text: str, redactions: Sequence[Redaction], start: int = 0, end: int | None = None) -> str:
    """Write a text from `start` to `end` without them; they are in order, and each that begins there ends there."""
    end = len(text) if end is None else end
    parts = []
    for each in redactions:
        if start <= each.start < end:
            parts += [text[start : each.start], each.instead]
            start = each.end
    return "".join([*parts, text[start:end]])
