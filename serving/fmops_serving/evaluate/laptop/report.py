"""What `fmops evaluate` says at the end: figures and verdicts, in the shape of an EvaluationRun's status."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fmops_api.evaluationplan import EvaluationPlan, EvaluationSummary
from fmops_api.evaluationrun import Gate
from fmops_api.evaluationrunstatus import EvaluationRunStatus, GateResult, Progress, Verdict
from fmops_api.gates import decide, overall
from fmops_api.meta import Condition
from fmops_api.reasons import ConditionType, EvaluationRunReason
from fmops_serving.evaluate.errors import Exit

_GATE_STATUS = {
    Verdict.PASSED: ("True", EvaluationRunReason.PASSED),
    Verdict.FAILED: ("False", EvaluationRunReason.FAILED),
    Verdict.INCONCLUSIVE: ("Unknown", EvaluationRunReason.INCONCLUSIVE),
}


@dataclass(frozen=True)
class Outcome:
    """What came of all candidates: a summary each, and sentences for those that could not be measured."""

    plan: EvaluationPlan
    gates: Sequence[Gate]
    summaries: Sequence[EvaluationSummary]
    started: datetime
    total: int
    """Examples that each candidate is asked."""

    @property
    def verdicts(self) -> list[GateResult]:
        """Judge every gate for every candidate."""
        results = [result for summary in self.summaries for result in summary.results]
        return decide(self.gates, results, [candidate.name for candidate in self.plan.candidates])

    @property
    def failures(self) -> list[str]:
        """Give a sentence for each candidate that could not be measured."""
        return [summary.error for summary in self.summaries if summary.error]

    @property
    def exit(self) -> Exit:
        """Could not measure goes before measured and bad."""
        if self.failures:
            return Exit.NOT_MEASURED
        passed = overall([gate.verdict for gate in self.verdicts]) is Verdict.PASSED
        return Exit.DONE if passed else Exit.GATE_FAILED


def status_of(outcome: Outcome) -> dict[str, Any]:
    """Give the outcome as the status of the EvaluationRun, as the operator would write it."""
    done = sum(summary.answered + summary.errors for summary in outcome.summaries)
    total = outcome.total * len(outcome.plan.candidates)
    status = EvaluationRunStatus(
        inputs_hash=outcome.plan.inputs_hash,
        started_at=outcome.started.isoformat(timespec="seconds"),
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        results=[result for summary in outcome.summaries for result in summary.results],
        slices=[result for summary in outcome.summaries for result in summary.slices],
        gates=outcome.verdicts,
        progress=Progress(done=done, total=total),
        progress_text=f"{done}/{total}",
        conditions=[_complete(outcome.failures), _gate_passed(outcome.verdicts, outcome.failures)],
    )
    return status.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"observed_generation", "history"})


def _complete(failures: Sequence[str]) -> Condition:
    reason = EvaluationRunReason.JOB_FAILED if failures else EvaluationRunReason.MEASURED
    return Condition(
        type=str(ConditionType.COMPLETE),
        status="False" if failures else "True",
        reason=str(reason),
        message="; ".join(failures),
    )


def _gate_passed(verdicts: Sequence[GateResult], failures: Sequence[str]) -> Condition:
    status, reason = _GATE_STATUS[overall([gate.verdict for gate in verdicts])]
    if failures:
        return Condition(
            type=str(ConditionType.GATE_PASSED), status="Unknown", reason=str(EvaluationRunReason.UNDECIDED)
        )
    if not verdicts:
        reason = EvaluationRunReason.NO_GATES
    open_gates = (gate for gate in verdicts if gate.verdict != Verdict.PASSED)
    message = "; ".join(f"{gate.model}: {gate.metric} {gate.required}, {gate.observed}" for gate in open_gates)
    return Condition(type=str(ConditionType.GATE_PASSED), status=status, reason=str(reason), message=message)
