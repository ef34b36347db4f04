"""What the references of an EvaluationRun stand for just now: gathered from the cluster, then judged by pure checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fmops_api.candidates import MOST_CANDIDATES, Candidates
from fmops_api.evaluationplan import Candidate, Catalog
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.foundationmodel import FoundationModel
from fmops_api.meta import Condition, SecretReference
from fmops_api.metric import Metric, MetricType
from fmops_api.promptcatalog import Example, PromptCatalog, Template
from fmops_api.reasons import ConditionType
from fmops_api.reasons import EvaluationRunReason as Reason
from fmops_api.rerun import fault_in
from fmops_api.shortlist import ANSWERING, Shortlist, shortlist
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
from fmops_serving.prompts.variants import with_picked_family
from fmops_serving.shortlist.judging import ConstraintError, judge_of


@dataclass(frozen=True)
class Found:
    """What the cluster has of what a run refers to."""

    catalog: PromptCatalog | None
    bundle: Manifest | None
    models: Mapping[str, FoundationModel | None]
    """The named ones, and with a selector every one of the namespace."""
    sink: bool
    """Whether the sink's claim is there, or none is asked for."""


@dataclass(frozen=True)
class Resolved:
    """The inputs, as far as they are known. A fault beside known inputs forbids to begin, not to have finished."""

    inputs: Inputs | None = None
    fault: Standing | None = None
    shortlist: Shortlist | None = None
    """Who is compared and who is excluded; None when the constraints cannot be judged."""


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
    volume = run.spec.sink.persistent_volume_claim if run.spec.sink else None
    return Found(
        catalog=catalog,
        bundle=await cluster.get(CONFIG_MAP, namespace, in_force.config_map) if in_force else None,
        models=await _models(run.spec.candidates, namespace, cluster),
        sink=volume is None or await cluster.get(CLAIM, namespace, volume.claim_name) is not None,
    )


async def _models(wanted: Candidates, namespace: str, cluster: Cluster) -> dict[str, FoundationModel | None]:
    named = {name: await cluster.get(FOUNDATION_MODEL, namespace, name) for name in wanted.named}
    others = await cluster.list(FOUNDATION_MODEL, namespace, {}) if wanted.selector else ()
    found = {raw["metadata"]["name"]: raw for raw in others if _may_be_meant(raw, wanted)}
    return {name: FoundationModel.parse(raw) if raw else None for name, raw in {**found, **named}.items()}


def _may_be_meant(raw: Manifest, wanted: Candidates) -> bool:
    """Look at the labels first: the other models of the namespace need not even be sound."""
    return wanted.selector is not None and wanted.selector.matches(raw["metadata"].get("labels") or {})


def resolve(run: EvaluationRun, found: Found) -> Resolved:
    """Judge what was found; the first fault counts. Messages name the field, what was found and what would be right."""
    listed: Shortlist | None = None
    try:
        _check_schedule(run)
        listed = _shortlist(run, found)
        bundle, catalog = _catalog(run, found)
        template = _template(run, catalog)
        examples = _examples(run, catalog)
        candidates, keys = _candidates(_some(listed), found)
        _check_baseline(run, listed)
    except _FaultError as fault:
        return Resolved(fault=fault.standing, shortlist=listed)
    inputs = Inputs(
        bundle=bundle["metadata"]["name"],
        bundle_key=bundle_key(bundle),
        catalog_digest=catalog.digest,
        template=pinned(template),
        examples=len(examples),
        candidates=[with_picked_family(candidate, [template]) for candidate in candidates],
        api_keys=keys,
    )
    return Resolved(inputs, _not_ready(run, found, listed.names), listed)


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
        if lack := _lack(metric, examples):
            message = f"spec.metrics[{metric.name}]: {metric.type} compares with {lack}, and no chosen example has one"
            raise _FaultError(Reason.EXAMPLES_UNSCORABLE, message, stalled=True)
    return examples


def _lack(metric: Metric, examples: Sequence[Example]) -> str:
    """Name what a metric compares with when no example has it."""
    if metric.type == MetricType.CLASSIFICATION and not any(e.label is not None for e in examples):
        return "a label"
    if metric.type == MetricType.EXACT_MATCH and not any(e.references or e.label is not None for e in examples):
        return "references or a label"
    return ""


def _check_schedule(run: EvaluationRun) -> None:
    if fault := fault_in(run.spec.rerun):
        raise _FaultError(Reason.SCHEDULE_INVALID, f"spec.rerun.schedule: {fault}", stalled=True)


def _shortlist(run: EvaluationRun, found: Found) -> Shortlist:
    try:
        return shortlist(run.spec.candidates, found.models, judge_of(run.spec.candidates.constraints or ()))
    except ConstraintError as error:
        raise _FaultError(Reason.CONSTRAINT_INVALID, str(error), stalled=True) from error


def _some(listed: Shortlist) -> Sequence[str]:
    """Give the names of the candidates: at least one, and not more than a run compares."""
    if not listed.names:
        why = "; ".join(f"{each.model}: {each.reason}" for each in listed.excluded[:5])
        message = f"every model is excluded: {why}" if why else "no FoundationModel matches candidates.selector"
        raise _FaultError(Reason.NO_CANDIDATES, f"spec.candidates: {message}")
    if len(listed.names) > MOST_CANDIDATES:
        message = f"spec.candidates: {len(listed.names)} models are meant, and a run compares at most {MOST_CANDIDATES}"
        raise _FaultError(Reason.TOO_MANY_CANDIDATES, f"{message}: narrow selector or constraints", stalled=True)
    return listed.names


def _check_baseline(run: EvaluationRun, listed: Shortlist) -> None:
    baseline = run.spec.baseline
    why = listed.why_not(baseline.name) if baseline else ""
    if baseline and why:
        raise _FaultError(Reason.BASELINE_EXCLUDED, f"spec.baseline.name: {baseline.name} is not compared: {why}")


def _candidates(names: Sequence[str], found: Found) -> tuple[list[Candidate], dict[str, SecretReference]]:
    candidates, keys = [], {}
    for index, name in enumerate(names):
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
    if model.spec.task not in ANSWERING:
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
        family=model.family,
        api_key_variable=variable,
    )


def _not_ready(run: EvaluationRun, found: Found, names: Sequence[str]) -> Standing | None:
    """Say which input is known but not ready, so that measuring cannot begin."""
    for name in names:
        model = found.models[name]
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
