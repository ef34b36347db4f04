"""Rails: all rules over texts, and one decision for each text."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from fmops_serving.guard.finding import Finding
from fmops_serving.guard.redaction import Redaction, merged, redacted
from fmops_serving.guard.rule import Action, Direction, FailurePolicy, Rule


@dataclass(frozen=True)
class Found:
    """What a rule found."""

    rule: str
    finding: Finding


@dataclass(frozen=True)
class Decision:
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

    @property
    def stopped_by(self) -> str:
        """Name the rule because of which the text goes no further; empty when it goes on."""
        return self.blocked_by or self.unavailable


class Rails:
    """Screens texts by a list of rules, in their order."""

    def __init__(self, rules: Iterable[Rule], clock: Callable[[], float] = time.monotonic) -> None:
        """Take rules of different names; raises ValueError when two share one."""
        self._rules = tuple(rules)
        self._clock = clock
        names = [rule.name for rule in self._rules]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"two rules are named {twice[0]}: give each a name of its own")

    def screen(self, texts: Sequence[str], direction: Direction) -> list[Decision]:
        """Decide about each text alone."""
        rules = [rule for rule in self._rules if rule.looks_at(direction)]
        return [self._decide(text, rules) for text in texts]

    def _decide(self, text: str, rules: Sequence[Rule]) -> Decision:
        found: list[Found] = []
        spans: list[Redaction] = []
        bypassed: list[str] = []
        blocked = unavailable = ""
        for rule in rules:
            findings = self._found(rule, text)
            if findings is None and rule.failure_policy is FailurePolicy.FAIL:
                unavailable = unavailable or rule.name
            elif findings is None:
                bypassed.append(rule.name)
            elif findings:
                found += [Found(rule.name, finding) for finding in findings]
                if rule.action is Action.BLOCK:
                    blocked = blocked or rule.name
                elif rule.action is Action.REDACT:
                    spans += [Redaction(each.start, each.end, f"[{each.kind}]") for each in findings]
        redactions = merged(spans)
        return Decision(
            redacted(text, redactions), blocked, unavailable, tuple(found), tuple(redactions), tuple(bypassed)
        )

    def _found(self, rule: Rule, text: str) -> list[Finding] | None:
        """Give what scores above the rule's threshold; None when the detector failed or took too long."""
        began = self._clock()
        try:
            findings = rule.detector.find(text)
        except Exception:  # noqa: BLE001 - whatever it was, the rule's policy says what follows
            return None
        if self._clock() - began > rule.timeout:
            return None
        return [finding for finding in findings if finding.score > rule.threshold]
