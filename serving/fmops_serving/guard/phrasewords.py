"""Words of which every phrase has one at least, so that a text without any of them need not be looked at for phrases.

A pattern is read as what phraserules.py lets one be: letters, classes of letters, groups, `|`, `?`, `*`, `+`, `{m,n}`,
and `^`, `$` and a space, which part words.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product

from fmops_serving.guard.phraserules import phrase_rules
from fmops_serving.guard.wordlist import words_of_file

_TOKEN = re.compile(r"\[[^]]*\]|\(\?:|\{\d+(?:,\d+)?\}|[^\W\d_]+(?![^\W\d_]|[?*+{])|.")
"""A run of letters is one, but for a last one that may be missing or come again."""
_CLASS = "a-z"
"""Stands for a letter of a class, of whatever letters: it begins and ends with one."""
_PARTING = frozenset(" .")
"""Characters of which a word has none; a full stop is a word of its own."""
_READ_AS = {"[.]": ".", "^": " ", "$": " "}
_MOST = 3000
"""Ways to write a part of a phrase that are gone through."""
_LONG = 9
"""Letters of a word that is as rare as any."""
_OFTEN = {"short.en.txt": 30_000, "usual.en.txt": 12_000}
"""How many of such rare words are in texts as often as one of a list."""

_Ways = Sequence[Sequence["_Part"]]
"""Sequences, of which a phrase is one."""


@dataclass(frozen=True)
class _Part:
    """A part of a sequence: a group, or characters; it may be missing, and come more than once."""

    group: _Ways
    text: str = ""
    missing: bool = False
    again: bool = False

    def ends(self, side: int) -> set[str]:
        """Give the characters that it may begin with (side 0) or end with (side -1)."""
        return {self.text[side]} if self.text else set().union(*(_ends(each, side) for each in self.group))

    @property
    def holds_whole_words(self) -> bool:
        """Say whether it is a group that is never missing, whose words are whole where those around are."""
        apart = not self.again or self.ends(0) <= _PARTING or self.ends(-1) <= _PARTING
        return bool(self.group) and not self.missing and apart

    @cached_property
    def written(self) -> list[str] | None:
        """All ways to write it; None where they are too many."""
        if self.again or self.text == _CLASS:
            return None
        ways = [self.text] if self.text else []
        for each in self.group:
            if (more := _written(each)) is None:
                return None
            ways += more
        return [*ways, ""] if self.missing else ways


@cache
def needed_words() -> frozenset[str]:
    """Give words of which every phrase of the rules has one."""
    patterns = [pattern for each in phrase_rules().patterns.values() for pattern in each]
    return frozenset().union(*map(words_needed, patterns))


@cache
def words_needed(pattern: str) -> frozenset[str]:
    """Give words of which all that a pattern finds has one; raises ValueError where it can do without any."""
    words = _needed(_parsed(iter(_TOKEN.findall(pattern))))
    if words is None:
        raise ValueError(f"{pattern} has no word that is always there")
    return words


def _parsed(tokens: Iterator[str]) -> _Ways:
    """Read up to the end of a group."""
    ways: list[list[_Part]] = [[]]
    for sign in tokens:
        if sign == ")":
            break
        if sign == "|":
            ways.append([])
        elif sign in "?*+" or sign[0] == "{":
            last, least = ways[-1].pop(), sign.strip("{}").partition(",")[0]
            ways[-1].append(_Part(last.group, last.text, sign in "?*" or least == "0", sign != "?"))
        elif sign == "(?:":
            ways[-1].append(_Part(_parsed(tokens)))
        else:
            ways[-1].append(_Part((), _READ_AS.get(sign, _CLASS if sign[0] == "[" else sign)))
    return ways


def _needed(ways: _Ways) -> frozenset[str] | None:
    """Give words of which each sequence has one."""
    words: set[str] = set()
    for parts in ways:
        choices = [each for each in _choices(parts) if each]
        if not choices:
            return None
        words |= min(choices, key=_commonness)
    return frozenset(words)


def _choices(parts: Sequence[_Part]) -> Iterator[frozenset[str] | None]:
    """Give for each stretch of a sequence that whole words fill the words of which it has one."""
    for start in range(len(parts)):
        if _ends(parts[:start], -1) <= _PARTING:
            stop = next(each for each in range(start + 1, len(parts) + 1) if _ends(parts[each:], 0) <= _PARTING)
            yield _words_of(parts[start:stop])
            if stop == start + 1 and parts[start].holds_whole_words:
                yield _needed(parts[start].group)


def _words_of(stretch: Sequence[_Part]) -> frozenset[str] | None:
    written = _written(stretch)
    words = [each.replace(".", " ").split() for each in written or [""]]
    return frozenset(min(each, key=_often) for each in words) if all(words) else None


def _ends(parts: Sequence[_Part], side: int) -> set[str]:
    """Give the characters that a sequence may begin or end with."""
    found: set[str] = set()
    for part in parts if side == 0 else reversed(parts):
        found |= part.ends(side)
        if not part.missing:
            break
    return found


def _written(parts: Sequence[_Part]) -> list[str] | None:
    ways, count = [], 1
    for part in parts:
        if (written := part.written) is None or (count := count * len(written)) > _MOST:
            return None
        ways.append(written)
    return list(map("".join, product(*ways)))


def _commonness(words: Iterable[str]) -> int:
    """Say how often texts have one of these words: long ones are rare, short ones common, many more so than one."""
    return sum(map(_often, words))


@cache
def _often(word: str) -> int:
    for name, often in _OFTEN.items():
        if word in _in_file(name):
            return often
    return 1 << max(0, _LONG - len(word))


_in_file = cache(words_of_file)
