"""From manifests to a plan: what the operator would plan, with the endpoints that the command line names."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from fmops_api.evaluationplan import Candidate, Catalog, EvaluationPlan, Figure, PlannedJudge
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.foundationmodel import FoundationModel, Task
from fmops_api.judge import KAPPA
from fmops_serving.evaluate.errors import BadInput
from fmops_serving.prompts.faults import did_you_mean
from fmops_serving.prompts.references import find_template, pinned


@dataclass(frozen=True)
class Reach:
    """How the command line says that models are reached: URLs and names of variables with keys, by model."""

    endpoints: Mapping[str, str]
    api_keys: Mapping[str, str]


def endpoints_of(run: EvaluationRun, models: Mapping[str, FoundationModel], reach: Reach) -> list[Candidate]:
    """Give the run's candidates, then its judges' models, as their manifests say they serve; raises BadInput."""
    candidates = [reference.name for reference in run.spec.candidates.models]
    judges = [judge.model.name for judge in run.spec.judges or ()]
    names = list(dict.fromkeys([*candidates, *judges]))
    for option, given in (("--endpoint", reach.endpoints), ("--api-key", reach.api_keys)):
        for name in given:
            if name not in names:
                raise BadInput(
                    f"{option} {name}: {run.metadata.name} has no candidate or judge of that name"
                    f"{did_you_mean(name, names)}"
                )
    return [_endpoint(name, "candidate" if name in candidates else "judge", models.get(name), reach) for name in names]


def _endpoint(name: str, what: str, model: FoundationModel | None, reach: Reach) -> Candidate:
    url = reach.endpoints.get(name) or _url_of(model)
    if url is None:
        raise BadInput(f"{what} {name} has no endpoint: add --endpoint {name}=URL")
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


def build_plan(run: EvaluationRun, catalog: Catalog, endpoints: list[Candidate], limit: int | None) -> EvaluationPlan:
    """Build the plan of a run; its hash covers everything that makes a figure different. Raises BadInput."""
    by_name = {endpoint.name: endpoint for endpoint in endpoints}
    judges = [PlannedJudge(judge=judge, endpoint=by_name[judge.model.name]) for judge in run.spec.judges or ()]
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
        metrics=list(run.spec.metrics),
        judges=judges or None,
        juries=run.spec.juries,
        figures=[
            *(Figure(metric=gate.metric, confidence=gate.confidence) for gate in run.spec.gates or ()),
            *(Figure(metric=f"{planned.judge.name}.{KAPPA}") for planned in judges if planned.judge.calibration),
        ],
        execution=run.spec.execution,
        candidates=[by_name[reference.name] for reference in run.spec.candidates.models],
    )
    content = orjson.dumps(draft.to_manifest(), option=orjson.OPT_SORT_KEYS)
    return draft.model_copy(update={"inputs_hash": hashlib.sha256(content).hexdigest()[:10]})
