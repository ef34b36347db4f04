"""Mentions: what a text quotes, reports or names, and so says to nobody.

"The court held that calling an officer an idiot is lawful" is no insult, `Moby-Dick` is none either. A quotation counts
when a word near it says that it is one (mentions.txt); who writes "I say" in front of it says it himself. Looked for
only in texts in which something was found, so that others cost nothing.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

import re2

from fmops_serving.guard.look import Looks
from fmops_serving.guard.pattern import encodable

NEAR = 80
"""Characters before and behind a quotation in which what makes it one may stand."""
_QUOTED = re.compile(
    r"""["“„«'‘](?:(?<=")[^"\n]{1,300}"|(?<=“)[^”\n]{1,300}”|(?<=„)[^“”"\n]{1,300}[“”"]|(?<=«)[^»\n]{1,300}»"""
    r"""|(?<!\w')(?<=')[^'\n]{2,300}'(?!\w)|(?<=‘)[^’\n]{2,300}’(?!\w))"""
)
"""Begins with what a quotation begins with, which Python's `re` looks for first; so does the next."""
_NAME = re.compile(
    r"[A-Z](?:(?<=[a-z,;’'] [A-Z])[a-z]+(?:-[A-Z][a-z]+)*(?: [A-Z][a-z]+)*|(?<!\w[A-Z])[a-z]+(?:[ -][A-Z][a-z]+)+)"
)
_SHOUTED = 0.65
"""Share of words that begin with a capital above which capitals say nothing."""


class Span(NamedTuple):
    """A stretch of a text."""

    start: int
    end: int


class _Rules(NamedTuple):
    cue: "re2._Regexp"
    himself: "re2._Regexp"
    reported: Looks
    """Which of the reports: most texts have none, and one look tells."""
    reports: Sequence["re2._Regexp"]
    digest: str


def mentions(text: str) -> list[Span]:
    """Give what is quoted or reported, in order and without overlap."""
    lower = encodable(text.lower())
    if len(lower) != len(text):
        return []
    found = sorted([*_quotations(lower), *_reported(lower)])
    kept: list[Span] = []
    for span in found:
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def names(text: str) -> list[Span]:
    """Give words that capitals show to be names or titles, where not everything is written so."""
    found = [Span(*each.span()) for each in _NAME.finditer(text)]
    if not found:
        return []
    words = text.split()
    return found if sum(word[0].isupper() for word in words) <= _SHOUTED * len(words) else []


def digest_of_mentions() -> str:
    """Give the digest of the rules."""
    return _rules().digest


def blanked(text: str, spans: Sequence[Span]) -> str:
    """Put spaces in their places, so that all others stay."""
    parts, done = [], 0
    for start, end in spans:
        parts += [text[done:start], " " * (end - start)]
        done = end
    return "".join([*parts, text[done:]])


def _quotations(lower: str) -> Iterator[Span]:
    rules = _rules()
    for found in _QUOTED.finditer(lower):
        start, end = found.span()
        before, behind = lower[max(0, start - NEAR) : start], lower[end : end + NEAR]
        if (rules.cue.search(before) or rules.cue.search(behind)) and not rules.himself.search(before):
            yield Span(start, end)


def _reported(lower: str) -> Iterator[Span]:
    rules = _rules()
    for place in rules.reported(lower):
        for found in rules.reports[place].finditer(lower):
            if not rules.himself.search(lower[max(0, found.start() - NEAR) : found.end()]):
                yield Span(*found.span(1))


@cache
def _rules() -> _Rules:
    told: dict[str, list[str]] = {"cue": [], "self": [], "report": []}
    text = files("fmops_serving.guard").joinpath("mentions.txt").read_text("utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            name, _, what = line.partition(": ")
            told[name] += what.split() if name == "cue" else [what]
    reports = [each.replace(r"\b", r"(?:^|\PL)") for each in told["report"]]
    return _Rules(
        re2.compile(rf"(?:^|\PL)(?:{'|'.join(told['cue'])})(?:\PL|$)"),
        re2.compile(rf"(?:^|\PL)(?:{'|'.join(told['self'])})(?:\PL|$)"),
        Looks(reports, "he said this"),
        [re2.compile(each) for each in reports],
        sha256(text.encode()).hexdigest(),
    )
