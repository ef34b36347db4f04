"""What the status of an EvaluationRun says of the choice among its candidates. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fmops_api.card import Card
from fmops_api.choose.decision import Choice, Evidence, choose
from fmops_api.evaluationrun import EvaluationRunSpec
from fmops_api.evaluationrunstatus import EvaluationRunStatus, GateResult
from fmops_api.meta import Condition
from fmops_api.reasons import ConditionType as Type
from fmops_api.reasons import EvaluationRunReason as Reason
from fmops_api.trust import Trust
from fmops_operator.status.conditions import condition
from fmops_serving.shortlist.measured import breaches


def chosen(
    spec: EvaluationRunSpec, record: EvaluationRunStatus, gates: Sequence[GateResult], cards: Mapping[str, Card]
) -> Choice | None:
    """Decide from a record in which everything is measured; None when nobody asks for a choice."""
    if spec.selection is None:
        return None
    names = list(dict.fromkeys(r.model for r in record.results))
    evidence = Evidence(names, record.results, gates, cards, Trust(spec, names, record.results))
    return choose(spec.selection, replace(evidence, broken=breaches(spec, evidence)))


def with_choice(spec: EvaluationRunSpec, record: EvaluationRunStatus, choice: Choice | None) -> EvaluationRunStatus:
    """Write the choice down.

    While something is awaited, the choice stays with the finished results that it was made from; the condition says
    that nothing is decided now. Without such results, and without a wish to choose, none of an earlier look stays.
    """
    if choice is None and spec.selection and record.finished_at:
        return record
    return record.model_copy(
        update={
            "ranking": list(choice.ranking) if choice else [],
            "selected": choice.selected if choice else None,
            "pareto_front": list(choice.pareto_front) if choice else [],
        }
    )


def selected_condition(spec: EvaluationRunSpec, choice: Choice | None) -> list[Condition]:
    """Give the condition Selected of a run that chooses, no condition for one that does not."""
    if spec.selection is None:
        return []
    return [choice.condition() if choice else condition(Type.SELECTED, None, Reason.UNDECIDED)]
