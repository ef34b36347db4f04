"""Folding: texts that look alike become alike, and every place in a folded text leads back to the text as it came.

Compatibility forms, case, accents and invisible characters are taken away character by character (Unicode NFKD and case
folding), so `ＦＯＯ`, `𝐟𝐨𝐨`, `fóó` and `fo<zero width>o` are all `foo`. Letters of other alphabets stay: obfuscation.py
looks at words that mix them.
"""

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from unicodedata import category, normalize

from fmops_serving.guard.codepage import Becoming

_DROPPED = {"Mn", "Me", "Cf"}
_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
_IN_BOXES = (0x1F130, 0x1F150, 0x1F170, 0x1F1E6)
"""Where the capitals in squares and circles, white on black and of flags begin: Unicode does not unfold them."""
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
PRINT = "’‘“”„«»–—•"
"""Signs of print that fold to themselves and part words: all that many texts have beside ASCII."""
_REMEMBERED = 4096
_NO_CHARACTER = "\ufffd"
"""Stands for half a surrogate pair, which no encoding can write."""


class _Table(dict[int, str]):
    """Folds a character when it is first met; remembers so many that no text can fill the memory."""

    def __missing__(self, codepoint: int) -> str:
        folded = _folded_character(chr(codepoint))
        if len(self) < _REMEMBERED:
            self[codepoint] = folded
        return folded


def _folded_character(character: str) -> str:
    if category(character) == "Cs":
        return _NO_CHARACTER
    if (letter := _drawn(character)) is not None:
        return letter
    plain = normalize("NFKD", normalize("NFKD", character).casefold())
    return "".join(part for part in plain if category(part) not in _DROPPED and part not in _FILLERS)


def _drawn(character: str) -> str | None:
    """Give the letter that a character draws; None when it draws none."""
    for first in _IN_BOXES:
        if 0 <= ord(character) - first < 26:
            return chr(ord("a") + ord(character) - first)
    return _SMALL_CAPITALS.get(character)


_TABLE = _Table()
_folded_by_page = Becoming(_folded_character)


def fold(text: str) -> str:
    """Fold a text; one that is ASCII but for signs of print only loses its capitals."""
    if text.isascii() or plain(text):
        return text.lower()
    folded = _folded_by_page(text)
    return text.translate(_TABLE) if folded is None else folded


def plain(text: str) -> bool:
    """Say whether a text is ASCII but for signs of print."""
    return text.isascii() or without_print(text).isascii()


def without_print(text: str) -> str:
    """Put a space in the place of each sign of print, which parts words as they do."""
    for sign in PRINT:
        text = text.replace(sign, " ")
    return text


class Unfolding:
    """Leads places in `fold(text)` back to places in `text`; however many, the text is gone through once."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _ends(self) -> Sequence[int]:
        return list(accumulate(len(_TABLE[ord(character)]) for character in self._text))

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Give the place in the text of a place in the folded one."""
        if self._text.isascii():
            return start, end
        return bisect_right(self._ends, start), bisect_right(self._ends, end - 1) + 1


def unfolded(text: str, start: int, end: int) -> tuple[int, int]:
    """Give one place in `text` of a place in `fold(text)`."""
    return Unfolding(text).place(start, end)
