"""What `fmops evaluate` says at the end: figures and verdicts, in the shape of an EvaluationRun's status."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from fmops_api.card import Card
from fmops_api.choose.decision import Choice, Evidence, choose
from fmops_api.evaluationplan import EvaluationPlan, EvaluationSummary, Stage
from fmops_api.evaluationrun import EvaluationRunSpec, Gate
from fmops_api.evaluationrunstatus import EvaluationRunStatus, Excluded, GateResult, Progress, Result, Verdict
from fmops_api.gates import best, decide, overall
from fmops_api.meta import Condition
from fmops_api.reasons import ConditionType, EvaluationRunReason
from fmops_api.selection import Selection
from fmops_api.shortlist import MOST_EXCLUDED
from fmops_api.trust import Trust, judge_trusted, with_doubts
from fmops_serving.evaluate.errors import Exit
from fmops_serving.shortlist.measured import breaches

_GATE_STATUS = {
    Verdict.PASSED: ("True", EvaluationRunReason.PASSED),
    Verdict.FAILED: ("False", EvaluationRunReason.FAILED),
    Verdict.INCONCLUSIVE: ("Unknown", EvaluationRunReason.INCONCLUSIVE),
}


@dataclass(frozen=True)
class Outcome:
    """What came of all candidates: a summary each, and sentences for those that could not be measured."""

    plan: EvaluationPlan
    spec: EvaluationRunSpec
    summaries: Sequence[EvaluationSummary]
    started: datetime
    total: int
    """Answers wanted of all candidates."""
    cards: Mapping[str, Card] = field(default_factory=dict)
    excluded: Sequence[Excluded] = ()
    """Models among the files that are meant and not compared."""

    @property
    def gates(self) -> Sequence[Gate]:
        """Give what the figures must reach."""
        return self.spec.gates or []

    @property
    def selection(self) -> Selection | None:
        """Give how one candidate is chosen; None when none is."""
        return self.spec.selection

    @property
    def results(self) -> list[Result]:
        """Give every figure of every candidate."""
        return [result for summary in self.summaries for result in summary.results]

    @property
    def verdicts(self) -> list[GateResult]:
        """Judge every gate for every candidate."""
        decided = decide(self.gates, self.results, self.plan.subjects(Stage.ANSWER), self.plan.baseline)
        return with_doubts(decided, self.trust)

    @property
    def verdict(self) -> Verdict:
        """Join the verdicts: of every candidate, or where one is selected, of the best."""
        return best(self.verdicts) if self.selection else overall([gate.verdict for gate in self.verdicts])

    @property
    def trust(self) -> Trust:
        """Give what the judges are trusted by."""
        return Trust(self.spec, self.plan.subjects(Stage.ANSWER), self.results)

    @property
    def trusted(self) -> Condition | None:
        """Say whether the judges are trusted; None when there are none."""
        return judge_trusted(self.trust, complete=not self.failures)

    @property
    def choice(self) -> Choice | None:
        """Choose, as the operator would; None when nobody asks for it, or not everything was measured."""
        if self.selection is None or self.failures:
            return None
        evidence = Evidence(self.plan.subjects(Stage.ANSWER), self.results, self.verdicts, self.cards, self.trust)
        return choose(self.selection, replace(evidence, broken=breaches(self.spec, evidence)))

    @property
    def failures(self) -> list[str]:
        """Give a sentence for each candidate that could not be measured."""
        return [summary.error for summary in self.summaries if summary.error]

    @property
    def exit(self) -> Exit:
        """Could not measure goes before measured and bad."""
        if self.failures:
            return Exit.NOT_MEASURED
        if self.verdict is not Verdict.PASSED:
            return Exit.GATE_FAILED
        return Exit.GATE_FAILED if self.choice and self.choice.selected is None else Exit.DONE


def status_of(outcome: Outcome) -> dict[str, Any]:
    """Give the outcome as the status of the EvaluationRun, as the operator would write it."""
    done = sum(summary.answered + summary.errors for summary in outcome.summaries)
    choice = outcome.choice
    status = EvaluationRunStatus(
        inputs_hash=outcome.plan.inputs_hash,
        started_at=outcome.started.isoformat(timespec="seconds"),
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        results=outcome.results,
        slices=[result for summary in outcome.summaries for result in summary.slices],
        gates=outcome.verdicts,
        excluded=list(outcome.excluded[:MOST_EXCLUDED]),
        ranking=list(choice.ranking) if choice else [],
        selected=choice.selected if choice else None,
        pareto_front=list(choice.pareto_front) if choice else [],
        progress=Progress(done=done, total=outcome.total),
        progress_text=f"{done}/{outcome.total}",
        conditions=[*_conditions(outcome), *_selected(outcome, choice)],
    )
    return status.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"observed_generation", "history"})


def _conditions(outcome: Outcome) -> list[Condition]:
    failed = [summary for summary in outcome.summaries if summary.error]
    compared = [_compared(done=not failed)] if outcome.plan.baseline else []
    trusted = [outcome.trusted] if outcome.trusted else []
    return [*compared, _complete(failed), *trusted, _gate_passed(outcome, failed)]


def _compared(*, done: bool) -> Condition:
    reason = EvaluationRunReason.COMPARED if done else EvaluationRunReason.WAITING
    return Condition(type=str(ConditionType.COMPARED), status="True" if done else "Unknown", reason=str(reason))


def _complete(failed: Sequence[EvaluationSummary]) -> Condition:
    why = next((summary.reason for summary in failed if summary.reason), EvaluationRunReason.JOB_FAILED)
    return Condition(
        type=str(ConditionType.COMPLETE),
        status="False" if failed else "True",
        reason=str(why if failed else EvaluationRunReason.MEASURED),
        message="; ".join(summary.error for summary in failed),
    )


def _gate_passed(outcome: Outcome, failed: Sequence[EvaluationSummary]) -> Condition:
    verdicts = outcome.verdicts
    status, reason = _GATE_STATUS[outcome.verdict]
    if failed:
        late = any(summary.reason == EvaluationRunReason.RUN_TIMED_OUT for summary in failed)
        status, reason = "Unknown", EvaluationRunReason.RUN_TIMED_OUT if late else EvaluationRunReason.UNDECIDED
        return Condition(
            type=str(ConditionType.GATE_PASSED), status=status, reason=str(reason), message=reason.sentence
        )
    if not verdicts:
        reason = EvaluationRunReason.NO_GATES
    open_gates = (gate for gate in verdicts if gate.verdict != Verdict.PASSED)
    message = "; ".join(gate.words() for gate in open_gates)
    return Condition(type=str(ConditionType.GATE_PASSED), status=status, reason=str(reason), message=message)


def _selected(outcome: Outcome, choice: Choice | None) -> list[Condition]:
    if outcome.selection is None:
        return []
    undecided = Condition(type=str(ConditionType.SELECTED), status="Unknown", reason=str(EvaluationRunReason.UNDECIDED))
    return [choice.condition() if choice else undecided]
