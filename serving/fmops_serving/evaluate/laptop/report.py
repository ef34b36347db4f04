"""What `fmops evaluate` says at the end: figures and verdicts, in the shape of an EvaluationRun's status."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from fmops_api.evaluationplan import EvaluationPlan, EvaluationSummary
from fmops_api.evaluationrun import Gate
from fmops_api.evaluationrunstatus import EvaluationRunStatus, GateResult, Progress, Verdict
from fmops_api.gates import decide, observed, overall
from fmops_api.meta import Condition
from fmops_api.reasons import ConditionType, EvaluationRunReason
from fmops_serving.evaluate.errors import Exit

_GATE_STATUS = {
    Verdict.PASSED: ("True", EvaluationRunReason.PASSED),
    Verdict.FAILED: ("False", EvaluationRunReason.FAILED),
    Verdict.INCONCLUSIVE: ("Unknown", EvaluationRunReason.INCONCLUSIVE),
}
_COLOURS = {Verdict.PASSED: "green", Verdict.FAILED: "red", Verdict.INCONCLUSIVE: "yellow"}


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
        gates=outcome.verdicts,
        progress=Progress(done=done, total=total),
        progress_text=f"{done}/{total}",
        conditions=_conditions(outcome),
    )
    return status.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"observed_generation", "history"})


def _conditions(outcome: Outcome) -> list[Condition]:
    failures = outcome.failures
    complete = Condition(
        type=str(ConditionType.COMPLETE),
        status="False" if failures else "True",
        reason=str(EvaluationRunReason.JOB_FAILED if failures else EvaluationRunReason.MEASURED),
        message="; ".join(failures),
    )
    gates = outcome.verdicts
    status, reason = _GATE_STATUS[overall([gate.verdict for gate in gates])]
    if not gates:
        reason = EvaluationRunReason.NO_GATES
    if failures:
        status, reason = "Unknown", EvaluationRunReason.UNDECIDED
    message = "; ".join(
        f"{g.model}: {g.metric} {g.required}, {g.observed}" for g in gates if g.verdict != Verdict.PASSED
    )
    return [
        complete,
        Condition(type=str(ConditionType.GATE_PASSED), status=status, reason=str(reason), message=message),
    ]


def show(outcome: Outcome, console: Console) -> None:
    """Print the figures, then what the gates say of them."""
    figures = Table("Model", "Metric", "Value", "Interval", "At", "n", "Unscored", title=outcome.plan.run)
    for summary in outcome.summaries:
        for result in summary.results:
            figures.add_row(
                result.model, result.metric, result.value or "not measured",
                observed(result).removeprefix(result.value or "").strip(),
                result.confidence, str(result.n), str(result.unscored),
            )  # fmt: skip
    console.print(figures)
    if not outcome.gates:
        return
    gates = Table("Model", "Gate", "Required", "Observed", "Verdict")
    for gate in outcome.verdicts:
        colour = _COLOURS[gate.verdict]
        gates.add_row(gate.model, gate.metric, gate.required, gate.observed, f"[{colour}]{gate.verdict}[/{colour}]")
    console.print(gates)


def warnings_of(summaries: Sequence[EvaluationSummary]) -> Mapping[str, str]:
    """Say per candidate what a reader of the figures should know."""
    found = {}
    for summary in summaries:
        parts = []
        if summary.truncated:
            parts.append(f"{summary.truncated} answers were cut off by the template's maxTokens or the model's context")
        if summary.errors:
            parts.append(f"{summary.errors} of {summary.total} examples have no answer; the rows say why")
        if parts:
            found[summary.model] = "; ".join(parts)
    return found
