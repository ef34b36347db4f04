"""What the judges of an EvaluationRun stand for just now: models and keys, and whether the catalogue fits them."""

from collections.abc import Mapping

from fmops_api.evaluationplan import Catalog, PlannedJudge
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.foundationmodel import FoundationModel
from fmops_api.meta import SecretReference
from fmops_api.reasons import EvaluationRunReason as Reason
from fmops_operator.reconcile.evaluationrun_models import FaultError, asked_model, judge_model
from fmops_serving.prompts.judges import figure_faults, judge_faults, rubric_fault
from fmops_serving.prompts.steps import Prompt


def judges_of(
    run: EvaluationRun, catalog: Catalog, prompt: Prompt, models: Mapping[str, FoundationModel | None]
) -> tuple[list[PlannedJudge], dict[str, SecretReference]]:
    """Give the judges, sorted by name, and which Secrets hold their models' keys; raises FaultError."""
    _check_catalog(run, catalog, prompt)
    planned: list[PlannedJudge] = []
    keys: dict[str, SecretReference] = {}
    for index, judge in enumerate(sorted(run.spec.judges or (), key=lambda judge: judge.name)):
        name = judge.model.name
        endpoint, key = asked_model(judge_model(judge), name, models.get(name), index)
        # What a judge is asked has no variants, so its family makes no verdict different.
        planned.append(PlannedJudge(judge=judge, endpoint=endpoint.model_copy(update={"family": None})))
        keys |= key
    return planned, keys


def _check_catalog(run: EvaluationRun, catalog: Catalog, prompt: Prompt) -> None:
    for judge in run.spec.judges or ():
        if missing := rubric_fault(judge, catalog):
            raise FaultError(Reason.RUBRIC_NOT_FOUND, str(missing), stalled=True)
        for fault in judge_faults(judge, catalog, prompt):
            raise FaultError(Reason.JUDGE_UNSUITABLE, str(fault), stalled=True)
    for fault in figure_faults(run.spec, catalog):
        raise FaultError(Reason.GATE_UNSUITABLE, str(fault), stalled=True)
