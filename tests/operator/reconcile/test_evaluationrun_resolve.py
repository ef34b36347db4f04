"""What an evaluation's judges, embedders and prices come to, judged on what was found: no cluster needed."""

from typing import Any

import pytest

from fmops_api.evaluationplan import Stage
from fmops_api.foundationmodel import FoundationModel
from fmops_operator.desired.evaluationrun import build_plan
from fmops_operator.desired.evaluationrun_job import build_job
from fmops_operator.reconcile.evaluationrun_inputs import resolve
from fmops_operator.settings import Settings
from tests.operator.evaluation_samples import RUBRIC, run
from tests.operator.reconcile.evaluationrun_found import (
    BIG,
    CHAIN_RUN,
    PROVIDER_WITH_KEY,
    SMALL,
    chained,
    found,
    serving,
)


def test_one_model_in_three_parts_has_a_variable_in_each() -> None:
    judge = {"name": "general", "model": {"name": "big"}, "rubric": "general@1"}
    spec = {**CHAIN_RUN, "candidates": {"models": [{"name": "big"}]}, "judges": [{**judge, "name": "also"}, judge]}
    inputs = resolve(run(spec), found({**chained(), "rubrics": [RUBRIC]}, BIG)).inputs
    assert inputs is not None
    assert sorted(inputs.api_keys) == [
        "FMOPS_API_KEY_0",
        "FMOPS_JUDGE_API_KEY_0",
        "FMOPS_JUDGE_API_KEY_1",
        "FMOPS_STEP_API_KEY_0",
    ]
    judges = [(each.judge.name, each.endpoint.api_key_variable) for each in inputs.judges]
    assert judges == [("also", "FMOPS_JUDGE_API_KEY_0"), ("general", "FMOPS_JUDGE_API_KEY_1")]


def test_a_judge_that_does_not_serve_now_is_awaited() -> None:
    conditions = [{"type": "Ready", "status": "False", "reason": "NoReplicas", "message": "none"}]
    spec = {"judges": [{"name": "general", "model": {"name": "big"}, "rubric": "general@1"}]}
    resolved = resolve(run(spec), found({"rubrics": [RUBRIC]}, SMALL, serving("big", conditions=conditions)))
    assert resolved.fault is not None
    assert (resolved.fault.reason, resolved.fault.message) == (
        "JudgeNotReady",
        "FoundationModel big: NoReplicas: none",
    )


DUEL = {
    "candidates": {"models": [{"name": "small"}, {"name": "base"}]},
    "baseline": {"name": "base"},
    "sink": {"persistentVolumeClaim": {"claimName": "rows"}},
    "judges": [
        {"name": name, "model": {"name": name}, "rubric": "general@1", "mode": mode}
        for name, mode in (("big", "Pairwise"), ("large", "Pointwise"))
    ],
    "selection": {"criteria": [{"metric": "big", "goal": "Maximize", "priority": 0}]},
}
LARGE = serving("large", {"source": PROVIDER_WITH_KEY})


def test_each_stage_gets_the_keys_of_the_judges_that_it_asks() -> None:
    judged = found({"rubrics": [RUBRIC]}, SMALL, serving("base"), BIG, LARGE)
    inputs = resolve(run(DUEL), judged).inputs
    assert inputs is not None
    plan = build_plan(run(DUEL), inputs, "runner:1")
    assert [figure.against for figure in plan.figures if figure.metric == "big"] == ["Baseline"]
    keys = {
        stage: [each["name"] for each in _container(build_job(run(DUEL), plan, inputs, Settings(), stage))["env"]]
        for stage in plan.stages
    }
    assert keys == {Stage.ANSWER: ["FMOPS_JUDGE_API_KEY_1"], Stage.COMPARE: ["FMOPS_JUDGE_API_KEY_0"]}


@pytest.mark.parametrize(("away", "answers", "compares"), [("big", False, False), ("large", False, True)])
def test_a_stage_waits_for_the_judges_that_it_asks(away: str, answers: bool, compares: bool) -> None:
    models = {"big": BIG, "large": LARGE, away: serving(away, {"source": PROVIDER_WITH_KEY}, conditions=[])}
    resolved = resolve(run(DUEL), found({"rubrics": [RUBRIC]}, SMALL, serving("base"), *models.values()))
    assert (resolved.fault is None, resolved.comparing is None) == (answers, compares)
    for standing in filter(None, (resolved.fault, resolved.comparing)):
        assert standing.reason == "JudgeNotReady"


def _container(job: dict[str, Any]) -> dict[str, Any]:
    (container,) = job["spec"]["template"]["spec"]["containers"]
    found: dict[str, Any] = container
    return found


SIMILAR = {"metrics": [{"name": "similarity", "type": "Cosine", "embedder": {"name": "minilm"}}]}
EMBEDDER_SPEC = {"source": {"provider": {**PROVIDER_WITH_KEY["provider"], "model": "minilm-l6"}}, "task": "Embedding"}


def test_an_embedder_is_in_the_plan_with_its_revision_and_its_key() -> None:
    minilm = serving("minilm", EMBEDDER_SPEC)
    inputs = resolve(run(SIMILAR), found({}, SMALL, minilm)).inputs
    assert inputs is not None
    plan = build_plan(run(SIMILAR), inputs, "runner:1")
    assert plan.embedders is not None
    assert [(each.name, each.model, each.revision, each.api_key_variable) for each in plan.embedders] == [
        ("minilm", "minilm-l6", "rev-1", "FMOPS_EMBEDDER_API_KEY_0")
    ]
    moved = resolve(run(SIMILAR), found({}, SMALL, serving("minilm", EMBEDDER_SPEC, revisions={"active": "rev-2"})))
    assert moved.inputs is not None
    assert build_plan(run(SIMILAR), moved.inputs, "runner:1").inputs_hash != plan.inputs_hash
    (container,) = build_job(run(SIMILAR), plan, inputs, Settings())["spec"]["template"]["spec"]["containers"]
    assert container["env"] == [
        {"name": "FMOPS_EMBEDDER_API_KEY_0", "valueFrom": {"secretKeyRef": {"name": "provider", "key": "token"}}}
    ]


@pytest.mark.parametrize(
    ("minilm", "reason", "sentence"),
    [
        (None, "EmbedderNotFound", "spec.metrics: embedder: there is no FoundationModel minilm"),
        (
            serving("minilm"),
            "EmbedderUnsuitable",
            "spec.metrics: embedder: minilm has task Chat; only Embedding models turn texts into vectors",
        ),
        (serving("minilm", {"task": "Embedding"}, revisions=None), "EmbedderNotReady", "FoundationModel minilm: "),
        (serving("minilm", {"task": "Embedding"}, conditions=[]), "EmbedderNotReady", "FoundationModel minilm: "),
    ],
)
def test_an_embedder_that_cannot_embed_is_waited_for_or_refused(
    minilm: FoundationModel | None, reason: str, sentence: str
) -> None:
    fault = resolve(run(SIMILAR), found({}, SMALL, minilm)).fault
    assert fault is not None
    assert (str(fault.reason), fault.message.startswith(sentence)) == (reason, True)


CLAUDE = {"provider": {"api": "Anthropic", "baseURL": "https://a.example/v1/", "model": "claude"}}


def test_another_dialect_is_evaluated_through_the_gateway() -> None:
    fault = resolve(run(), found({}, serving("small", {"source": CLAUDE}))).fault
    assert fault is not None
    assert str(fault.reason) == "CandidateUnsuitable"
    assert fault.message.startswith("spec.candidates.models: small speaks Anthropic, and evaluations the OpenAI API: ")


UNPRICED = (
    "execution.budget.cost: what small costs is not known by tokens: set card.pricing of it, or name it in spec.prices;"
    " or give budget.tokens only"
)


@pytest.mark.parametrize(
    ("pricing", "rates", "fault"),
    [
        pytest.param(
            {"inputPerMillionTokens": "2.5", "outputPerMillionTokens": "10"}, {"small": ("2.5", "10")}, None, id="known"
        ),
        pytest.param(
            None,
            {},
            UNPRICED,
            id="no price",
        ),
        pytest.param(
            {"perAcceleratorHour": "4"},
            {},
            UNPRICED,
            id="a price of time",
        ),
    ],
)
def test_a_budget_in_money_needs_the_price_of_every_model(
    pricing: dict[str, str] | None, rates: dict[str, tuple[str, str]], fault: str | None
) -> None:
    small = serving("small", {"card": {"pricing": pricing}} if pricing else {})
    budget = {"execution": {"budget": {"cost": "20"}}, "sink": {"objectStore": {"uri": "s3://lake"}}}
    resolved = resolve(run(budget), found({}, small))
    told = {name: tuple(map(str, each)) for name, each in (resolved.inputs.rates if resolved.inputs else {}).items()}
    assert (told, resolved.fault.message if resolved.fault else None) == (rates, fault)
    assert resolved.fault is None or (resolved.fault.reason, resolved.fault.stalled) == ("PriceUnknown", True)


def test_a_constraint_on_cost_asks_for_cost() -> None:
    selection = {"criteria": [{"metric": "label", "goal": "Maximize", "priority": 0}]}
    small = serving("small", {"card": {"pricing": {"inputPerMillionTokens": "1", "outputPerMillionTokens": "2"}}})
    for constraints, asked in ((["results.cost.high < 0.01"], {"small"}), (["results.label.low > 0.5"], None)):
        resolved = resolve(run({"selection": {**selection, "constraints": constraints}}), found({}, small))
        assert resolved.inputs is not None
        assert (resolved.inputs.prices and set(resolved.inputs.prices)) == asked


COSINE = {
    "metrics": [{"name": "near", "type": "Cosine", "embedder": {"name": "minilm"}}],
    "gates": None,
    "selection": None,
}


def test_a_budget_in_money_needs_the_price_of_embedders_too() -> None:
    by_tokens = {"inputPerMillionTokens": "2.5", "outputPerMillionTokens": "10"}
    models = [serving("small", {"card": {"pricing": by_tokens}}), serving("minilm", {"task": "Embedding"})]
    budget = {"execution": {"budget": {"cost": "20"}}, "sink": {"objectStore": {"uri": "s3://lake"}}}
    resolved = resolve(run({**budget, **COSINE}), found({}, *models))
    assert resolved.fault is not None
    assert resolved.fault.message.startswith("execution.budget.cost: what minilm costs is not known by tokens")


@pytest.mark.parametrize(
    ("more", "accelerators"),
    [
        (
            {"performance": {"concurrency": [8]}, "gates": [{"metric": "cost.marginal", "op": "AtMost", "value": "1"}]},
            6,
        ),
        ({"performance": {"concurrency": [8]}, "gates": None}, None),
        ({"gates": [{"metric": "cost", "op": "AtMost", "value": "1"}]}, None),
    ],
    ids=["a ladder and a cost", "a ladder alone", "a cost alone"],
)
def test_accelerators_are_counted_for_a_ladder_whose_cost_is_asked(
    more: dict[str, Any], accelerators: int | None
) -> None:
    paid = {"card": {"pricing": {"perAcceleratorHour": "4"}}, "replicas": 3}
    small = serving("small", {**paid, "resources": {"accelerator": {"vendor": "Nvidia", "count": 2}}})
    resolved = resolve(run(more), found({}, small))
    assert resolved.inputs is not None, resolved.fault
    assert [each.accelerators for each in resolved.inputs.candidates] == [accelerators]
