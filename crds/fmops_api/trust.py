"""Whether judges may decide: held against people, never about themselves. Pure, for operator and laptop alike."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from fmops_api.evaluationrun import EvaluationRunSpec
from fmops_api.evaluationrunstatus import GateResult, Result, Verdict
from fmops_api.gates import observed
from fmops_api.judge import KAPPA, Calibration, Judge, JudgeMode
from fmops_api.meta import Condition, ConditionStatus
from fmops_api.reasons import ConditionType
from fmops_api.reasons import EvaluationRunReason as Reason


class Doubt(NamedTuple):
    """Why a judge's figures decide nothing: about one candidate, or about any when `candidate` is None."""

    judge: str
    candidate: str | None
    reason: Reason
    sentence: str


@dataclass(frozen=True)
class Trust:
    """What a run's judges are trusted by: what was asked of them, of whom they judge, and what was measured."""

    spec: EvaluationRunSpec
    candidates: Sequence[str]
    results: Sequence[Result]

    @cached_property
    def doubts(self) -> list[Doubt]:
        """Say why some judges' figures decide nothing."""
        return list(_doubts(self))

    def about(self, metric: str, candidate: str) -> list[str]:
        """Say why a figure of a candidate decides nothing; empty when no judge stands behind it, or a trusted one."""
        name = metric.partition(".")[0]
        members = next((jury.judges for jury in self.spec.juries or () if jury.name == name), [name])
        return [d.sentence for d in self.doubts if d.judge in members and d.candidate in {None, candidate}]


def judge_trusted(trust: Trust, *, complete: bool) -> Condition | None:
    """Give the condition JudgeTrusted; None for a run without judges.

    What is not known yet is undecided until everything is measured, `complete`.
    """
    if not trust.spec.judges:
        return None
    doubts = trust.doubts
    known = [doubt for doubt in doubts if complete or doubt.reason != Reason.AGREEMENT_UNKNOWN]
    if known:
        return _condition("False", known[0].reason, "; ".join(doubt.sentence for doubt in known))
    if doubts:
        return _condition("Unknown", Reason.UNDECIDED, "; ".join(doubt.sentence for doubt in doubts))
    bare = [judge.name for judge in trust.spec.judges if judge.calibration is None]
    if bare:
        return _condition("Unknown", Reason.NOT_CALIBRATED, f"without calibration: {', '.join(bare)}")
    held = [f"{j.name}: kappa {_kappa_in_words(_kappa(j, trust.results))}" for j in trust.spec.judges]
    return _condition("True", Reason.JUDGES_AGREE, "; ".join(held))


def with_doubts(gates: Sequence[GateResult], trust: Trust) -> list[GateResult]:
    """Leave open what a gate says on the word of a judge that is not trusted, passed or failed, and say why."""
    return [_doubted(gate, trust.about(gate.metric, gate.model)) for gate in gates]


def _doubted(gate: GateResult, about: Sequence[str]) -> GateResult:
    if not about:
        return gate
    return gate.model_copy(
        update={
            "verdict": Verdict.INCONCLUSIVE,
            "observed": f"{gate.observed}; {'; '.join(about)}"[:_LONGEST],
            "needed": None,
        }
    )


_LONGEST = 1024
"""Characters of what a gate observed, at most."""


def _doubts(trust: Trust) -> Iterator[Doubt]:
    for judge in trust.spec.judges or ():
        if judge.calibration and (doubt := _agreement(judge, judge.calibration, trust.results)):
            yield doubt
        if judge.model.name in trust.candidates:
            sentence = f"judge {judge.name} is {judge.model.name}, which judges itself here"
            baseline = trust.spec.baseline.name if trust.spec.baseline else None
            always = judge.mode is JudgeMode.PAIRWISE and judge.model.name == baseline
            yield Doubt(judge.name, None if always else judge.model.name, Reason.SELF_JUDGING, sentence)


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
