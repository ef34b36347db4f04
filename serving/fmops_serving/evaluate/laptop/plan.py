"""From manifests to a plan: what the operator would plan, with the endpoints that the command line names."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from fmops_api.candidates import MOST_CANDIDATES
from fmops_api.card import Pricing
from fmops_api.evaluationplan import Candidate, Catalog, EvaluationPlan, Figure, PlannedJudge, with_accelerators
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.foundationmodel import FoundationModel, Task
from fmops_api.judge import KAPPA
from fmops_api.metric import spelled_out
from fmops_api.shortlist import Shortlist, shortlist
from fmops_api.sources import ProviderApi
from fmops_serving.evaluate.errors import BadInput
from fmops_serving.prompts.faults import did_you_mean
from fmops_serving.prompts.steps import Prompt, find_prompt, not_found
from fmops_serving.prompts.variants import with_picked_family
from fmops_serving.shortlist.judging import ConstraintError, judge_of
from fmops_serving.shortlist.measured import faults_of_selection


@dataclass(frozen=True)
class Reach:
    """How the command line says that models are reached: URLs and names of variables with keys, by model."""

    endpoints: Mapping[str, str]
    api_keys: Mapping[str, str]


@dataclass(frozen=True)
class Asked:
    """Who is asked what."""

    run: EvaluationRun
    candidates: Sequence[str]
    prompt: Prompt
    prices: Mapping[str, Pricing] | None = None
    """By model that answers, of those that have one; None when nobody asks for cost."""

    @property
    def judges(self) -> list[str]:
        """Name the models that judge, each once."""
        return list(dict.fromkeys(judge.model.name for judge in self.run.spec.judges or ()))

    @property
    def embedders(self) -> list[str]:
        """Name the models that Cosine metrics name, each once."""
        return self.run.spec.embedders

    @property
    def models(self) -> list[str]:
        """Name every model that is asked, each once: candidates, those of steps, judges, embedders."""
        return list(dict.fromkeys([*self.candidates, *self.prompt.models, *self.judges, *self.embedders]))

    @property
    def roles(self) -> str:
        """Say in words that a name is none of those that are asked."""
        parts = {"step's model": self.prompt.models, "judge": self.judges, "embedder": self.embedders}
        others = [word for word, models in parts.items() if models]
        return f"neither candidate nor {' nor '.join(others)}" if others else "no candidate"

    def role(self, name: str) -> str:
        """Say in a word what a model is asked for."""
        if name in self.candidates:
            return "candidate"
        if name in self.embedders:
            return "embedder"
        return "model" if name in self.prompt.models else "judge"


def prompt_of(run: EvaluationRun, catalog: Catalog) -> Prompt:
    """Find what the run asks; raises BadInput."""
    prompt = find_prompt(catalog, run.spec.template, run.spec.chain)
    if prompt is None:
        told = not_found(catalog, run.spec.template, run.spec.chain)
        raise BadInput(f"{run.metadata.name}: the catalogue {run.spec.catalog.name} {told}")
    return prompt


def shortlist_of(run: EvaluationRun, models: Mapping[str, FoundationModel]) -> Shortlist:
    """Choose the candidates among the manifests, as the operator would among the cluster's models; raises BadInput.

    A named model needs no manifest, unless there are constraints, which are judged on its card.
    """
    wanted = run.spec.candidates
    for place, fault in faults_of_selection(run.spec):
        raise BadInput(f"{run.metadata.name}: spec.selection.constraints[{place}]: {fault}")
    missing = [name for name in wanted.named if name not in models]
    if wanted.constraints and missing:
        raise BadInput(f"candidates.constraints look at cards: add the FoundationModel {missing[0]} with -f")
    try:
        listed = shortlist(wanted, models, judge_of(wanted.constraints or ()))
    except ConstraintError as error:
        raise BadInput(f"{run.metadata.name}: {error}") from None
    if not listed.names:
        why = "; ".join(f"{each.model}: {each.reason}" for each in listed.excluded)
        raise BadInput(f"{run.metadata.name} has no candidate: {why or 'no FoundationModel among the files matches'}")
    if len(listed.names) > MOST_CANDIDATES:
        raise BadInput(
            f"{run.metadata.name} has {len(listed.names)} candidates: at most {MOST_CANDIDATES} are compared"
        )
    baseline = run.spec.baseline
    if baseline and (why := listed.why_not(baseline.name)):
        raise BadInput(f"{run.metadata.name}: the baseline {baseline.name} is not compared: {why}")
    return listed


def targets_of(asked: Asked, models: Mapping[str, FoundationModel], reach: Reach) -> list[Candidate]:
    """Give every model that is asked, with the names that their manifests say they serve under; raises BadInput."""
    names = asked.models
    for option, given in (("--endpoint", reach.endpoints), ("--api-key", reach.api_keys)):
        for name in given:
            if name not in names:
                near = did_you_mean(name, names)
                raise BadInput(f"{option} {name}: {asked.run.metadata.name} has {asked.roles} of that name{near}")
    targets = [_target(name, models.get(name), reach, asked.role(name)) for name in names]
    if asked.run.spec.performance is None or asked.prices is None:
        return targets
    return [with_accelerators(each, models.get(each.name), asked.prices.get(each.name)) for each in targets]


def _target(name: str, model: FoundationModel | None, reach: Reach, what: str) -> Candidate:
    url = reach.endpoints.get(name) or _url_of(model)
    if url is None and model and model.spec.source.provider:
        raise BadInput(
            f"{what} {name} speaks {model.spec.source.provider.api}, which is asked through a gateway: "
            f"start `fmops gateway` with a route to it and add --endpoint {name}=URL"
        )
    if url is None:
        raise BadInput(f"{what} {name} has no endpoint: add --endpoint {name}=URL")
    return Candidate(
        name=name,
        url=url.rstrip("/"),
        model=_name_of(model) or name,
        task=model.spec.task if model else Task.EMBEDDING if what == "embedder" else Task.CHAT,
        family=model.family if model else None,
        api_key_variable=reach.api_keys.get(name),
    )


def _url_of(model: FoundationModel | None) -> str | None:
    """Give the URL of a model that somebody else runs, from its manifest."""
    if model and (provider := model.spec.source.provider):
        return provider.base_url if provider.api is ProviderApi.OPENAI else None
    if model and model.spec.source.service:
        return model.spec.source.service.url.rstrip("/") + "/v1"
    return None


def _name_of(model: FoundationModel | None) -> str | None:
    """Give the name to ask for; a gateway, which speaks for the dialects of some providers, has the object's own."""
    if model and (provider := model.spec.source.provider):
        return provider.model if provider.api is ProviderApi.OPENAI else None
    return model.spec.source.service.model if model and model.spec.source.service else None


def build_plan(asked: Asked, catalog: Catalog, targets: list[Candidate], limit: int | None) -> EvaluationPlan:
    """Build the plan of a run; its hash covers everything that makes a figure different."""
    run, prompt = asked.run, asked.prompt
    examples = run.spec.examples
    if limit is not None:
        examples = examples.model_copy(update={"limit": min(limit, examples.limit or limit)})
    named = {target.name: with_picked_family(target, prompt.templates) for target in targets}
    draft = EvaluationPlan(
        namespace=run.metadata.namespace,
        run=run.metadata.name,
        inputs_hash="",
        catalog_digest=catalog.digest,
        template=prompt.reference if run.spec.template else None,
        chain=prompt.reference if run.spec.chain else None,
        examples=examples,
        repeats=run.spec.repeats,
        baseline=run.spec.baseline.name if run.spec.baseline else None,
        null_control=bool(run.spec.baseline and run.spec.baseline.null_control),
        metrics=sorted(map(spelled_out, run.spec.metrics), key=lambda metric: metric.name),
        judges=_judges(run, targets) or None,
        juries=sorted(run.spec.juries, key=lambda jury: jury.name) if run.spec.juries else None,
        embedders=[named[name].model_copy(update={"family": None}) for name in asked.embedders] or None,
        performance=run.spec.performance,
        prices=None if asked.prices is None else dict(asked.prices),
        slices=sorted(run.spec.slices or ()),
        figures=_figures(run),
        execution=run.spec.execution,
        candidates=[named[name] for name in asked.candidates],
        step_models=[named[name] for name in prompt.models] or None,
    )
    content = orjson.dumps(draft.to_manifest(), option=orjson.OPT_SORT_KEYS)
    return draft.model_copy(update={"inputs_hash": hashlib.sha256(content).hexdigest()[:10]})


def _judges(run: EvaluationRun, targets: Sequence[Candidate]) -> list[PlannedJudge]:
    # What a judge is asked has no variants, so its family makes no verdict different.
    named = {target.name: target.model_copy(update={"family": None}) for target in targets}
    judges = sorted(run.spec.judges or (), key=lambda judge: judge.name)
    return [PlannedJudge(judge=judge, endpoint=named[judge.model.name]) for judge in judges]


def _figures(run: EvaluationRun) -> list[Figure]:
    """Name what gates and trust look at."""
    gated = [Figure(metric=g.metric, against=g.against, confidence=g.confidence) for g in run.spec.gates or ()]
    return [*gated, *(Figure(metric=f"{j.name}.{KAPPA}") for j in run.spec.judges or () if j.calibration)]
