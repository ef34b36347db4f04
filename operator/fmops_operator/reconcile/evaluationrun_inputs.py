"""What the references of an EvaluationRun stand for just now: gathered from the cluster, then judged by pure checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fmops_api.evaluationplan import Candidate, Catalog
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.foundationmodel import FoundationModel, Task
from fmops_api.meta import Condition, SecretReference
from fmops_api.metricscale import lack
from fmops_api.promptcatalog import Example, PromptCatalog, Template
from fmops_api.reasons import ConditionType
from fmops_api.reasons import EvaluationRunReason as Reason
from fmops_operator.desired.evaluationrun import Inputs
from fmops_operator.desired.promptcatalog import bundle_key, read_bundle
from fmops_operator.manifest import CLAIM, CONFIG_MAP, FOUNDATION_MODEL, PROMPT_CATALOG, Manifest
from fmops_operator.status.evaluationrun import Standing
from fmops_operator.world import Cluster
from fmops_serving.prompts.catalog import parse
from fmops_serving.prompts.errors import PromptError
from fmops_serving.prompts.examples import choose
from fmops_serving.prompts.faults import did_you_mean
from fmops_serving.prompts.references import find_template, pinned

_ANSWERING = (Task.CHAT, Task.COMPLETION)


@dataclass(frozen=True)
class Found:
    """What the cluster has of what a run refers to."""

    catalog: PromptCatalog | None
    bundle: Manifest | None
    models: Mapping[str, FoundationModel | None]
    sink: bool
    """Whether the sink's claim is there, or none is asked for."""


@dataclass(frozen=True)
class Resolved:
    """The inputs, as far as they are known. A fault beside known inputs forbids to begin, not to have finished."""

    inputs: Inputs | None = None
    fault: Standing | None = None


class _FaultError(Exception):
    """An input is not there or not good."""

    def __init__(self, reason: Reason, message: str, *, stalled: bool = False) -> None:
        super().__init__(message)
        self.standing = Standing(reason, message, stalled)


async def gather(run: EvaluationRun, cluster: Cluster) -> Found:
    """Read everything that the run refers to."""
    namespace = run.metadata.namespace
    raw = await cluster.get(PROMPT_CATALOG, namespace, run.spec.catalog.name)
    catalog = PromptCatalog.parse(raw) if raw else None
    in_force = catalog.status.bundle if catalog else None
    claim = run.spec.sink.persistent_volume_claim.claim_name if run.spec.sink else None
    return Found(
        catalog=catalog,
        bundle=await cluster.get(CONFIG_MAP, namespace, in_force.config_map) if in_force else None,
        models={m.name: await _model(m.name, namespace, cluster) for m in run.spec.candidates.models},
        sink=claim is None or await cluster.get(CLAIM, namespace, claim) is not None,
    )


async def _model(name: str, namespace: str, cluster: Cluster) -> FoundationModel | None:
    raw = await cluster.get(FOUNDATION_MODEL, namespace, name)
    return FoundationModel.parse(raw) if raw else None


def resolve(run: EvaluationRun, found: Found) -> Resolved:
    """Judge what was found; the first fault counts. Messages name the field, what was found and what would be right."""
    try:
        bundle, catalog = _catalog(run, found)
        template = _template(run, catalog)
        examples = _examples(run, catalog)
        candidates, keys = _candidates(run, found)
    except _FaultError as fault:
        return Resolved(fault=fault.standing)
    inputs = Inputs(
        bundle=bundle["metadata"]["name"],
        bundle_key=bundle_key(bundle),
        catalog_digest=catalog.digest,
        template=pinned(template),
        examples=len(examples),
        candidates=candidates,
        api_keys=keys,
    )
    return Resolved(inputs, _not_ready(run, found))


def _catalog(run: EvaluationRun, found: Found) -> tuple[Manifest, Catalog]:
    name = run.spec.catalog.name
    if found.catalog is None:
        raise _FaultError(Reason.CATALOG_NOT_FOUND, f"spec.catalog.name: there is no PromptCatalog {name}")
    if found.bundle is None:
        raise _FaultError(
            Reason.CATALOG_NOT_READY,
            f"PromptCatalog {name} has no bundle yet: {_told(found.catalog.status.conditions)}",
        )
    content = read_bundle(found.bundle)
    try:
        if content is None:
            raise _FaultError(Reason.CATALOG_NOT_READY, f"the bundle of PromptCatalog {name} is empty")
        return found.bundle, parse(content)
    except PromptError as error:
        raise _FaultError(Reason.CATALOG_NOT_READY, f"the bundle of PromptCatalog {name}: {error}") from error


def _template(run: EvaluationRun, catalog: Catalog) -> Template:
    wanted = run.spec.template
    template = find_template(catalog.templates, wanted)
    if template is None:
        message = f"spec.template: PromptCatalog {run.spec.catalog.name} has no {wanted}{_instead(wanted, catalog)}"
        raise _FaultError(Reason.TEMPLATE_NOT_FOUND, message, stalled=True)
    return template


def _instead(wanted: str, catalog: Catalog) -> str:
    name = wanted.partition("@")[0]
    pointers = [f"{t.name}@{p}" for t in catalog.templates if t.name == name for p in (t.version, *(t.labels or ()))]
    return (
        f"; it has {', '.join(pointers[:10])}" if pointers else did_you_mean(name, {t.name for t in catalog.templates})
    )


def _examples(run: EvaluationRun, catalog: Catalog) -> Sequence[Example]:
    try:
        examples = [chosen.example for chosen in choose(catalog, run.spec.examples)]
    except PromptError as error:
        raise _FaultError(Reason.EXAMPLES_NOT_FOUND, f"spec.examples: {error}", stalled=True) from error
    for metric in run.spec.metrics:
        if missing := lack(metric, examples):
            message = (
                f"spec.metrics[{metric.name}]: {metric.type} compares with {missing}, and no chosen example has one"
            )
            raise _FaultError(Reason.EXAMPLES_UNSCORABLE, message, stalled=True)
    return examples


def _candidates(run: EvaluationRun, found: Found) -> tuple[list[Candidate], dict[str, SecretReference]]:
    candidates, keys = [], {}
    for index, name in enumerate(sorted(m.name for m in run.spec.candidates.models)):
        model = found.models[name]
        if model is None:
            message = f"spec.candidates.models: there is no FoundationModel {name}"
            raise _FaultError(Reason.CANDIDATE_NOT_FOUND, message)
        secret = model.spec.source.provider.api_key_secret_ref if model.spec.source.provider else None
        variable = f"FMOPS_API_KEY_{index}" if secret else None
        if variable and secret:
            keys[variable] = secret
        candidates.append(_candidate(model, variable))
    return candidates, keys


def _candidate(model: FoundationModel, variable: str | None) -> Candidate:
    name, status = model.metadata.name, model.status
    if model.spec.task not in _ANSWERING:
        message = (
            f"spec.candidates.models: {name} has task {model.spec.task}; prompts are answered by Chat and Completion"
        )
        raise _FaultError(Reason.CANDIDATE_UNSUITABLE, message, stalled=True)
    if not (status.url and status.served_name and status.revisions and status.revisions.active):
        raise _FaultError(Reason.CANDIDATE_NOT_READY, f"FoundationModel {name}: {_told(status.conditions)}")
    return Candidate(
        name=name,
        url=status.url,
        model=status.served_name,
        task=model.spec.task,
        revision=status.revisions.active,
        api_key_variable=variable,
    )


def _not_ready(run: EvaluationRun, found: Found) -> Standing | None:
    """Say which input is known but not ready, so that measuring cannot begin."""
    for name, model in found.models.items():
        if model and not _serves(model):
            message = f"FoundationModel {name}: {_told(model.status.conditions)}"
            return Standing(Reason.CANDIDATE_NOT_READY, message)
    if found.catalog and found.catalog.status.observed_generation != found.catalog.metadata.generation:
        return Standing(
            Reason.CATALOG_NOT_READY, f"PromptCatalog {run.spec.catalog.name} was changed and not looked at yet"
        )
    return None


def _serves(model: FoundationModel) -> bool:
    seen = model.status.observed_generation == model.metadata.generation
    return seen and any(c.type == ConditionType.READY.value and c.status == "True" for c in model.status.conditions)


def _told(conditions: Sequence[Condition]) -> str:
    """Give another object's own words."""
    ready = next((c for c in conditions if c.type == ConditionType.READY.value), None)
    return f"{ready.reason}: {ready.message}" if ready else "the operator has not looked at it yet"
