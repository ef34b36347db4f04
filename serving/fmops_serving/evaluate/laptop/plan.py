"""From manifests to a plan: what the operator would plan, with the endpoints that the command line names."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from fmops_api.evaluationplan import Candidate, Catalog, EvaluationPlan, Figure
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.foundationmodel import FoundationModel, Task
from fmops_api.metric import spelled_out
from fmops_serving.evaluate.errors import BadInput
from fmops_serving.prompts.faults import did_you_mean
from fmops_serving.prompts.references import find_template, pinned


@dataclass(frozen=True)
class Reach:
    """How the command line says that candidates are reached: URLs and names of variables with keys, by model."""

    endpoints: Mapping[str, str]
    api_keys: Mapping[str, str]


def candidates_of(run: EvaluationRun, models: Mapping[str, FoundationModel], reach: Reach) -> list[Candidate]:
    """Give the run's candidates with the names that their manifests say they serve under; raises BadInput."""
    names = [reference.name for reference in run.spec.candidates.models]
    for option, given in (("--endpoint", reach.endpoints), ("--api-key", reach.api_keys)):
        for name in given:
            if name not in names:
                raise BadInput(
                    f"{option} {name}: {run.metadata.name} has no candidate of that name{did_you_mean(name, names)}"
                )
    return [_candidate(name, models.get(name), reach) for name in names]


def _candidate(name: str, model: FoundationModel | None, reach: Reach) -> Candidate:
    url = reach.endpoints.get(name) or _url_of(model)
    if url is None:
        raise BadInput(f"candidate {name} has no endpoint: add --endpoint {name}=URL")
    return Candidate(
        name=name,
        url=url.rstrip("/"),
        model=_name_of(model) or name,
        task=model.spec.task if model else Task.CHAT,
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


def build_plan(run: EvaluationRun, catalog: Catalog, candidates: list[Candidate], limit: int | None) -> EvaluationPlan:
    """Build the plan of a run; its hash covers everything that makes a figure different. Raises BadInput."""
    template = find_template(catalog.templates, run.spec.template)
    if template is None:
        raise BadInput(
            f"{run.metadata.name}: the catalogue {run.spec.catalog.name} has no template {run.spec.template}"
        )
    examples = run.spec.examples
    if limit is not None:
        examples = examples.model_copy(update={"limit": min(limit, examples.limit or limit)})
    draft = EvaluationPlan(
        namespace=run.metadata.namespace,
        run=run.metadata.name,
        inputs_hash="",
        catalog_digest=catalog.digest,
        template=pinned(template),
        examples=examples,
        metrics=[spelled_out(metric) for metric in run.spec.metrics],
        slices=sorted(run.spec.slices or ()),
        figures=[Figure(metric=gate.metric, confidence=gate.confidence) for gate in run.spec.gates or ()],
        execution=run.spec.execution,
        candidates=candidates,
    )
    content = orjson.dumps(draft.to_manifest(), option=orjson.OPT_SORT_KEYS)
    return draft.model_copy(update={"inputs_hash": hashlib.sha256(content).hexdigest()[:10]})
