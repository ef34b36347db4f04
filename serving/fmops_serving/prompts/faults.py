"""What is wrong with a catalogue, and where."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from fmops_api.promptcatalog import Chain, Rubric, Template


class Fault(NamedTuple):
    """One thing that is wrong: `path` says where, `message` what was found and what would be right."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def entry_path(kind: str, entry: Template | Chain | Rubric) -> str:
    """Give the path of a versioned entry: spec.templates[summarise@3]."""
    return f"spec.{kind}[{entry.name}@{entry.version}]"


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """Propose the nearest known word as a clause, or list the known ones when none is near."""
    words = sorted(set(known))
    if near := get_close_matches(found, words, n=1):
        return f"; did you mean {near[0]}?"
    if not words:
        return ""
    shown = ", ".join(words[:10])
    return f"; known: {shown}" + (f" and {len(words) - 10} more" if len(words) > 10 else "")
