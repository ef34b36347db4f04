"""From figures to results: one for each confidence that somebody looks at."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from fmops_api.evaluationplan import Candidate, EvaluationPlan
from fmops_api.evaluationrunstatus import Against, Result, SliceResult
from fmops_serving.evaluate.score.figure import Figure, decimal, lower, upper

DEFAULT_CONFIDENCE = "0.95"


def results_of(
    plan: EvaluationPlan, candidate: Candidate, figures: Iterable[Figure], against: Against | None = None
) -> list[Result]:
    """Write a candidate's figures down, at 0.95 and at each confidence that gates on them ask for."""
    return [
        Result(against=against, **_written(candidate, figure, confidence))
        for figure in figures
        for confidence in _confidences(plan, figure.name, against)
    ]


def slice_result(candidate: Candidate, figure: Figure, name: str) -> SliceResult:
    """Write a figure of a slice down, at 0.95: no gate looks at it."""
    return SliceResult(slice=name, **_written(candidate, figure, DEFAULT_CONFIDENCE))


def _written(candidate: Candidate, figure: Figure, confidence: str) -> dict[str, Any]:
    low, high = figure.bounds(float(confidence))
    return {
        "model": candidate.name,
        "metric": figure.name,
        "confidence": confidence,
        "revision": candidate.revision,
        "value": decimal(figure.value, figure.places),
        "low": lower(low, figure.places),
        "high": upper(high, figure.places),
        "n": figure.n,
        "unscored": figure.unscored,
        "low_power": figure.low_power,
        "signature": figure.signature,
    }


def _confidences(plan: EvaluationPlan, metric: str, against: Against | None) -> list[str]:
    """Give 0.95 and what gates on this figure ask for, each once."""
    looked_at = (figure for figure in plan.figures if (figure.metric, figure.against) == (metric, against))
    wanted = [DEFAULT_CONFIDENCE, *(figure.confidence for figure in looked_at)]
    return list({Decimal(confidence): confidence for confidence in reversed(wanted)}.values())[::-1]
