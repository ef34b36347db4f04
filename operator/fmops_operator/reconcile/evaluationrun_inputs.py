"""What the references of an EvaluationRun stand for just now: gathered from the cluster, then judged by pure checks."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from fmops_api.candidates import MOST_CANDIDATES, Candidates
from fmops_api.catalogsource import CatalogSource
from fmops_api.evaluationplan import Catalog, with_accelerators
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.foundationmodel import FoundationModel
from fmops_api.judge import JudgeMode
from fmops_api.metricscale import lack
from fmops_api.promptcatalog import PromptCatalog
from fmops_api.reasons import EvaluationRunReason as Reason
from fmops_api.rerun import fault_in
from fmops_api.shortlist import Shortlist, shortlist
from fmops_operator.desired.evaluationrun import Inputs
from fmops_operator.desired.promptcatalog import bundle_key, read_bundle, sources_in
from fmops_operator.manifest import CLAIM, CONFIG_MAP, FOUNDATION_MODEL, PROMPT_CATALOG, Manifest
from fmops_operator.reconcile.evaluationrun_judges import judges_of
from fmops_operator.reconcile.evaluationrun_models import (
    CANDIDATES,
    EMBEDDERS,
    FaultError,
    asked_models,
    serves,
    step_models,
)
from fmops_operator.reconcile.evaluationrun_prices import prices_of, rates_of
from fmops_operator.status.conditions import told
from fmops_operator.status.evaluationrun import Standing
from fmops_operator.world import Cluster
from fmops_serving.prompts.catalog import parse
from fmops_serving.prompts.elsewhere import comparable, how_many, sets_of, sources_of
from fmops_serving.prompts.errors import PromptError
from fmops_serving.prompts.steps import NOBODY, Prompt, find_prompt, named_models, not_found
from fmops_serving.prompts.variants import with_picked_family
from fmops_serving.shortlist.judging import ConstraintError, judge_of
from fmops_serving.shortlist.measured import faults_of_selection


@dataclass(frozen=True)
class Found:
    """What the cluster has of what a run refers to."""

    catalog: PromptCatalog | None
    bundle: Manifest | None
    models: Mapping[str, FoundationModel | None]
    """Those that the run names for anything, or steps of its chain do, and with a selector those that it matches."""
    sink: bool
    """Whether the sink's claim is there, or none is asked for."""
    prices: Manifest | None = None
    """The ConfigMap of spec.prices."""


@dataclass(frozen=True)
class Resolved:
    """The inputs, as far as they are known. A fault beside known inputs forbids to begin, not to have finished."""

    inputs: Inputs | None = None
    fault: Standing | None = None
    shortlist: Shortlist | None = None
    """Who is compared and who is excluded; None when the constraints cannot be judged."""
    comparing: Standing | None = None
    """Which judge that compares is not ready, so that comparing cannot begin; None when all are."""


async def gather(run: EvaluationRun, cluster: Cluster) -> Found:
    """Read everything that the run refers to."""
    namespace = run.metadata.namespace
    raw = await cluster.get(PROMPT_CATALOG, namespace, run.spec.catalog.name)
    catalog = PromptCatalog.parse(raw) if raw else None
    in_force = catalog.status.bundle if catalog else None
    bundle = await cluster.get(CONFIG_MAP, namespace, in_force.config_map) if in_force else None
    volume = run.spec.sink.persistent_volume_claim if run.spec.sink else None
    steps = await asyncio.to_thread(_named_by_steps, run, bundle)
    prices = run.spec.prices
    return Found(
        catalog=catalog,
        bundle=bundle,
        models=await _models(run, steps, cluster),
        sink=volume is None or await cluster.get(CLAIM, namespace, volume.claim_name) is not None,
        prices=await cluster.get(CONFIG_MAP, namespace, prices.config_map.name) if prices else None,
    )


async def _models(run: EvaluationRun, steps: Sequence[str], cluster: Cluster) -> dict[str, FoundationModel | None]:
    wanted, namespace = run.spec.candidates, run.metadata.namespace
    names = dict.fromkeys((*wanted.named, *steps, *_judging(run), *run.spec.embedders))
    named = {name: await cluster.get(FOUNDATION_MODEL, namespace, name) for name in names}
    others = await cluster.list(FOUNDATION_MODEL, namespace, {}) if wanted.selector else ()
    found = {raw["metadata"]["name"]: raw for raw in others if _may_be_meant(raw, wanted)}
    return {name: FoundationModel.parse(raw) if raw else None for name, raw in {**found, **named}.items()}


def _judging(run: EvaluationRun) -> list[str]:
    return [judge.model.name for judge in run.spec.judges or ()]


def _may_be_meant(raw: Manifest, wanted: Candidates) -> bool:
    """Look at the labels first: the other models of the namespace need not even be sound."""
    return wanted.selector is not None and wanted.selector.matches(raw["metadata"].get("labels") or {})


def _named_by_steps(run: EvaluationRun, bundle: Manifest | None) -> list[str]:
    content = read_bundle(bundle) if bundle and run.spec.chain else None
    return named_models(content, run.spec.chain) if content and run.spec.chain else []


def resolve(run: EvaluationRun, found: Found) -> Resolved:
    """Judge what was found; the first fault counts. Messages name the field, what was found and what would be right."""
    listed: Shortlist | None = None
    try:
        _check_schedule(run)
        _check_constraints(run)
        listed = _shortlist(run, found)
        bundle, catalog = _catalog(run, found)
        prompt = _prompt(run, catalog)
        examples = _examples(run, catalog)
        sources, read_at = _sources(run, found, bundle, catalog)
        candidates, keys = asked_models(CANDIDATES, {name: found.models[name] for name in _some(listed)})
        _check_baseline(run, listed)
        steps, step_keys = asked_models(step_models(prompt), {name: found.models.get(name) for name in prompt.models})
        judges, judge_keys = judges_of(run, catalog, prompt, found.models)
        paid = [*listed.names, *prompt.models, *_judging(run), *run.spec.embedders]
        rates = rates_of(run, found.prices, found.models, paid)
        embedders, embedder_keys = asked_models(EMBEDDERS, {n: found.models.get(n) for n in run.spec.embedders})
        prices = prices_of(run, found.prices, found.models, [c.name for c in (*candidates, *steps)])
        if run.spec.performance and prices:
            candidates = [with_accelerators(c, found.models[c.name], prices.get(c.name)) for c in candidates]
    except FaultError as fault:
        return Resolved(fault=fault.standing, shortlist=listed)
    inputs = Inputs(
        bundle=bundle["metadata"]["name"],
        bundle_key=bundle_key(bundle),
        catalog_digest=catalog.digest,
        prompt=prompt.reference,
        examples=examples,
        candidates=[with_picked_family(candidate, prompt.templates) for candidate in candidates],
        api_keys={**keys, **step_keys, **judge_keys, **embedder_keys},
        rates=rates,
        step_models=[with_picked_family(model, prompt.templates) for model in steps],
        judges=judges,
        prices=prices,
        # A text has no variants, so the family makes no vector different.
        embedders=[embedder.model_copy(update={"family": None}) for embedder in embedders],
        sources=sources,
        sources_read_at=read_at,
    )
    duelling = [judge.model.name for judge in run.spec.judges or () if judge.mode is JudgeMode.PAIRWISE]
    comparing = _away(duelling, found, lambda _: Reason.JUDGE_NOT_READY)
    return Resolved(inputs, _not_ready(run, found, listed.names), listed, comparing)


def _catalog(run: EvaluationRun, found: Found) -> tuple[Manifest, Catalog]:
    name = run.spec.catalog.name
    if found.catalog is None:
        raise FaultError(Reason.CATALOG_NOT_FOUND, f"spec.catalog.name: there is no PromptCatalog {name}")
    if found.bundle is None:
        raise FaultError(
            Reason.CATALOG_NOT_READY,
            f"PromptCatalog {name} has no bundle yet: {told(found.catalog.status.conditions)}",
        )
    content = read_bundle(found.bundle)
    try:
        if content is None:
            raise FaultError(Reason.CATALOG_NOT_READY, f"the bundle of PromptCatalog {name} is empty")
        return found.bundle, parse(content)
    except PromptError as error:
        raise FaultError(Reason.CATALOG_NOT_READY, f"the bundle of PromptCatalog {name}: {error}") from error


def _prompt(run: EvaluationRun, catalog: Catalog) -> Prompt:
    prompt = find_prompt(catalog, run.spec.template, run.spec.chain)
    field = "spec.template" if run.spec.template else "spec.chain"
    if prompt is None:
        reason = Reason.TEMPLATE_NOT_FOUND if run.spec.template else Reason.CHAIN_NOT_FOUND
        sentence = not_found(catalog, run.spec.template, run.spec.chain)
        raise FaultError(reason, f"{field}: PromptCatalog {run.spec.catalog.name} {sentence}", stalled=True)
    if not prompt.asks_candidate:
        raise FaultError(Reason.CHAIN_UNSUITABLE, f"{field}: {prompt.reference}: {NOBODY}", stalled=True)
    return prompt


def _examples(run: EvaluationRun, catalog: Catalog) -> int:
    try:
        number = how_many(catalog, run.spec.examples)
    except PromptError as error:
        raise FaultError(Reason.EXAMPLES_NOT_FOUND, f"spec.examples: {error}", stalled=True) from error
    examples = comparable(catalog, run.spec.examples)
    for metric in run.spec.metrics:
        if missing := lack(metric, examples):
            message = (
                f"spec.metrics[{metric.name}]: {metric.type} compares with {missing}, and no chosen example has one"
            )
            raise FaultError(Reason.EXAMPLES_UNSCORABLE, message, stalled=True)
    return number


def _sources(run: EvaluationRun, found: Found, bundle: Manifest, catalog: Catalog) -> tuple[list[CatalogSource], str]:
    """Say where examples of the run stand that are not in the bundle, and when they were read."""
    needed = sources_of(catalog, sets_of(run.spec.examples, run.spec.judges or ()))
    read = {each.name: each.read_at or "" for each in (found.catalog.status.sources if found.catalog else None) or ()}
    read_at = min((read.get(name, "") for name in needed), default="")
    return [source for source in sources_in(bundle) if source.name in needed], read_at


def _check_schedule(run: EvaluationRun) -> None:
    if fault := fault_in(run.spec.rerun):
        raise FaultError(Reason.SCHEDULE_INVALID, f"spec.rerun.schedule: {fault}", stalled=True)


def _check_constraints(run: EvaluationRun) -> None:
    for place, fault in faults_of_selection(run.spec):
        raise FaultError(Reason.CONSTRAINT_INVALID, f"spec.selection.constraints[{place}]: {fault}", stalled=True)


def _shortlist(run: EvaluationRun, found: Found) -> Shortlist:
    try:
        return shortlist(run.spec.candidates, found.models, judge_of(run.spec.candidates.constraints or ()))
    except ConstraintError as error:
        raise FaultError(Reason.CONSTRAINT_INVALID, str(error), stalled=True) from error


def _some(listed: Shortlist) -> Sequence[str]:
    """Give the names of the candidates: at least one, and not more than a run compares."""
    if not listed.names:
        why = "; ".join(f"{each.model}: {each.reason}" for each in listed.excluded[:5])
        message = f"every model is excluded: {why}" if why else "no FoundationModel matches candidates.selector"
        raise FaultError(Reason.NO_CANDIDATES, f"spec.candidates: {message}")
    if len(listed.names) > MOST_CANDIDATES:
        message = f"spec.candidates: {len(listed.names)} models are meant, and a run compares at most {MOST_CANDIDATES}"
        raise FaultError(Reason.TOO_MANY_CANDIDATES, f"{message}: narrow selector or constraints", stalled=True)
    return listed.names


def _check_baseline(run: EvaluationRun, listed: Shortlist) -> None:
    baseline = run.spec.baseline
    why = listed.why_not(baseline.name) if baseline else ""
    if baseline and why:
        raise FaultError(Reason.BASELINE_EXCLUDED, f"spec.baseline.name: {baseline.name} is not compared: {why}")


def _not_ready(run: EvaluationRun, found: Found, candidates: Sequence[str]) -> Standing | None:
    """Say which input is known but not ready, so that measuring cannot begin."""
    steps = _named_by_steps(run, found.bundle)
    asked = dict.fromkeys((*candidates, *steps, *_judging(run), *run.spec.embedders))
    if away := _away(asked, found, lambda name: _reason(name, candidates, steps, run.spec.embedders)):
        return away
    if found.catalog and found.catalog.status.observed_generation != found.catalog.metadata.generation:
        return Standing(
            Reason.CATALOG_NOT_READY, f"PromptCatalog {run.spec.catalog.name} was changed and not looked at yet"
        )
    return None


def _away(names: Iterable[str], found: Found, reason: Callable[[str], Reason]) -> Standing | None:
    """Say which of these models does not serve; None when all do."""
    for name in names:
        model = found.models[name]
        if model and not serves(model):
            return Standing(reason(name), f"FoundationModel {name}: {told(model.status.conditions)}")
    return None


def _reason(name: str, candidates: Sequence[str], steps: Sequence[str], embedders: Sequence[str]) -> Reason:
    if name in candidates:
        return Reason.CANDIDATE_NOT_READY
    if name in embedders:
        return Reason.EMBEDDER_NOT_READY
    return Reason.STEP_MODEL_NOT_READY if name in steps else Reason.JUDGE_NOT_READY
