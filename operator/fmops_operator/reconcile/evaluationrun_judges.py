"""What the judges of an EvaluationRun stand for just now: models and keys, and whether the catalogue fits them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fmops_api.evaluationplan import Candidate, Catalog, PlannedJudge
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.foundationmodel import FoundationModel, Task
from fmops_api.judge import Judge
from fmops_api.meta import SecretReference
from fmops_api.promptcatalog import Template
from fmops_api.reasons import EvaluationRunReason as Reason
from fmops_operator.status.conditions import told
from fmops_operator.status.evaluationrun import Standing
from fmops_serving.prompts.judges import gate_faults, judge_faults, rubric_fault

Models = Mapping[str, FoundationModel | None]


@dataclass(frozen=True)
class ResolvedJudges:
    """The judges, sorted by name, with the keys of their models; or the fault that keeps them from it."""

    judges: Sequence[PlannedJudge] = ()
    api_keys: Mapping[str, SecretReference] = field(default_factory=dict)
    fault: Standing | None = None


def resolve_judges(run: EvaluationRun, catalog: Catalog, template: Template, models: Models) -> ResolvedJudges:
    """Judge what was found; the first fault counts."""
    if fault := _catalog_fault(run, catalog, template):
        return ResolvedJudges(fault=fault)
    planned, keys = [], {}
    for index, judge in enumerate(sorted(run.spec.judges or (), key=lambda judge: judge.name)):
        model = models[judge.model.name]
        if model is None or (fault := _model_fault(judge, model)):
            return ResolvedJudges(fault=fault if model else _absent(judge))
        secret = model.spec.source.provider.api_key_secret_ref if model.spec.source.provider else None
        variable = f"FMOPS_JUDGE_API_KEY_{index}" if secret else None
        if variable and secret:
            keys[variable] = secret
        planned.append(PlannedJudge(judge=judge, endpoint=_endpoint(model, variable)))
    return ResolvedJudges(planned, keys)


def _catalog_fault(run: EvaluationRun, catalog: Catalog, template: Template) -> Standing | None:
    for judge in run.spec.judges or ():
        if missing := rubric_fault(judge, catalog):
            return Standing(Reason.RUBRIC_NOT_FOUND, str(missing), stalled=True)
        for fault in judge_faults(judge, catalog, template):
            return Standing(Reason.JUDGE_UNSUITABLE, str(fault), stalled=True)
    for fault in gate_faults(run.spec, catalog):
        return Standing(Reason.GATE_UNSUITABLE, str(fault), stalled=True)
    return None


def _absent(judge: Judge) -> Standing:
    sentence = f"spec.judges[{judge.name}].model: there is no FoundationModel {judge.model.name}"
    return Standing(Reason.JUDGE_NOT_FOUND, sentence)


def _model_fault(judge: Judge, model: FoundationModel) -> Standing | None:
    """Say whether a judge's model cannot judge, or has never served."""
    name, path = judge.model.name, f"spec.judges[{judge.name}].model"
    if model.spec.task != Task.CHAT:
        sentence = f"{path}: {name} has task {model.spec.task}; only Chat models judge"
        return Standing(Reason.JUDGE_UNSUITABLE, sentence, stalled=True)
    status = model.status
    if not (status.url and status.served_name and status.revisions and status.revisions.active):
        return Standing(Reason.JUDGE_NOT_READY, f"{path}: FoundationModel {name}: {told(status.conditions)}")
    return None


def _endpoint(model: FoundationModel, variable: str | None) -> Candidate:
    status = model.status
    return Candidate(
        name=model.metadata.name,
        url=status.url or "",
        model=status.served_name or "",
        task=model.spec.task,
        revision=status.revisions.active if status.revisions and status.revisions.active else "",
        api_key_variable=variable,
    )
