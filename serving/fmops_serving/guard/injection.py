"""PromptInjection: texts that give the model orders in place of whoever runs it.

Rules over folded text, each with a weight by how seldom ordinary texts have it; a text's score is 1 - Π(1 - weight)
over the rules that it matches. They know common wordings in English, German and Russian and no others: docs/guard.md
says how many of a set of attacks they find.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

import re2

from fmops_serving.guard.finding import Finding
from fmops_serving.guard.folding import fold, unfolded
from fmops_serving.guard.glance import pattern_glance

if TYPE_CHECKING:
    import fmops_native


class _Rule(NamedTuple):
    name: str
    weight: float
    pattern: "re2._Regexp"


class PromptInjection:
    """Gives one finding for each rule that a text matches, each with the score of the whole text."""

    def __init__(self) -> None:
        """Read the rules."""
        self.glance = _glance()

    def find(self, text: str) -> Sequence[Finding]:
        """Look for every rule."""
        if self.glance is not None and self.glance.absent(text):
            return []
        folded = fold(text)
        found = [(rule, match) for rule in _rules() if (match := rule.pattern.search(folded)) is not None]
        innocent = 1.0
        for rule, _ in found:
            innocent *= 1 - rule.weight
        return [Finding(rule.name, *unfolded(text, *match.span()), round(1 - innocent, 6)) for rule, match in found]


@cache
def _rules() -> Sequence[_Rule]:
    lines = files("fmops_serving.guard").joinpath("injection.txt").read_text("utf-8").splitlines()
    options = re2.Options()
    options.max_mem = 32 << 20
    rules = []
    for line in lines:
        if line and not line.startswith("#"):
            name, weight, pattern = line.split(" ", 2)
            rules.append(_Rule(name, float(weight), re2.compile(_folded(pattern), options)))
    return rules


@cache
def _glance() -> "fmops_native.Patterns | None":
    """Give what tells that no rule matches an ASCII text, which folding only writes in small letters."""
    return pattern_glance((f"(?i){rule.pattern.pattern}" for rule in _rules()), ascii_only=True)


def _folded(pattern: str) -> str:
    return "".join(fold(character) if character > "\x7f" else character for character in pattern)
