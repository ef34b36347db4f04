"""Letters of other alphabets that look like one's own; looked at only in words that mix alphabets."""

import re
from collections.abc import Iterator

_LATIN = re.compile(r"[a-z]")
_OTHER = re.compile(r"[\u0370-\u03ff\u0400-\u04ff\u0250-\u02af]")
_TO_LATIN = str.maketrans(
    "авсеніјкмортухѕгпицԁԛԝһӏєυαβεηικνορτχωμɑɡɪɩ",
    "abcehijkmoptyxsrnuudqwhleuabenikvoptxwuagii",
)
_TO_CYRILLIC = str.maketrans("abcehkmoptxyu3046", "авсенкмортхуизоаб")


def alphabets(word: str) -> Iterator[str]:
    """Give the word as it stands, and, where it mixes alphabets, as one of Latin and as one of Cyrillic letters."""
    yield word
    if _LATIN.search(word) and _OTHER.search(word):
        yield word.translate(_TO_LATIN)
        yield word.translate(_TO_CYRILLIC)
