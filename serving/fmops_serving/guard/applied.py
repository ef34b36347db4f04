"""A rule applied to texts, by a detector in this process."""

import time
from collections.abc import Callable, Sequence
from math import inf
from operator import sub
from typing import NamedTuple

from fmops_serving.guard.decision import Failure, Findings
from fmops_serving.guard.finding import Detector, DetectorFailed, highest
from fmops_serving.guard.rule import Rule


class Clocks(NamedTuple):
    """What looks are timed by, in seconds."""

    wall: Callable[[], float] = time.perf_counter
    cpu: Callable[[], float] = time.thread_time
    """What the thread used: slow to read, and so not asked for around each look."""


CLOCKS = Clocks()
UNKNOWN = inf
"""The score of a text of which a rule could not tell."""


class Applied(NamedTuple):
    """What came of the looks of one rule at texts, in their order."""

    scores: list[float]
    """The highest score of what was found in a text, 0 where nothing was; UNKNOWN where the rule could not tell."""
    seconds: list[float]
    """Of each look."""
    said: dict[int, Findings | Failure]
    """What follows something from, by the text's place: what scores above the threshold, or why it could not tell."""


def applied(rule: Rule, detector: Detector, texts: Sequence[str], clocks: Clocks = CLOCKS) -> Applied:
    """Let a detector look at each text, of which there is at least one."""
    found: list[Findings | Failure] = []
    find, clock = detector.find, clocks.wall
    began, ticks = clocks.cpu(), [clock()]
    for text in texts:
        try:
            found.append(find(text))
        except Exception as error:  # noqa: BLE001 - whatever it was, the rule's policy says what follows
            found.append(Failure(rule.name, why(error)))
        ticks.append(clock())
    seconds = list(map(sub, ticks[1:], ticks))
    if max(seconds) > rule.timeout:
        waited = max(0.0, sum(seconds) - (clocks.cpu() - began))
        found = [_in_time(rule, each, took - waited) for each, took in zip(found, seconds, strict=True)]
    scores = [_score(each) if each else 0.0 for each in found]
    said: dict[int, Findings | Failure] = {}
    if max(scores) > rule.threshold:
        said = {place: each for place, findings in enumerate(found) if (each := above(rule, findings))}
    return Applied(scores, seconds, said)


def above(rule: Rule, findings: Findings | Failure) -> Findings | Failure:
    """Give what scores above a rule's threshold, or why it could not tell."""
    return findings if isinstance(findings, Failure) else [each for each in findings if each.score > rule.threshold]


def why(error: Exception) -> str:
    """Say what a detector says itself; of any other error only its kind, since its words may hold the text."""
    return str(error) if isinstance(error, DetectorFailed) else type(error).__name__


def _in_time(rule: Rule, findings: Findings | Failure, used: float) -> Findings | Failure:
    """Give what a look found, unless it used more than its time even if others had the CPU in no look but this."""
    if used <= rule.timeout or isinstance(findings, Failure):
        return findings
    return Failure(rule.name, f"it took longer than {rule.timeout:g} s")


def _score(findings: Findings | Failure) -> float:
    return UNKNOWN if isinstance(findings, Failure) else highest(findings)
