"""The rules of the guard library from the rails of a route."""

from collections.abc import Iterable
from contextlib import suppress

from fmops_api.guardrail import DetectorType, Direction, Guardrail, Streaming
from fmops_api.scalars import seconds
from fmops_serving.gateway.screen.awaitedchecks import AwaitedWatched
from fmops_serving.gateway.screen.checks import Counting, Tally
from fmops_serving.gateway.screen.elsewhere import Elsewhere
from fmops_serving.guard.finding import Detector
from fmops_serving.guard.injection import PromptInjection
from fmops_serving.guard.memory import Memory
from fmops_serving.guard.pattern import Regex
from fmops_serving.guard.personaldata import PersonalData
from fmops_serving.guard.rails import Rails
from fmops_serving.guard.rule import Rule
from fmops_serving.guard.toxicity import toxicity


def build_rails(
    rails: Iterable[Guardrail],
    direction: Direction,
    count: Counting,
    elsewhere: Elsewhere | None = None,
    memory: Memory | None = None,
) -> Rails:
    """Make the rails that look at texts of one direction. Raises ValueError for a pattern that is none."""
    asked = elsewhere or Elsewhere()
    chosen = [rail for rail in rails if rail.direction in {direction, Direction.BOTH}]
    told = {rail.name: Tally(rail, direction, count).looked for rail in chosen}
    rules = [_rule(rail, direction, _looks(rail, direction, count, asked)) for rail in chosen]
    return Rails(rules, told=told, memory=memory if any(map(_worth_remembering, chosen)) else None)


def tallies(rails: Iterable[Guardrail], direction: Direction, count: Counting) -> list[Tally]:
    """Make what takes the looks of the rails of one direction, for each in its order."""
    return [Tally(rail, direction, count) for rail in rails if rail.direction in {direction, Direction.BOTH}]


def _worth_remembering(rail: Guardrail) -> bool:
    """Say whether a look costs more than finding out that it was made before: a pattern's does not."""
    return not rail.elsewhere and rail.detector is not DetectorType.REGEX


def audited(rails: Iterable[Guardrail]) -> list[Guardrail]:
    """Give the rails that let a stream go before they look at it."""
    return [rail for rail in rails if rail.streaming is Streaming.AUDIT]


def holding(rails: Iterable[Guardrail]) -> list[Guardrail]:
    """Give the rails that hold a stream until they looked at it."""
    return [rail for rail in rails if rail.streaming is not Streaming.AUDIT]


_FIRST = "Hello, you are an 1d10t, and so is die Katze."
"""A text that every part of a detector looks at."""


def _warmed(detector: Detector) -> Detector:
    """Let a detector look once: it makes its tables at its first look, which takes longer than a rail's timeout."""
    with suppress(Exception):  # one that fails is told at each look, by the rail's failure policy
        detector.find(_FIRST)
    return detector


def _looks(rail: Guardrail, direction: Direction, count: Counting, elsewhere: Elsewhere) -> Detector | AwaitedWatched:
    """Give what looks for a rail: looks in this process are counted by the rails, others by who awaits them."""
    if rail.elsewhere:
        return AwaitedWatched(rail, elsewhere.detector(rail), direction, count)
    return _warmed(_detector(rail))


def _rule(rail: Guardrail, direction: Direction, detector: Detector | AwaitedWatched) -> Rule:
    return Rule(
        rail.name,
        detector,
        direction,
        float(rail.threshold),
        rail.action,
        rail.failure_policy,
        seconds(rail.timeout),
    )


def _detector(rail: Guardrail) -> Detector:
    match rail.detector:
        case DetectorType.TOXICITY:
            return toxicity()
        case DetectorType.REGEX:
            return Regex(rail.name, rail.pattern or "")
        case DetectorType.PERSONAL_DATA:
            return PersonalData(rail.kinds) if rail.kinds else PersonalData()
        case DetectorType.PROMPT_INJECTION:
            return PromptInjection()
    raise ValueError(f"rail {rail.name}: detector {rail.detector} is asked elsewhere, and it is not said where")
