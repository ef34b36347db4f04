"""Reads tier 0's phrases: threats and insults that need no profanity, because of who they are said to.

A line of phrases.<language>.txt is `Threat: <pattern>` or `Insult: <pattern>`, or `<name>: <words>`, a list that
patterns call `{name}`. Words stand one space apart, as layout.py lays a text out: an apostrophe is a space, a full stop
is a word of its own. An insult is only one when it is said to somebody ("you are an idiot"), so that "The Idiot by
Dostoevsky", "kill the process" and "a stupid mistake of mine" are none.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from fmops_serving.guard.folding import fold
from fmops_serving.guard.layout import units_of
from fmops_serving.guard.wordlist import LANGUAGES

KINDS = ("Threat", "Insult")
_NAME = re.compile(r"\{([a-z]+)\}")
_GROUP = re.compile(r"\((?!\?)")


@dataclass(frozen=True)
class PhraseRules:
    """The patterns of each kind, as RE2 reads them, and every word in them."""

    patterns: dict[str, Sequence[str]]
    words: frozenset[str]


@cache
def phrase_rules() -> PhraseRules:
    """Read the rules of all languages, folded."""
    patterns: defaultdict[str, list[str]] = defaultdict(list)
    words: set[str] = set()
    for language in LANGUAGES:
        lists: defaultdict[str, list[str]] = defaultdict(list)
        for name, told in _lines(language):
            if name in KINDS:
                patterns[name].append(_pattern(told, lists))
                words.update(units_of(_NAME.sub(" ", _folded(told))))
            else:
                lists[name] += told.split()
                words.update(map(fold, told.split()))
    return PhraseRules(dict(patterns), frozenset(words))


def _lines(language: str) -> Iterator[tuple[str, str]]:
    text = files("fmops_serving.guard").joinpath(f"phrases.{language}.txt").read_text("utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            name, _, told = line.partition(": ")
            yield name, told


def _pattern(told: str, lists: dict[str, list[str]]) -> str:
    """Put lists in their places, and let no group be one that is remembered."""
    whole = _NAME.sub(lambda name: f"({'|'.join(lists[name[1]])})", told)
    return f"(?:{_folded(_GROUP.sub('(?:', whole))})"


def _folded(pattern: str) -> str:
    """Fold the words of a pattern and leave its signs alone."""
    return "".join(fold(character) if character > "\x7f" else character for character in pattern)
