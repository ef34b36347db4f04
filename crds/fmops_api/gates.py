"""Gates: what the figures must reach. Pure, and the same for operator and command line."""

from collections.abc import Sequence
from decimal import Decimal

from fmops_api.evaluationrun import BoundKind, Gate, Operator
from fmops_api.evaluationrunstatus import GateResult, Result, Verdict
from fmops_api.needed import examples_needed

_WORDS = {Operator.AT_LEAST: "at least", Operator.AT_MOST: "at most"}


def decide(gates: Sequence[Gate], results: Sequence[Result], candidates: Sequence[str]) -> list[GateResult]:
    """Judge every gate for every candidate, in that order of candidates, then gates."""
    return [_judge(gate, _find(gate, results, candidate), candidate) for candidate in candidates for gate in gates]


def overall(verdicts: Sequence[Verdict]) -> Verdict:
    """Join verdicts: one failure fails, else one open question leaves it open; no gates pass."""
    for verdict in (Verdict.FAILED, Verdict.INCONCLUSIVE):
        if verdict in verdicts:
            return verdict
    return Verdict.PASSED


def best(results: Sequence[GateResult]) -> Verdict:
    """Join verdicts where one candidate is to be selected: as good as those of the candidate that does best."""
    found = {overall([g.verdict for g in results if g.model == model]) for model in {g.model for g in results}}
    return next((v for v in (Verdict.PASSED, Verdict.INCONCLUSIVE, Verdict.FAILED) if v in found), Verdict.PASSED)


def _find(gate: Gate, results: Sequence[Result], candidate: str) -> Result | None:
    wanted = (candidate, gate.metric, Decimal(gate.confidence))
    return next((r for r in results if (r.model, r.metric, Decimal(r.confidence)) == wanted), None)


def _judge(gate: Gate, result: Result | None, candidate: str) -> GateResult:
    bound = "" if gate.bound == BoundKind.POINT else f"{gate.bound.lower()} bound at {gate.confidence} "
    verdict = _verdict(gate, result)
    return GateResult(
        model=candidate,
        metric=gate.metric,
        required=f"{bound}{_WORDS[gate.op]} {gate.value}",
        verdict=verdict,
        observed=observed(result),
        examples_needed=examples_needed(gate.value, result) if verdict == Verdict.INCONCLUSIVE else None,
    )


def _verdict(gate: Gate, result: Result | None) -> Verdict:
    if result is None or result.value is None:
        return Verdict.INCONCLUSIVE
    ends = {BoundKind.LOWER: result.low, BoundKind.UPPER: result.high, BoundKind.POINT: result.value}
    asked = ends[gate.bound]
    if asked is None:
        return Verdict.INCONCLUSIVE
    if _holds(gate, asked):
        return Verdict.PASSED
    strict = (gate.op, gate.bound) in {(Operator.AT_LEAST, BoundKind.LOWER), (Operator.AT_MOST, BoundKind.UPPER)}
    other = ends[BoundKind.UPPER if gate.bound == BoundKind.LOWER else BoundKind.LOWER]
    if strict and (other is None or _holds(gate, other)):
        return Verdict.INCONCLUSIVE
    return Verdict.FAILED


def _holds(gate: Gate, end: str) -> bool:
    reached, wanted = Decimal(end), Decimal(gate.value)
    return reached >= wanted if gate.op == Operator.AT_LEAST else reached <= wanted


def observed(result: Result | None) -> str:
    """Write a figure for people: `0.84 [0.81, 0.87]`, or why there is none."""
    if result is None or result.value is None:
        return "not measured"
    if result.low is None and result.high is None:
        return result.value
    return f"{result.value} [{result.low or '-∞'}, {result.high or '∞'}]"
