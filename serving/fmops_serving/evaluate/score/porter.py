"""The Porter stemmer for English (Porter 1980), with the changes of NLTK that rouge-score stems with."""

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

_VOWELS = frozenset("aeiou")
_IRREGULAR = {
    **dict.fromkeys(("sky", "skies"), "sky"),
    "dying": "die",
    "lying": "lie",
    "tying": "tie",
    "news": "news",
    **dict.fromkeys(("innings", "inning"), "inning"),
    **dict.fromkeys(("outings", "outing"), "outing"),
    **dict.fromkeys(("cannings", "canning"), "canning"),
    "howe": "howe",
    "proceed": "proceed",
    "exceed": "exceed",
    "succeed": "succeed",
}
_STEP_2 = (
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("bli", "ble"),
    ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"),
    ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"),
    ("iviti", "ive"), ("biliti", "ble"), ("fulli", "ful"),
)  # fmt: skip
_STEP_3 = (
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", ""),
)  # fmt: skip
_STEP_4 = (
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti",
    "ous", "ive", "ize",
)  # fmt: skip


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Cut an English ending off a lower-case word of ASCII letters and digits."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 2:
        return word
    for step in (_plural, _past, _y, _step_2, _step_3, _step_4, _final_e, _double_l):
        word = step(word)
    return word


def _consonants(word: str) -> list[bool]:
    """Say of each letter whether it is a consonant; y is one at the beginning and after a vowel."""
    found: list[bool] = []
    for letter in word:
        found.append(letter not in _VOWELS and not (letter == "y" and found and found[-1]))
    return found


def _measure(part: str) -> int:
    """Count the changes from vowel to consonant."""
    kinds = _consonants(part)
    return sum(not before and after for before, after in pairwise(kinds))


def _ends_short(word: str) -> bool:
    """Say whether a word ends consonant, vowel, consonant other than w, x, y; or is just vowel, consonant."""
    kinds = _consonants(word)
    if len(word) == 2:
        return not kinds[0] and kinds[1]
    return kinds[-3:] == [True, False, True] and word[-1] not in "wxy"


def _plural(word: str) -> str:
    if word.endswith("ies"):
        return word[:-1] if len(word) == 4 else word[:-2]
    if word.endswith("sses"):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _past(word: str) -> str:
    if word.endswith("ied"):
        return word[:-1] if len(word) == 4 else word[:-2]
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) else word
    for suffix in ("ed", "ing"):
        part = word.removesuffix(suffix)
        if part != word and not all(_consonants(part)):
            return _mended(part)
    return word


def _mended(part: str) -> str:
    """Put right what cutting off -ed or -ing left."""
    if part.endswith(("at", "bl", "iz")):
        return part + "e"
    if len(part) > 1 and part[-1] == part[-2] and _consonants(part)[-1]:
        return part if part[-1] in "lsz" else part[:-1]
    return part + "e" if _measure(part) == 1 and _ends_short(part) else part


def _y(word: str) -> str:
    part = word[:-1]
    return part + "i" if word.endswith("y") and len(part) > 1 and _consonants(part)[-1] else word


def _first_rule(word: str, rules: tuple[tuple[str, str], ...], holds: Callable[[str], object]) -> str:
    """Apply the first rule whose suffix fits, if its condition holds; no later one is tried."""
    for suffix, replacement in rules:
        if word.endswith(suffix):
            part = word[: -len(suffix)]
            return part + replacement if holds(part) else word
    return word


def _step_2(word: str) -> str:
    if word.endswith("alli") and _measure(word[:-4]):
        return _step_2(word[:-2])
    if word.endswith("logi"):
        return word[:-1] if _measure(word[:-3]) else word
    return _first_rule(word, _STEP_2, _measure)


def _step_3(word: str) -> str:
    return _first_rule(word, _STEP_3, _measure)


def _step_4(word: str) -> str:
    for suffix in _STEP_4:
        if word.endswith(suffix):
            part = word[: -len(suffix)]
            fits = _measure(part) > 1 and (suffix != "ion" or part[-1] in "st")
            return part if fits else word
    return word


def _final_e(word: str) -> str:
    if not word.endswith("e"):
        return word
    part = word[:-1]
    measure = _measure(part)
    return part if measure > 1 or (measure == 1 and not _ends_short(part)) else word


def _double_l(word: str) -> str:
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word
