"""Finds phrases in a text, by RE2: time grows with the text and no faster."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from itertools import accumulate
from typing import NamedTuple

import re2

from fmops_serving.guard.look import Look
from fmops_serving.guard.phraserules import KINDS, phrase_rules
from fmops_serving.guard.phrasewords import words_needed
from fmops_serving.guard.stems import ANYWHERE

_MEMORY = 64 << 20
"""Bytes that RE2 may take for its automaton; with less it would fall back to a slower one."""


class Phrase(NamedTuple):
    """A phrase found: its kind, and the first and last unit of it."""

    kind: str
    first: int
    last: int


class _Compiled(NamedTuple):
    any: Look
    kinds: Sequence[tuple[str, "re2._Regexp"]]
    digest: str


def listed() -> Look:
    """Give what tells in one look whether a line has a phrase or a stem of profanity; most have none."""
    return _compiled().any


def pattern_in_ascii() -> str:
    """Give the pattern, of RE2, of what it finds in a line of ASCII: no phrases that need a word in other letters."""
    rules = phrase_rules().patterns
    return _pattern([each for each in rules[kind] if any(map(str.isascii, words_needed(each)))] for kind in KINDS)


def _pattern(kinds: Iterable[Sequence[str]]) -> str:
    return "|".join([*map(_apart, kinds), ANYWHERE])


def _apart(patterns: Sequence[str]) -> str:
    """Write the pattern of phrases whose words are whole."""
    return rf"(?:^| )(?:{'|'.join(patterns)})(?: |$)"


def phrases(line: str, units: Sequence[str]) -> list[Phrase]:
    """Find phrases in a folded text's units, of which `line` has one a space apart from the next."""
    ends = list(accumulate([len(unit) + 1 for unit in units]))
    return [
        Phrase(kind, bisect_right(ends, start), bisect_right(ends, end - 1))
        for kind, pattern in _compiled().kinds
        for start, end in (_without_spaces(line, *found.span()) for found in pattern.finditer(line))
    ]


def _without_spaces(line: str, start: int, end: int) -> tuple[int, int]:
    """Leave the spaces out that a match begins and ends with; a group for what is between would cost RE2 ten times."""
    return start + (line[start] == " "), end - (line[end - 1] == " ")


def words_of_phrases() -> frozenset[str]:
    """Give the words that phrases have, so that disguises of them are undone; short ones would be seen everywhere."""
    return frozenset(word for word in phrase_rules().words if len(word) > 3) | {"die", "kys", "you"}


def digest_of_phrases() -> str:
    """Give the digest of the rules."""
    return _compiled().digest


@cache
def _compiled() -> _Compiled:
    rules = phrase_rules().patterns
    sources = {kind: _apart(rules[kind]) for kind in KINDS}
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    return _Compiled(
        Look(_pattern(rules[kind] for kind in KINDS), "kys"),
        [(kind, re2.compile(source, options)) for kind, source in sources.items()],
        sha256("\n".join(sources.values()).encode()).hexdigest(),
    )
