"""PersonalData: addresses of email, phone numbers, payment cards and bank accounts, each by its form and check digits.

A number that only looks like one of them is not found: cards must pass Luhn, IBANs modulo 97 and their country's
length, and a phone number needs a plus sign, or a leading 0 or brackets and what writes it apart.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import re2

from fmops_serving.guard.checkdigits import is_card, is_iban
from fmops_serving.guard.finding import Finding
from fmops_serving.guard.pattern import encodable

KINDS = ("Email", "Iban", "Card", "Phone")
_NO_DIGIT = re.compile(r"\D")
_APART = re.compile(r"[\s-]")


class _Form(NamedTuple):
    """How a kind of data is written, and what else must hold of it."""

    pattern: "re2._Regexp"
    holds: Callable[[str], bool]


def _is_email(text: str) -> bool:
    local, _, domain = text.partition("@")
    return len(local) <= 64 and len(domain) <= 255 and all(0 < len(label) <= 63 for label in domain.split("."))


def _is_phone(text: str) -> bool:
    return 8 <= len(_NO_DIGIT.sub("", text)) <= 15


_FORMS = {
    "Email": _Form(re2.compile(r"[\pL\pN](?:[\pL\pN._%+'-]*[\pL\pN_+-])?@(?:[\pL\pN-]+\.)+\pL\pL+"), _is_email),
    "Iban": _Form(
        re2.compile(r"\b[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]){11,30}"),
        lambda text: is_iban(_APART.sub("", text).upper()),
    ),
    "Card": _Form(re2.compile(r"\b[2-6][0-9]{3}(?:[ -]?[0-9]){9,15}\b"), lambda text: is_card(_NO_DIGIT.sub("", text))),
    "Phone": _Form(
        re2.compile(
            r"\+[1-9][0-9]{0,3}(?:[ ./-]{0,2}\(?[0-9]{1,5}\)?){2,6}\b"
            r"|\(0?[0-9]{2,5}\)(?:[ ./-]{1,2}[0-9]{2,8}){1,4}\b|\b0[0-9]{1,5}(?:[ /-]{1,3}[0-9]{2,8}){1,4}\b"
        ),
        _is_phone,
    ),
}


class PersonalData:
    """Finds the kinds that are asked for; what was found is certain by its form, so its score is 1."""

    def __init__(self, kinds: Sequence[str] = KINDS) -> None:
        """Look for these kinds; raises ValueError for one that is not known."""
        if unknown := [kind for kind in kinds if kind not in KINDS]:
            raise ValueError(f"{unknown[0]!r} is no kind of personal data: use {', '.join(KINDS)}")
        self._kinds = [kind for kind in KINDS if kind in kinds]

    def find(self, text: str) -> Sequence[Finding]:
        """Give what was found, in order; where two kinds overlap, the one that comes first in KINDS."""
        found: list[Finding] = []
        for kind in self._kinds:
            found += [new for new in _of_kind(kind, encodable(text)) if not any(_overlap(new, old) for old in found)]
        return sorted(found, key=lambda each: each.start)


def _of_kind(kind: str, text: str) -> Iterator[Finding]:
    form, place = _FORMS[kind], 0
    while (match := form.pattern.search(text, place)) is not None:
        end = _longest(text, match.start(), match.end(), form.holds) if kind == "Iban" else match.end()
        in_longer = kind == "Phone" and _goes_on(text, match.start(), end)
        if end and not in_longer and form.holds(text[match.start() : end]):
            yield Finding(kind, match.start(), end, 1.0)
        place = max(end, match.start() + 1)


def _goes_on(text: str, start: int, end: int) -> bool:
    """Say whether digits stand right before or after, so that this is a part of a longer number."""
    return text[max(0, start - 2) : start].strip(" -")[-1:].isdigit() or text[end : end + 2].strip(" -")[:1].isdigit()


def _longest(text: str, start: int, end: int, holds: Callable[[str], bool]) -> int:
    """Take words that follow an account off again until it holds; 0 when it never does."""
    return next(
        (last for last in range(end, start + 14, -1) if text[last - 1].isalnum() and holds(text[start:last])), 0
    )


def _overlap(one: Finding, other: Finding) -> bool:
    return one.start < other.end and other.start < one.end
