"""Tier 0's words: profanity in three languages, from the package's lists, less what has an innocent meaning.

The lists hold much that a clinic, a kennel or a newspaper writes every day. `ordinary.txt` says which entries are left
out; the linear model still weighs them with the words around them.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from fmops_serving.guard.folding import fold
from fmops_serving.guard.packages import LISTS, DataFiles, data_files

LANGUAGES = {"en": "english", "de": "german", "ru": "russian"}
_LETTERS = {"en": re.compile(r"[a-z]{3,}"), "de": re.compile(r"[a-z]{4,}"), "ru": re.compile(r"[а-я]{3,}")}
"""Whole entries that are taken, once folded: single words in the language's own letters. Disguises are undone by us."""
_ENDINGS = {
    "en": ("s", "es", "ed", "er", "ers", "ing", "in", "y"),
    "de": ("e", "en", "er", "ern", "es", "em", "n", "s", "t"),
    "ru": (),
}
_RUSSIAN_VERB = re.compile(r"(ать|ить|еть|нуть|ся)$")
_RUSSIAN_NOUN = re.compile(r"(ыи|ии|ои|ая|ое|а|о|ь|и|е|ы|я)$")
_RUSSIAN_ENDINGS = (
    *("", "а", "я", "о", "е", "у", "ю", "ы", "и", "ь", "ом", "ем", "ои", "еи", "ью", "ам", "ям", "ами", "ями", "ах"),
    *("ях", "ов", "ыи", "ии", "ая", "ое", "ые", "ого", "ому", "ых", "ым", "ыми", "ую"),
)
_RUSSIAN_PAST = (
    "ать",
    "ал",
    "ала",
    "али",
    "ает",
    "ают",
    "аи",
    "ить",
    "ил",
    "ила",
    "или",
    "ит",
    "ят",
    "нул",
    "нула",
    "ся",
)


@dataclass(frozen=True)
class WordList:
    """Folded words, each in its usual forms."""

    digest: str
    words: frozenset[str]


@cache
def word_list() -> WordList:
    """Read the installed lists, once in a process; raises Missing when they are not installed."""
    lists = data_files(LISTS, *(f"glin_profanity/data/dictionaries/{name}.json" for name in LANGUAGES.values()))
    ordinary = words_of_file("ordinary.txt")
    found = frozenset(word for word in _forms(lists, ordinary) if word not in ordinary) | words_of_file("more.txt")
    return WordList(lists.digest, found)


def words_of_file(name: str) -> frozenset[str]:
    """Read a list of words that lies beside this file; folded, and without its comments."""
    lines = files("fmops_serving.guard").joinpath(name).read_text("utf-8").splitlines()
    return frozenset(fold(word) for line in lines for word in line.partition("#")[0].split())


def _forms(lists: DataFiles, ordinary: frozenset[str]) -> Iterator[str]:
    for language, path in zip(LANGUAGES, lists.paths, strict=True):
        entries = map(fold, json.loads(path.read_text("utf-8"))["words"])
        for word in entries:
            if _LETTERS[language].fullmatch(word) and word not in ordinary:
                yield from _inflected(language, word)


def _inflected(language: str, word: str) -> Iterable[str]:
    """Give a word and its usual forms; some that no one writes do no harm."""
    if language != "ru":
        doubled = [word + word[-1] + ending for ending in ("ed", "er", "ers", "ing", "y")] if language == "en" else []
        return (
            [word, *(word + ending for ending in _ENDINGS[language]), *doubled] if len(word) > 3 else [word, word + "s"]
        )
    if len(word) < 4:
        return [word]
    if _RUSSIAN_VERB.search(word):
        stem = _RUSSIAN_VERB.sub("", word)
        return [word, *(stem + ending for ending in _RUSSIAN_PAST)] if len(stem) > 2 else [word]
    stem = _RUSSIAN_NOUN.sub("", word)
    return [word, *(stem + ending for ending in _RUSSIAN_ENDINGS)] if len(stem) > 2 else [word]
