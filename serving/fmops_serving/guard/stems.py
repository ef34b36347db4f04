"""Stems of profanity that no ordinary word has, so that a compound or an ending does not hide them.

`INSIDE` may stand anywhere in a word, `BEGINNING` only where one begins: "harsch" and "небанальный" are ordinary words.
Folded, as folding.py does: ß is ss, й is и, ё is е.
"""

import re
from functools import cache

from fmops_serving.guard.look import Look

INSIDE = "fuck|asshole|bitch|cocksuck|dickhead|faggot|wichser|arschloch|arschgeige|hurensohn|hurenkind|fickfehler|пизд"
BEGINNING = (
    "motherf|shit(?:t|h|b|f|s|l|p)|cunt|nigger|whore|verfick|ficke[rn]|scheiss|arschl|arschg|beschissen|verschissen|fotze|"
    "бля(?:д|т)|мудак|мудач|мудил|залуп|гандон|долбо(?:е|и)б|"
    "(?:на|по|о|от|вы|за|при|до|у|раз|подъ|съ|въ|ни)?(?:хуе(?:в|т|с|п)|хуи|хуя|ебан|ебат|ебал|ебуч|ебну|ебл)"
)
ANYWHERE = rf"{INSIDE}|(?:^|\PL)(?:{BEGINNING})"
"""A stem in a word, or in words that a space parts."""


def has_stem(text: str) -> bool:
    """Say whether a stem is in a folded word, or in any of several."""
    return _look()(text)


def first_letters(stems: str, count: int) -> set[str]:
    """Give the first letters of a pattern's stems that ASCII can write; raises ValueError for one that has fewer."""
    latin = re.sub(r"\((?:[^()]|\([^()]*\))*\)\??", lambda group: "?" if re.search("[a-z]", group[0]) else "", stems)
    first = {stem[:count] for stem in latin.split("|") if re.search("[a-z]", stem)}
    if wrong := [letters for letters in first if not re.fullmatch(f"[a-z]{{{count}}}", letters)]:
        raise ValueError(f"a stem is not known by its first {count} letters: {wrong[0]}")
    return first


def masked_stems(mask: str) -> str:
    """Write the pattern of a word that has a stem, or may have one by a letter that is masked."""
    return re.sub(r"\[(\w+)\]|(\w)", lambda found: f"[{found[1] or found[2]}{mask}]", f"{INSIDE}|^(?:{BEGINNING})")


def stem_in_text() -> str:
    """Write the pattern of a stem in a folded text, whatever else is between its words."""
    return rf"{INSIDE}|(?:^|[^a-zа-я])(?:{BEGINNING})"


def suspicious_stems() -> str:
    """Write the pattern of what may be profanity in a folded text: a stem, or `_` behind a letter."""
    return f"{stem_in_text()}|[a-z]_"


@cache
def _look() -> Look:
    return Look(ANYWHERE, "fuck")
