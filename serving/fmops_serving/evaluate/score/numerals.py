"""Numbers in texts: thousands separators, decimal marks of the language, percent."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple
from unicodedata import normalize

DECIMAL_COMMA = frozenset(
    (
        *("bg", "ca", "cs", "da", "de", "el", "es", "et", "fi", "fr", "gl", "hr", "hu", "id", "is", "it", "lt", "lv"),
        *("mk", "nb", "nl", "nn", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "tr", "uk", "vi"),
    )
)
"""Languages that write 1.234,5 where English writes 1,234.5 (Unicode CLDR, symbols of numbers)."""
_LONGEST = 60
"""Characters; what is longer is nothing that anybody counts."""
_MARKS = str.maketrans({"٫": ".", "٬": ",", "−": "-", "﹣": "-", "’": "'", "\u00a0": "'", "\u2009": "'", "\u202f": "'"})
_NUMBER = re.compile(
    r"(?<![A-Za-z_\d.,'])(?P<sign>[-+]?)[$€£¥₽₹]?(?P<digits>\d+(?:[.,']\d+)*|[.,]\d+)(?P<power>[eE][-+]?\d{1,3}(?!\d))?"
    r"(?P<percent>\s?(?:%|percent\b|per cent\b))?"
)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:([.,'])\d{3})(?:\1\d{3})*")


class Number(NamedTuple):
    """A number as it is written; `percent` says whether a percent sign follows."""

    value: Decimal
    percent: bool


def last_number(text: str, language: str | None = None) -> Number | None:
    """Give the last number of a text, or None.

    A number inside a word (GPT4) is none, nor is what has no reading, such as 1.2.3. A `-` is a sign unless it stands
    between numbers.
    """
    numbers = list(_numbers(text, language))
    return numbers[-1] if numbers else None


def same_number(said: Number, right: Number, absolute: Decimal, relative: Decimal) -> bool:
    """Say whether a number is right, or off by no more than either tolerance.

    Where only one of the two has a percent sign, it may mean hundredths or not: 45 % is right for 0.45 and for 45.
    """
    if said.percent == right.percent:
        return _near(said.value, right.value, absolute, relative)
    hundredths = (_of_hundred(said), _of_hundred(right))
    return any(_near(*pair, absolute, relative) for pair in ((said.value, right.value), hundredths))


def _of_hundred(number: Number) -> Decimal:
    return number.value / 100 if number.percent else number.value


def _near(said: Decimal, right: Decimal, absolute: Decimal, relative: Decimal) -> bool:
    return said == right or abs(said - right) <= max(absolute, relative * abs(right))


def _numbers(text: str, language: str | None) -> Iterator[Number]:
    for found in _NUMBER.finditer(normalize("NFC", text).translate(_MARKS)):
        digits = _plain(found["digits"], (language or "").partition("-")[0].lower() in DECIMAL_COMMA)
        if digits is not None and len(found[0]) <= _LONGEST:
            sign = "-" if found["sign"] == "-" else ""
            yield Number(Decimal(f"{sign}{digits}{found['power'] or ''}"), found["percent"] is not None)


def _plain(written: str, decimal_comma: bool) -> str | None:
    """Write a number with a point and without separators; None when it has no reading.

    With two kinds of marks the last is the decimal one. A mark that is not the language's decimal one separates
    thousands where the groups have three digits (1,234), and is a decimal one elsewhere (1,5).
    """
    kinds = {character for character in written if character in ".,'"}
    decimal = max(kinds - {"'"}, key=written.rfind, default="")
    if len(kinds - {"'"}) == 1 and (written.count(decimal) > 1 or _is_grouped(written, decimal, decimal_comma)):
        decimal = ""
    whole, mark, fraction = written.rpartition(decimal) if decimal else (written, "", "")
    separators = {character for character in whole if character in ".,'"}
    if len(separators) > 1 or (separators and not _GROUPED.fullmatch(whole)) or set(fraction) & set(".,'"):
        return None
    return f"{''.join(filter(str.isdigit, whole)) or '0'}{'.' if mark else ''}{fraction}"


def _is_grouped(written: str, mark: str, decimal_comma: bool) -> bool:
    return mark == ("." if decimal_comma else ",") and _GROUPED.fullmatch(written) is not None
