"""Decisions: what follows for one text from what every rule said of it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fmops_api.guardrail import Action, FailurePolicy
from fmops_serving.guard.finding import Finding
from fmops_serving.guard.redaction import Redaction, merged, redacted
from fmops_serving.guard.rule import Rule


class Found(NamedTuple):
    """What a rule found."""

    rule: str
    finding: Finding


class Failure(NamedTuple):
    """Why a rule could not tell."""

    rule: str
    why: str


class Decision(NamedTuple):
    """What is to be done with one text. Places are those of the text as it came."""

    text: str
    """The text that may go on: as it came, or without what was redacted."""
    blocked_by: str = ""
    """The first rule that blocks the text; empty when none does."""
    unavailable: str = ""
    """The first rule that failed and may not be passed by; empty when none did."""
    found: tuple[Found, ...] = ()
    redactions: tuple[Redaction, ...] = ()
    bypassed: tuple[str, ...] = ()
    """Rules that failed and are passed by, so that the text went on unscreened by them."""
    failures: tuple[Failure, ...] = ()
    """Why rules failed, whatever followed."""

    @property
    def stopped_by(self) -> str:
        """Name the rule because of which the text goes no further; empty when it goes on."""
        return self.blocked_by or self.unavailable


Findings = Sequence[Finding]
Said = tuple[Rule, Findings | Failure]
"""A rule, and what it found in a text above its threshold, or why it could not tell."""


def decide(text: str, answers: Iterable[Said]) -> Decision:
    """Say what follows from what each rule found above its threshold, in the order of the rules."""
    found: list[Found] = []
    spans: list[Redaction] = []
    bypassed: list[str] = []
    failures: list[Failure] = []
    blocked = unavailable = ""
    for rule, said in answers:
        if isinstance(said, Failure):
            failures.append(said)
            if rule.failure_policy is FailurePolicy.FAIL:
                unavailable = unavailable or rule.name
            else:
                bypassed.append(rule.name)
        else:
            found += [Found(rule.name, finding) for finding in said]
            if rule.action is Action.BLOCK:
                blocked = blocked or rule.name
            elif rule.action is Action.REDACT:
                spans += [Redaction(each.start, each.end, f"[{each.kind}]") for each in said]
    redactions = merged(spans)
    return Decision(
        redacted(text, redactions),
        blocked,
        unavailable,
        tuple(found),
        tuple(redactions),
        tuple(bypassed),
        tuple(failures),
    )
