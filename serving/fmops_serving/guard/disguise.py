"""Undoing disguises: numbers and signs for letters, masked letters, letters apart, repeated ones, mixed alphabets.

Most texts have none, which one look by RE2 tells. A piece of a text is only read another way where that makes a known
word of it, so that `A4`, `3d-printer` and `**bold**` stay what they are.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import product, repeat, zip_longest
from typing import NamedTuple

import re2

from fmops_serving.guard.homoglyphs import alphabets
from fmops_serving.guard.known import MASK, Known

_REPEATED = "|".join(letter * 3 for letter in "abcdefghijklmnopqrstuvwxyzабвгдежзиклмнопрстуфхцчшщъыьэюя")
PARTING = ".-"
"""Signs that part letters and do nothing else, where one stands before a letter."""
_PARTED = rf"[{PARTING}]\pL"
BEHIND = "0123456789@$|*#+"
BEFORE = f"{BEHIND}!_"
"""What may stand for a letter, or hide one, where it stands behind or before one."""
_OF_LETTERS = rf"{_REPEATED}|\p{{Cyrillic}}[a-z]|[a-z]\p{{Cyrillic}}|[a-z]\p{{Greek}}|\p{{Greek}}[a-z]"
_STANDING_FOR = rf"\pL[{BEHIND}]|[{BEFORE}]\pL|{_OF_LETTERS}"
_SUSPICIOUS = f"{_STANDING_FOR}|{_PARTED}"
_SUSPECT = re2.compile(_SUSPICIOUS)
_SINGLES = r"(?:^|[^\pL\d])[\pL\d][\s._*-]{1,3}[\pL\d][\s._*-]{1,3}[\pL\d](?:[^\pL\d]|$)"
"""Three letters apart."""
_APART = re.compile(r"(?<![^\W_])[^\W_](?:[\s._*-]{1,3}[^\W_]){2,40}(?![^\W_])")
AROUND = " .,;:?\"'()[]{}<>«»„“”‘’…—–-_*~`"
_SIGNS = {"@": "a", "$": "s", "€": "e", "!": "i", "|": "i", "+": "t", "(": "c"}
_DIGITS = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g"}
_OTHERWISE = str.maketrans("1!|", "lll")
_LETTER_OF = str.maketrans(_SIGNS | _DIGITS)
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_CYRILLIC_OF = str.maketrans("01346@", "оизчба")
_CYRILLIC_OTHERWISE = str.maketrans("01346@", "оизчбя")
_MASKS = re.compile(r"[*#]")
BETWEEN = "._-'’"
"""What stands between the letters of a piece and is left out."""
_LEFT_OUT = dict.fromkeys(map(ord, BETWEEN))
_LIKELY = "uioae"
_SPACE = re.compile(r"\s")
_RUN = re.compile(r"(.)\1{2,}")
_MOST_RUNS = 3
"""Runs of which both lengths are tried."""
LONGEST = 40
"""Characters of a piece that is looked at; longer ones are no words."""


class Reading(NamedTuple):
    """A piece of a folded text and the word it stands for."""

    start: int
    end: int
    word: str


def readings(folded: str, known: Known, ways: Iterable[int]) -> list[Reading]:
    """Give the disguised words that are known, in order and without overlap; `ways` says which of DISGUISES are seen.

    Places beyond its end are of what else was looked for at once.
    """
    found: list[Reading] = []
    for way in ways:
        if way < len(_WAYS):
            found += _WAYS[way](folded, known)
    found.sort()
    return [reading for place, reading in enumerate(found) if not place or found[place - 1].end <= reading.start]


def _pieces(folded: str, known: Known) -> Iterator[Reading]:
    done = 0
    # Of an ASCII text, places in its bytes are its own, and RE2 need not translate them.
    for suspect in _SUSPECT.finditer(folded.encode() if folded.isascii() else folded):
        if suspect.start() >= done:
            start, done = _around(folded, suspect.start())
            piece = folded[start:done]
            # A piece that is known, or only has signs around it, is in the text as it stands.
            stripped = piece.strip(AROUND)
            if 0 < len(stripped) <= LONGEST and stripped not in known and (word := _undone(stripped, known)):
                start += piece.find(stripped)
                yield Reading(start, start + len(stripped), word)


def _around(folded: str, place: int) -> tuple[int, int]:
    """Give the ends of the piece between white space that a place is in."""
    end = space.start() if (space := _SPACE.search(folded, place)) else len(folded)
    start = place
    while start and not folded[start - 1].isspace():
        start -= 1
    return start, end


def _undone(piece: str, known: Known) -> str:
    """Give the known word that a piece stands for; empty when it stands for none."""
    if not any(map(str.isalpha, piece)):
        return ""
    if "_" in piece and (word := known.first(_unmasked(_MASKS.sub(MASK, piece.replace("_", MASK)), known))):
        return word
    if _MASKS.search(piece):
        return known.first(_unmasked(_MASKS.sub(MASK, piece), known))
    bare = piece.rstrip("!").translate(_LEFT_OUT)
    if bare.isascii() and bare.isalpha() and _RUN.search(bare) is None:
        return bare if bare in known else ""
    return known.first(_ways(bare))


def _ways(bare: str) -> Iterator[str]:
    """Give what a piece may stand for, likelier first."""
    for way in (bare, bare.replace("!", "")):
        yield from _plain_ways(way)
        if 2 * sum(map(str.isdigit, way)) <= len(way):
            cyrillic = _CYRILLIC.search(way) is not None
            yield from _plain_ways(way.translate(_CYRILLIC_OF if cyrillic else _LETTER_OF))
            yield from _plain_ways(way.translate(_OTHERWISE).translate(_LETTER_OF))
            if cyrillic:
                yield from _plain_ways(way.translate(_CYRILLIC_OTHERWISE))


def _plain_ways(letters: str) -> Iterator[str]:
    """Give a word with its runs of three letters and more shortened, in each alphabet that it may be in."""
    for spelt in alphabets(letters):
        if spelt != letters:
            yield spelt
        if _RUN.search(spelt):
            yield from _shortened(spelt)
    yield letters


def _shortened(word: str) -> Iterator[str]:
    """Give a word with each of its first runs once and twice: `kiiilll` may be `kil`, `kill`, `kiil` or `kiill`."""
    parts = _RUN.split(word)
    kept, runs = parts[::2], parts[1::2]
    for lengths in product((1, 2), repeat=min(len(runs), _MOST_RUNS)):
        written = [run * length for run, length in zip(runs, (*lengths, *repeat(1, len(runs))), strict=False)]
        yield "".join(part + run for part, run in zip_longest(kept, written, fillvalue=""))


def _unmasked(piece: str, known: Known) -> Iterator[str]:
    """Fill at most two masked letters in, where the first letter and two in all are to be seen."""
    seen, masks = sum(map(str.isalpha, piece)), piece.count(MASK)
    if not piece[0].isalpha() or seen < 2 or not 0 < masks <= 2 or seen + masks != len(piece):
        return
    if not known.may_be(piece):
        return
    pattern = piece.replace(MASK, "{}")
    letters = "abcdefghijklmnopqrstuvwxyz" if piece.isascii() else "абвгдежзийклмнопрстуфхцчшщъыьэюя"
    choices = sorted(letters, key=lambda letter: _LIKELY.find(letter) % (len(_LIKELY) + 1))
    yield from (pattern.format(*filling) for filling in product(choices, repeat=masks))


def _apart(folded: str, known: Known) -> Iterator[Reading]:
    """Find words whose letters stand apart: every stretch of four letters or more of such a run."""
    for run in _APART.finditer(folded):
        places = [place for place in range(*run.span()) if not re.match(r"[\s._*-]", folded[place])]
        letters = "".join(folded[place] for place in places)
        if len(letters) == 3 and letters in known:
            yield Reading(*run.span(), letters)
        begin = 0
        while begin + 4 <= len(letters):
            ends = range(min(len(letters), begin + 24), begin + 3, -1)
            word, end = next(
                ((way, end) for end in ends for way in (letters[begin:end].translate(_LETTER_OF),) if way in known),
                ("", 0),
            )
            if word:
                yield Reading(places[begin], places[end - 1] + 1, word)
            begin = end or begin + 1


DISGUISES = (_SUSPICIOUS, _SINGLES)
"""What is to be seen in a folded text that needs to be read the one way, or the other."""
UNPARTED = (_STANDING_FOR, _SINGLES)
"""The same without letters that are only parted."""
LETTERS = (_OF_LETTERS, _SINGLES)
"""The same without signs, digits and `_`."""
DIGITS = tuple("0123456789".translate(way).translate(_LETTER_OF) for way in ({}, _OTHERWISE))
"""For which letter each digit stands, in each way; for itself where for none."""
_WAYS = (_pieces, _apart)
