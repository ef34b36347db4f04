"""Undoing disguises: numbers and signs for letters, masked letters, letters apart, repeated ones, mixed alphabets.

Most texts have none, which one look by RE2 tells. A piece of a text is only read another way where that makes a known
word of it, so that `A4`, `3d-printer` and `**bold**` stay what they are.
"""

import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

import re2

from fmops_serving.guard.homoglyphs import alphabets

_REPEATED = "|".join(letter * 3 for letter in "abcdefghijklmnopqrstuvwxyzабвгдежзиклмнопрстуфхцчшщъыьэюя")
_SUSPECT = re2.compile(
    rf"[0-9@$|*#+]|![\pL]|[\pL][._-][\pL]|{_REPEATED}|(?:^|[^\pL])\pL[\s._-]{{1,3}}\pL[\s._-]{{1,3}}\pL(?:[^\pL]|$)"
    r"|\p{Cyrillic}[a-z]|[a-z]\p{Cyrillic}|[a-z]\p{Greek}|\p{Greek}[a-z]"
)
_PIECE = re.compile(r"\S+")
_APART = re.compile(r"(?<![^\W_])[^\W_](?:[\s._*-]{1,3}[^\W_]){2,40}(?![^\W_])")
_AROUND = " .,;:?\"'()[]{}<>«»„“”‘’…—–-_*~`"
_SIGNS = {"@": "a", "$": "s", "€": "e", "!": "i", "|": "i", "+": "t", "(": "c"}
_DIGITS = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g"}
_OTHERWISE = str.maketrans("1!|", "lll")
_LETTER_OF = str.maketrans(_SIGNS | _DIGITS)
_MASKS = re.compile(r"[*#]")
_LIKELY = "uioae"
_RUN = re.compile(r"(.)\1{2,}")
_LONGEST = 40
"""Characters of a piece that is looked at; longer ones are no words."""

Known = Callable[[str], bool]


class Reading(NamedTuple):
    """A piece of a folded text and the word it stands for."""

    start: int
    end: int
    word: str


def readings(folded: str, known: Known) -> list[Reading]:
    """Give the disguised words that are known, in order and without overlap."""
    if _SUSPECT.search(folded) is None:
        return []
    found = sorted([*_pieces(folded, known), *_apart(folded, known)])
    return [reading for place, reading in enumerate(found) if not place or found[place - 1].end <= reading.start]


def _pieces(folded: str, known: Known) -> Iterator[Reading]:
    for piece in _PIECE.finditer(folded):
        text = piece[0]
        if len(text) <= _LONGEST and not text.isalpha() and not known(text):
            stripped = text.strip(_AROUND)
            start = piece.start() + text.find(stripped)
            word = next((word for word in _ways(stripped) if known(word)), "")
            # A piece that only had signs around it is in the text as it stands.
            if word and word != stripped:
                yield Reading(start, start + len(stripped), word)
        elif len(text) <= _LONGEST and (word := next(filter(known, _plain_ways(text)), text)) != text:
            yield Reading(piece.start(), piece.end(), word)


def _ways(piece: str) -> Iterator[str]:
    """Give what a piece may stand for, likelier first."""
    if not any(map(str.isalpha, piece)):
        return
    if _MASKS.search(piece):
        yield from _unmasked(piece)
        return
    bare = re.sub(r"[._\-'’]", "", piece.rstrip("!"))
    for way in (bare, bare.replace("!", "")):
        yield from _plain_ways(way)
        if 2 * sum(map(str.isdigit, way)) <= len(way):
            letters = way.translate(_LETTER_OF)
            yield from _plain_ways(letters)
            yield from _plain_ways(way.translate(_OTHERWISE).translate(_LETTER_OF))


def _plain_ways(letters: str) -> Iterator[str]:
    """Give a word with its runs of three letters and more shortened, in each alphabet that it may be in."""
    for spelt in alphabets(letters):
        if spelt != letters:
            yield spelt
        if _RUN.search(spelt):
            yield _RUN.sub(r"\1", spelt)
            yield _RUN.sub(r"\1\1", spelt)
    yield letters


def _unmasked(piece: str) -> Iterator[str]:
    """Fill at most two masked letters in, where the first letter and two in all are to be seen."""
    seen = sum(map(str.isalpha, piece))
    masks = len(_MASKS.findall(piece))
    if not piece[0].isalpha() or seen < 2 or not 0 < masks <= 2 or seen + masks != len(piece):
        return
    pattern = _MASKS.sub("{}", piece)
    letters = "abcdefghijklmnopqrstuvwxyz" if piece.isascii() else "абвгдежзийклмнопрстуфхцчшщъыьэюя"
    choices = sorted(letters, key=lambda letter: _LIKELY.find(letter) % (len(_LIKELY) + 1))
    yield from (pattern.format(*filling) for filling in product(choices, repeat=masks))


def _apart(folded: str, known: Known) -> Iterator[Reading]:
    """Find words whose letters stand apart: every stretch of four letters or more of such a run."""
    for run in _APART.finditer(folded):
        places = [place for place in range(*run.span()) if not re.match(r"[\s._*-]", folded[place])]
        letters = "".join(folded[place] for place in places)
        begin = 0
        while begin + 4 <= len(letters):
            ends = range(min(len(letters), begin + 24), begin + 3, -1)
            word, end = next(
                ((way, end) for end in ends for way in (letters[begin:end].translate(_LETTER_OF),) if known(way)),
                ("", 0),
            )
            if word:
                yield Reading(places[begin], places[end - 1] + 1, word)
            begin = end or begin + 1
