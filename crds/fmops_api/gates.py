"""Gates: what the figures must reach. Pure, and the same for operator and command line."""

from collections.abc import Sequence
from decimal import Decimal

from fmops_api.evaluationrun import BoundKind, Gate, Operator
from fmops_api.evaluationrunstatus import GateResult, Result, Verdict
from fmops_api.gatepower import examples_needed, in_words

_WORDS = {Operator.AT_LEAST: "at least", Operator.AT_MOST: "at most"}


def decide(
    gates: Sequence[Gate], results: Sequence[Result], candidates: Sequence[str], baseline: str | None = None
) -> list[GateResult]:
    """Judge every gate for every candidate, in that order of candidates, then gates.

    A gate against the baseline says nothing of the baseline itself, which is left out.
    """
    return [
        _judge(gate, _find(gate, results, candidate), candidate)
        for candidate in candidates
        for gate in gates
        if not (gate.against and candidate == baseline)
    ]


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
    wanted = (candidate, gate.metric, gate.against, Decimal(gate.confidence))
    return next((r for r in results if (r.model, r.metric, r.against, Decimal(r.confidence)) == wanted), None)


def _judge(gate: Gate, result: Result | None, candidate: str) -> GateResult:
    figure = "against the baseline, " if gate.against else ""
    bound = "" if gate.bound == BoundKind.POINT else f"{gate.bound.lower()} bound at {gate.confidence} "
    verdict = _verdict(gate, result)
    needed, told = None, ""
    if result and result.n and verdict is Verdict.INCONCLUSIVE:
        needed = examples_needed(result, gate.value)
        told = f"; {in_words(result, gate.value, needed)}"
    return GateResult(
        model=candidate,
        metric=gate.metric,
        against=gate.against,
        required=f"{figure}{bound}{_WORDS[gate.op]} {gate.value}",
        verdict=verdict,
        observed=observed(result) + told,
        needed=needed,
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
