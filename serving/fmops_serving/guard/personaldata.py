"""PersonalData: addresses of email, phone numbers, payment cards and bank accounts, each by its form and check digits.

A number that only looks like one of them is not found: cards must pass Luhn, IBANs modulo 97 and their country's
length, and a phone number needs a plus sign, or a leading 0 or brackets and what writes it apart.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import re2

from fmops_api.guardrail import PersonalDataKind
from fmops_serving.guard.checkdigits import is_card, is_iban, length_of_iban
from fmops_serving.guard.finding import Finding
from fmops_serving.guard.glance import pattern_glance
from fmops_serving.guard.pattern import MOST, encodable

KINDS = (PersonalDataKind.EMAIL, PersonalDataKind.IBAN, PersonalDataKind.CARD, PersonalDataKind.PHONE)
"""In the order in which they count where two overlap."""
_NO_DIGIT = re.compile(r"\D")
_APART = re.compile(r"[\s-]")


Ends = Callable[[str, int, int], int]
"""Says where what begins at a place really ends, given where its form ends; 0 when it is no such thing."""


def _email(text: str, start: int, end: int) -> int:
    local, _, domain = text[start:end].partition("@")
    fits = len(local) <= 64 and len(domain) <= 255 and all(0 < len(label) <= 63 for label in domain.split("."))
    return end if fits else 0


def _account(text: str, start: int, _: int) -> int:
    """Read as many letters and digits as the country's accounts have, single spaces and dashes between them aside."""
    left, end = length_of_iban(text[start : start + 2].upper()), start
    while left and end < len(text):
        if text[end].isascii() and text[end].isalnum():
            left -= 1
        elif text[end] not in " -" or text[end - 1] in " -":
            return 0
        end += 1
    goes_on = text[end : end + 1].isalnum()
    return end if not left and not goes_on and is_iban(_APART.sub("", text[start:end]).upper()) else 0


def _card(text: str, start: int, end: int) -> int:
    """Take groups of digits that follow a card off again until it holds."""
    ends = (place for place in range(end, start + 12, -1) if place == end or text[place] in " -")
    return next((place for place in ends if is_card(_NO_DIGIT.sub("", text[start:place]))), 0)


def _phone(text: str, start: int, end: int) -> int:
    """Refuse what has too few or too many digits, and what is a part of a longer number."""
    before, behind = text[max(0, start - 2) : start].strip(" -"), text[end : end + 2].strip(" -")
    alone = not before[-1:].isdigit() and not behind[:1].isdigit()
    return end if alone and 8 <= len(_NO_DIGIT.sub("", text[start:end])) <= 15 else 0


_FORMS: dict[str, tuple["re2._Regexp", Ends]] = {
    "Email": (re2.compile(r"[\pL\pN](?:[\pL\pN._%+'-]*[\pL\pN_+-])?@(?:[\pL\pN-]+\.)+\pL\pL+"), _email),
    "Iban": (re2.compile(r"\b[A-Za-z]{2}[0-9]{2}"), _account),
    "Card": (re2.compile(r"\b[2-6][0-9]{3}(?:[ -]?[0-9]){9,15}\b"), _card),
    "Phone": (
        re2.compile(
            r"\+[1-9][0-9]{0,3}(?:[ ./-]{0,2}\(?[0-9]{1,5}\)?){2,6}\b"
            r"|\(0?[0-9]{2,5}\)(?:[ ./-]{1,2}[0-9]{2,8}){1,4}\b|\b0[0-9]{1,5}(?:[ /-]{1,3}[0-9]{2,8}){1,4}\b"
        ),
        _phone,
    ),
}


class PersonalData:
    """Finds the kinds that are asked for; what was found is certain by its form, so its score is 1."""

    def __init__(self, kinds: Sequence[str] = KINDS) -> None:
        """Look for these kinds; raises ValueError for one that is not known."""
        if unknown := [kind for kind in kinds if kind not in KINDS]:
            raise ValueError(f"{unknown[0]!r} is no kind of personal data: use {', '.join(KINDS)}")
        self._kinds = [kind for kind in KINDS if kind in kinds]
        self.glance = pattern_glance(_FORMS[kind][0].pattern for kind in self._kinds)

    def find(self, text: str) -> Sequence[Finding]:
        """Give the first that were found, in order; where two kinds overlap, the one that comes first in KINDS."""
        if self.glance is not None and self.glance.absent(text):
            return []
        written = encodable(text)
        found = [each for kind in self._kinds for each in islice(_of_kind(kind, written), MOST)]
        kept: list[Finding] = []
        for each in sorted(found, key=lambda one: (one.start, KINDS.index(one.kind))):
            if not kept or each.start >= kept[-1].end:
                kept.append(each)
            elif KINDS.index(each.kind) < KINDS.index(kept[-1].kind):
                kept[-1] = each
        return kept


def _of_kind(kind: str, text: str) -> Iterator[Finding]:
    pattern, really_ends = _FORMS[kind]
    for match in pattern.finditer(text):
        if end := really_ends(text, match.start(), match.end()):
            yield Finding(kind, match.start(), end, 1.0)
