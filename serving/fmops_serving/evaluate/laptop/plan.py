"""From manifests to a plan: what the operator would plan, with the endpoints that the command line names."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from fmops_api.evaluationplan import Candidate, Catalog, EvaluationPlan, Figure
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.foundationmodel import FoundationModel, Task
from fmops_serving.evaluate.errors import BadInput
from fmops_serving.prompts.faults import did_you_mean
from fmops_serving.prompts.steps import Prompt, find_prompt, not_found
from fmops_serving.prompts.variants import with_picked_family


@dataclass(frozen=True)
class Reach:
    """How the command line says that candidates are reached: URLs and names of variables with keys, by model."""

    endpoints: Mapping[str, str]
    api_keys: Mapping[str, str]


def prompt_of(run: EvaluationRun, catalog: Catalog) -> Prompt:
    """Find what the run asks; raises BadInput."""
    prompt = find_prompt(catalog, run.spec.template, run.spec.chain)
    if prompt is None:
        told = not_found(catalog, run.spec.template, run.spec.chain)
        raise BadInput(f"{run.metadata.name}: the catalogue {run.spec.catalog.name} {told}")
    return prompt


def targets_of(
    run: EvaluationRun, prompt: Prompt, models: Mapping[str, FoundationModel], reach: Reach
) -> list[Candidate]:
    """Give every model that is asked, candidates first, with the names that their manifests say they serve under.

    Raises BadInput.
    """
    candidates = [reference.name for reference in run.spec.candidates.models]
    names = list(dict.fromkeys([*candidates, *prompt.models]))
    for option, given in (("--endpoint", reach.endpoints), ("--api-key", reach.api_keys)):
        for name in given:
            if name not in names:
                near = did_you_mean(name, names)
                who = "neither candidate nor step's model" if prompt.models else "no candidate"
                raise BadInput(f"{option} {name}: {run.metadata.name} has {who} of that name{near}")
    return [_target(name, models.get(name), reach, "candidate" if name in candidates else "model") for name in names]


def _target(name: str, model: FoundationModel | None, reach: Reach, what: str) -> Candidate:
    url = reach.endpoints.get(name) or _url_of(model)
    if url is None:
        raise BadInput(f"{what} {name} has no endpoint: add --endpoint {name}=URL")
    return Candidate(
        name=name,
        url=url.rstrip("/"),
        model=_name_of(model) or name,
        task=model.spec.task if model else Task.CHAT,
        family=model.family if model else None,
        api_key_variable=reach.api_keys.get(name),
    )


def _url_of(model: FoundationModel | None) -> str | None:
    """Give the URL of a model that somebody else runs, from its manifest."""
    if model and model.spec.source.provider:
        return model.spec.source.provider.base_url
    if model and model.spec.source.service:
        return model.spec.source.service.url.rstrip("/") + "/v1"
    return None


def _name_of(model: FoundationModel | None) -> str | None:
    if model and model.spec.source.provider:
        return model.spec.source.provider.model
    return model.spec.source.service.model if model and model.spec.source.service else None


def build_plan(run: EvaluationRun, catalog: Catalog, targets: list[Candidate], limit: int | None) -> EvaluationPlan:
    """Build the plan of a run; its hash covers everything that makes a figure different. Raises BadInput."""
    prompt = prompt_of(run, catalog)
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
        metrics=list(run.spec.metrics),
        figures=[Figure(metric=gate.metric, confidence=gate.confidence) for gate in run.spec.gates or ()],
        execution=run.spec.execution,
        candidates=[named[reference.name] for reference in run.spec.candidates.models],
        step_models=[named[name] for name in prompt.models] or None,
    )
    content = orjson.dumps(draft.to_manifest(), option=orjson.OPT_SORT_KEYS)
    return draft.model_copy(update={"inputs_hash": hashlib.sha256(content).hexdigest()[:10]})
