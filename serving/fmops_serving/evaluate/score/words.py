"""Words of a text, in any script, and what is made equal before texts are compared."""

import re
import string
from collections.abc import Callable
from unicodedata import normalize

import regex

from fmops_api.metrictype import Normalize

_EACH = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORDS = regex.compile(rf"[[\p{{L}}\p{{M}}\p{{N}}]--[{_EACH}]]+|[{_EACH}]\p{{M}}*", regex.VERSION1)
_NO_WORD = regex.compile(r"[\p{P}\p{S}]+")
_LETTERS = bytes.maketrans(string.ascii_uppercase.encode(), string.ascii_lowercase.encode())
_SEPARATORS = bytes(byte for byte in range(128) if not chr(byte).isalnum())
_ASCII_WORDS = bytes(32 if byte in _SEPARATORS else _LETTERS[byte] for byte in range(256))
_NO_ASCII_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = {
    "ar": r"\bال(?=\w)",
    "de": r"\b(der|die|das|den|dem|des|ein|eine|einen|einem|eines|einer)\b",
    "en": r"\b(a|an|the)\b",
    "es": r"\b(un|una|unos|unas|el|la|los|las)\b",
    "fr": r"\b(un|une|des|le|la|les)\b|\b[ld](?=['’])",
    "it": r"\b(un|uno|una|il|lo|la|i|gli|le)\b|\b(l|un)(?=['’])",
    "nl": r"\b(de|het|een)\b",
    "pt": r"\b(um|uma|uns|umas|o|a|os|as)\b",
}
_COMPILED = {language: re.compile(pattern) for language, pattern in _ARTICLES.items()}


def words(text: str) -> list[str]:
    """Cut a text into words: runs of letters, marks and digits, case folded; no others count.

    A character of a script that is written without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) is a word of
    its own, with its marks. ASCII text gives the words of rouge-score.
    """
    if text.isascii():
        return text.encode().translate(_ASCII_WORDS).decode().split()
    return list(_WORDS.findall(folded(text)))


def folded(text: str) -> str:
    """Make equal what Unicode counts as the same: composed and decomposed accents, wide and narrow, case."""
    return normalize("NFKC", normalize("NFKC", text).casefold())


def squad(text: str) -> str:
    """Normalise as the official SQuAD script: lower case, no ASCII punctuation, no English articles, single spaces."""
    return " ".join(_COMPILED["en"].sub(" ", text.lower().translate(_NO_ASCII_PUNCTUATION)).split())


def multilingual(text: str, language: str | None) -> str:
    """Do what the SQuAD script does for any language, after MLQA (Lewis et al. 2020): its articles, its punctuation.

    A language without articles, or none, loses none.
    """
    articles = _COMPILED.get((language or "").partition("-")[0].lower())
    text = folded(text)
    return " ".join(_NO_WORD.sub("", articles.sub(" ", text) if articles else text).split())


def normalised(text: str, how: Normalize, language: str | None = None) -> str:
    """Make equal what `how` says does not matter."""
    return _WAYS[how](text, language)


_WAYS: dict[Normalize, Callable[[str, str | None], str]] = {
    Normalize.NONE: lambda text, _: text,
    Normalize.STRIP: lambda text, _: text.strip(),
    Normalize.WORDS: lambda text, _: " ".join(words(text)),
    Normalize.SQUAD: lambda text, _: squad(text),
    Normalize.MULTILINGUAL: multilingual,
}
