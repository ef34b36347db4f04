"""Toxicity's glance: tier 1's probability of a text in which nothing else is to be found, by native code."""

from typing import TYPE_CHECKING

from fmops_serving.guard.disguise import AROUND, BEFORE, BEHIND, BETWEEN, DIGITS, LETTERS, LONGEST, PARTING, UNPARTED
from fmops_serving.guard.folding import PRINT
from fmops_serving.guard.known import MASK, Known
from fmops_serving.guard.linear import PIECE, WHOLE, LinearModel
from fmops_serving.guard.phrases import pattern_in_ascii
from fmops_serving.guard.rows import UNIT, written
from fmops_serving.guard.rustsyntax import counterpart
from fmops_serving.guard.stems import (
    ANYWHERE,
    BEGINNING,
    INSIDE,
    first_letters,
    masked_stems,
    stem_in_text,
    suspicious_stems,
)
from fmops_serving.guard.wordlist import WordList, words_of_file
from fmops_serving.native import native

if TYPE_CHECKING:
    import fmops_native

_LETTERS = 4
"""By so many letters native code tells where a stem may begin."""


def innocence(model: LinearModel, lists: WordList, known: Known, below: float) -> "fmops_native.Innocence | None":
    """Give what tells a text's probability where it is below a bound, and nothing else is to be found in the text.

    That is: no word of the lists, no disguise of a known one, no stem in the folded text, and no phrase in its units,
    which is looked for where a word is there that the model marks. Raises ValueError for a pattern without counterpart.
    """
    if native is None:
        return None
    usual = words_of_file("short.en.txt") | words_of_file("usual.en.txt")
    rows = {word: row for word, row in (dict.fromkeys(usual, 0) | dict(model.rows)).items() if word.isascii()}
    scale = {"offsets": model.offsets, "unit": UNIT, "whole": WHOLE, "piece": PIECE}
    signs = {
        "before": BEFORE,
        "behind": BEHIND,
        "parting": PARTING,
        "inside": [*first_letters(INSIDE, _LETTERS)],
        "beginning": [*first_letters(BEGINNING, _LETTERS)],
    }
    pieces = {
        "stems": _of_rust(ANYWHERE),
        "masked": _of_rust(masked_stems(MASK)),
        "digits": [*DIGITS],
        "words": {word for word in known.words if word.isascii()},
        "around": AROUND,
        "between": BETWEEN,
        "longest": LONGEST,
    }
    limits = {
        "print": [*PRINT],
        "suspicious": _of_rust(_any_of(*UNPARTED, suspicious_stems())),
        "letters": _of_rust(_any_of(*LETTERS, stem_in_text())),
        "phrases": _of_rust(pattern_in_ascii()),
        "below": below,
    }
    made: fmops_native.Innocence = native.Innocence(
        list(rows), written(rows.values()), lists.words, scale, signs, pieces, limits
    )
    return made


def _any_of(*patterns: str) -> str:
    return "|".join(f"(?:{each})" for each in patterns)


def _of_rust(pattern: str) -> str:
    found = counterpart(pattern)
    if found is None:
        raise ValueError(f"{pattern} cannot be written for native code")
    return found.source
