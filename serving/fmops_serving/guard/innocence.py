"""Toxicity's glance: tier 1's probability of a text in which nothing else is to be found, by native code."""

from typing import TYPE_CHECKING

from fmops_serving.guard.disguise import AROUND, BETWEEN, LONGEST, PARTED, UNPARTED
from fmops_serving.guard.glance import native
from fmops_serving.guard.known import Known
from fmops_serving.guard.phrases import pattern_in_ascii
from fmops_serving.guard.rows import added
from fmops_serving.guard.rustsyntax import counterpart
from fmops_serving.guard.stems import ANYWHERE
from fmops_serving.guard.wordlist import WordList

if TYPE_CHECKING:
    import fmops_native

    from fmops_serving.guard.linear import LinearModel

_NEEDED, _LISTED = 1, 2
"""Marks of words: of one that a phrase needs, and of one that is to be found itself."""


def innocence(
    model: "LinearModel", lists: WordList, known: Known, stems: str, below: float
) -> "fmops_native.Innocence | None":
    """Give what tells a text's probability where it is below a bound, and nothing else is to be found in the text.

    That is: no word of the lists, no disguise of a known one, no stem in the folded text, and no phrase in its units,
    which is looked for where a word is there that the model marks. Raises ValueError for a pattern without counterpart.
    """
    if native is None:
        return None
    rows = []
    for word, row in model.rows.items():
        *numbers, marks = added([row])
        rows.append((word, (*numbers, _LISTED if word in lists.words else _NEEDED if marks else 0)))
    pieces = {
        "parted": _written(PARTED),
        "stems": _written(ANYWHERE),
        "words": {word for word in known.words if word.isascii()},
        "around": AROUND,
        "between": BETWEEN,
        "longest": LONGEST,
    }
    suspicious = "|".join(f"(?:{each})" for each in (*UNPARTED, stems))
    made: fmops_native.Innocence = native.Innocence(
        rows, model.offsets, _written(suspicious), pieces, _written(pattern_in_ascii()), below
    )
    return made


def _written(pattern: str) -> str:
    written = counterpart(pattern)
    if written is None:
        raise ValueError(f"{pattern} cannot be written for native code")
    return written.source
