"""Whether judges may decide: held against people, never about themselves. Pure, for operator and laptop alike."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from fmops_api.evaluationrun import EvaluationRunSpec
from fmops_api.evaluationrunstatus import GateResult, Result, Verdict
from fmops_api.gates import observed
from fmops_api.judge import KAPPA, Calibration, Judge
from fmops_api.meta import Condition, ConditionStatus
from fmops_api.reasons import ConditionType
from fmops_api.reasons import EvaluationRunReason as Reason


class Doubt(NamedTuple):
    """Why a judge's figures decide nothing: about one candidate, or about any when `candidate` is None."""

    judge: str
    candidate: str | None
    reason: Reason
    sentence: str


def judge_trusted(spec: EvaluationRunSpec, results: Sequence[Result], *, complete: bool) -> Condition | None:
    """Give the condition JudgeTrusted; None for a run without judges.

    What is not known yet is undecided until everything is measured, `complete`.
    """
    if not spec.judges:
        return None
    doubts = list(_doubts(spec, results))
    known = [doubt for doubt in doubts if complete or doubt.reason != Reason.AGREEMENT_UNKNOWN]
    if known:
        return _condition("False", known[0].reason, "; ".join(doubt.sentence for doubt in known))
    if doubts:
        return _condition("Unknown", Reason.UNDECIDED, "; ".join(doubt.sentence for doubt in doubts))
    bare = [judge.name for judge in spec.judges if judge.calibration is None]
    if bare:
        return _condition("Unknown", Reason.NOT_CALIBRATED, f"without calibration: {', '.join(bare)}")
    held = [f"{j.name}: kappa {_kappa_in_words(_kappa(j, results))}" for j in spec.judges]
    return _condition("True", Reason.JUDGES_AGREE, "; ".join(held))


def with_doubts(gates: Sequence[GateResult], spec: EvaluationRunSpec, results: Sequence[Result]) -> list[GateResult]:
    """Leave open what a gate says on the word of a judge that is not trusted, passed or failed, and say why."""
    doubts = list(_doubts(spec, results))
    return [_doubted(gate, spec, doubts) for gate in gates]


def _doubted(gate: GateResult, spec: EvaluationRunSpec, doubts: Sequence[Doubt]) -> GateResult:
    name = gate.metric.partition(".")[0]
    members = next((jury.judges for jury in spec.juries or () if jury.name == name), [name])
    about = [d.sentence for d in doubts if d.judge in members and d.candidate in {None, gate.model}]
    if not about:
        return gate
    return gate.model_copy(
        update={"verdict": Verdict.INCONCLUSIVE, "observed": f"{gate.observed}; {'; '.join(about)}"[:_LONGEST]}
    )


_LONGEST = 1024
"""Characters of what a gate observed, at most."""


def _doubts(spec: EvaluationRunSpec, results: Sequence[Result]) -> Iterator[Doubt]:
    candidates = {reference.name for reference in spec.candidates.models}
    for judge in spec.judges or ():
        if judge.calibration and (doubt := _agreement(judge, judge.calibration, results)):
            yield doubt
        if judge.model.name in candidates:
            sentence = f"judge {judge.name} is {judge.model.name}, which judges itself here"
            yield Doubt(judge.name, judge.model.name, Reason.SELF_JUDGING, sentence)


def _agreement(judge: Judge, calibration: Calibration, results: Sequence[Result]) -> Doubt | None:
    found = _kappa(judge, results)
    if found is None or found.value is None:
        sentence = f"judge {judge.name}: its agreement with people is not known"
        return Doubt(judge.name, None, Reason.AGREEMENT_UNKNOWN, sentence)
    if Decimal(found.value) >= Decimal(calibration.min_kappa):
        return None
    said = f"kappa {_kappa_in_words(found)} is below minKappa {calibration.min_kappa}"
    return Doubt(judge.name, None, Reason.LOW_AGREEMENT, f"judge {judge.name}: {said}")


def _kappa(judge: Judge, results: Sequence[Result]) -> Result | None:
    """Find the agreement, which the runner of one candidate measured for all."""
    return next((result for result in results if result.metric == f"{judge.name}.{KAPPA}"), None)


def _kappa_in_words(result: Result | None) -> str:
    return f"{observed(result)}, n={result.n}" if result else "not measured"


def _condition(status: ConditionStatus, reason: Reason, message: str) -> Condition:
    return Condition(type=str(ConditionType.JUDGE_TRUSTED), status=status, reason=str(reason), message=message[:4096])
