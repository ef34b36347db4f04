"""What an evaluation's template or chain comes to, judged on what was found: no cluster needed."""

from typing import Any

import pytest

from fmops_api.foundationmodel import FoundationModel
from fmops_operator.desired.evaluationrun import build_plan
from fmops_operator.desired.evaluationrun_job import build_job
from fmops_operator.reconcile.evaluationrun_inputs import Resolved, resolve
from fmops_operator.settings import Settings
from tests.operator.evaluation_samples import catalog_manifest, run
from tests.operator.model_samples import model
from tests.operator.reconcile.evaluationrun_found import BIG, CHAIN_RUN, SMALL, chained, found, serving


def families(resolved: Resolved) -> list[str | None]:
    assert resolved.inputs is not None, resolved.fault
    return [candidate.family for candidate in resolved.inputs.candidates]


VARIANT = {"selector": {"family": "llama"}, "messages": [{"role": "User", "content": "Llama: {{ input }}"}]}


@pytest.mark.parametrize(
    ("card", "architecture", "family"),
    [("llama", None, "llama"), (None, "LlamaForCausalLM", "llama"), ("qwen", "LlamaForCausalLM", None)],
)
def test_a_candidate_carries_the_family_that_picks_a_variant(
    card: str | None, architecture: str | None, family: str | None
) -> None:
    templates = catalog_manifest()["spec"]["templates"]
    templates[1]["variants"] = [VARIANT]
    spec = {"card": {"family": card}} if card else {}
    small = serving("small", spec, resolved={"architecture": architecture})
    assert families(resolve(run(), found({"templates": templates}, small))) == [family]


def test_without_variants_no_family_is_carried() -> None:
    assert families(resolve(run(), found({}, serving("small", {"card": {"family": "llama"}})))) == [None]


def test_a_chain_is_pinned_and_its_models_are_in_the_plan_with_their_keys() -> None:
    inputs = resolve(run(CHAIN_RUN), found(chained(), SMALL, BIG)).inputs
    assert inputs is not None
    assert [(model.name, model.model, model.api_key_variable) for model in inputs.step_models] == [
        ("big", "big-1", "FMOPS_STEP_API_KEY_0")
    ]
    assert inputs.api_keys["FMOPS_STEP_API_KEY_0"].name == "provider"
    plan = build_plan(run(CHAIN_RUN), inputs, "runner:1")
    assert (plan.template, plan.chain) == (None, "ticket@3")
    moved = resolve(run(CHAIN_RUN), found(chained(), SMALL, serving("big", revisions={"active": "rev-2"}))).inputs
    assert moved is not None
    assert build_plan(run(CHAIN_RUN), moved, "runner:1").inputs_hash != plan.inputs_hash
    job = build_job(run(CHAIN_RUN), plan, inputs, Settings())
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["env"] == [
        {"name": "FMOPS_STEP_API_KEY_0", "valueFrom": {"secretKeyRef": {"name": "provider", "key": "token"}}}
    ]


ALONE = {"name": "only", "template": "classify@1", "model": {"name": "big"}}
FAULTY = (
    (
        "a chain that is not there",
        {"template": None, "chain": "ticket@9"},
        chained(),
        BIG,
        ("ChainNotFound", "spec.chain: PromptCatalog tickets has no chain ticket@9; it has ticket@3, ticket@live"),
    ),
    (
        "a step's model that is not there",
        CHAIN_RUN,
        chained(),
        None,
        ("StepModelNotFound", "spec.chain: a step of ticket@3: there is no FoundationModel big"),
    ),
    (
        "a step's model that cannot answer",
        CHAIN_RUN,
        chained(),
        serving("big", {"task": "Embedding"}),
        ("StepModelUnsuitable", "spec.chain: a step of ticket@3: big has task Embedding; prompts are answered by"),
    ),
    (
        "a step's model that nobody has looked at",
        CHAIN_RUN,
        chained(),
        model(name="big"),
        ("StepModelNotReady", "FoundationModel big: the operator has not looked at it yet"),
    ),
    (
        "a step's model that does not serve now",
        CHAIN_RUN,
        chained(),
        serving("big", conditions=[{"type": "Ready", "status": "False", "reason": "NoReplicas", "message": "none"}]),
        ("StepModelNotReady", "FoundationModel big: NoReplicas: none"),
    ),
    (
        "a chain that asks no candidate",
        CHAIN_RUN,
        chained(ALONE),
        BIG,
        ("ChainUnsuitable", "spec.chain: ticket@3: every step names a model of its own"),
    ),
)


@pytest.mark.parametrize(
    ("spec", "catalog", "big", "told"), [row[1:] for row in FAULTY], ids=[row[0] for row in FAULTY]
)
def test_what_is_wrong_with_a_chain_is_told(
    spec: dict[str, Any], catalog: dict[str, Any], big: FoundationModel | None, told: tuple[str, str]
) -> None:
    fault = resolve(run(spec), found(catalog, SMALL, big)).fault
    assert fault is not None
    assert fault.reason == told[0]
    assert fault.message.startswith(told[1])
