"""Tells German from English by the short words of most sentences: the linear model knows English only."""

from collections.abc import Sequence
from functools import cache

from fmops_serving.guard.wordlist import words_of_file


def rather_german(units: Sequence[str]) -> bool:
    """Say whether a text has more of German's short words than of English's; units are folded."""
    english, german = _short_words()
    found = german.intersection(units)
    return bool(found) and len(found) > len(english.intersection(units))


@cache
def _short_words() -> tuple[frozenset[str], frozenset[str]]:
    return words_of_file("short.en.txt"), words_of_file("short.de.txt")
