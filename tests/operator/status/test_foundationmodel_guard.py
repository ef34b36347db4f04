"""Whether guard rails can do their work, and the words for what is wrong with them."""

from collections.abc import Mapping
from typing import Any

import pytest

from fmops_api.foundationmodel import FoundationModel
from fmops_api.guardrail import Guardrail
from fmops_api.reasons import FoundationModelReason as Reason
from fmops_operator.status.foundationmodel_guard import (
    Fault,
    assess_guard,
    classifier_fault,
    guard_model_fault,
    pattern_fault,
    readiness_fault,
)
from tests.operator.model_samples import PROVIDER, model


def rail(**fields: Any) -> Guardrail:
    return Guardrail.model_validate({"name": "judge", **fields})


def guarded_by(name: str) -> dict[str, Any]:
    guard = {"model": {"name": name}, "style": "LlamaGuard"}
    return {"guardrails": [{"name": "judge", "detector": "GuardModel", "guardModel": guard, "timeout": "5s"}]}


RAIL = rail(**{key: value for key, value in guarded_by("guard")["guardrails"][0].items() if key != "name"})


@pytest.mark.parametrize(
    ("models", "reason", "words"),
    [
        pytest.param({"guard": model(name="guard")}, None, "", id="a chat model of own pods"),
        pytest.param({"guard": model({"source": PROVIDER}, name="guard")}, None, "", id="one of a provider"),
        pytest.param({"guard": None}, Reason.GUARD_MODEL_NOT_FOUND, "there is no FoundationModel guard", id="nobody"),
        pytest.param(
            {"guard": model({"task": "Embedding"}, name="guard")},
            Reason.GUARD_MODEL_UNSUITABLE,
            "guard has task Embedding: only Chat models judge",
            id="an embedder",
        ),
        pytest.param(
            {"guard": model(guarded_by("other"), name="guard"), "other": model(name="other")},
            None,
            "",
            id="a guarded guard",
        ),
        pytest.param(
            {"guard": model(guarded_by("other"), name="guard"), "other": model(guarded_by("small"), name="other")},
            Reason.GUARD_MODEL_UNSUITABLE,
            "in a circle (small → guard → other → small): take the rail off one of them",
            id="a circle",
        ),
        pytest.param(
            {"guard": model(guarded_by("other"), name="guard"), "other": model(guarded_by("guard"), name="other")},
            None,
            "",
            id="a circle of others ends",
        ),
    ],
)
def test_a_guard_model(models: Mapping[str, FoundationModel | None], reason: Reason | None, words: str) -> None:
    fault = guard_model_fault(RAIL, "small", "guard", models)
    assert (fault.reason if fault else None) is reason
    assert words in (fault.message if fault else "")


def test_a_pattern_is_compiled_as_the_gateway_does() -> None:
    assert pattern_fault(rail(detector="Regex", pattern="a+")) is None
    look, large = (pattern_fault(rail(detector="Regex", pattern=each)) for each in ("(?=x)", "((\\pL{100}){9})x{900}"))
    assert look is not None
    assert look.reason is Reason.PATTERN_REFUSED
    assert look.message.startswith("guardrails[judge].pattern: '(?=x)' is no regular expression of RE2: ")
    assert "no look-around and no back-references" in look.message
    assert large is not None
    assert "make it smaller" in large.message


def test_a_classifier_must_be_one_of_the_gateway() -> None:
    asks = rail(detector="Classifier", classifier="hap")
    assert classifier_fault(asks, {"hap"}) is None
    fault = classifier_fault(asks, {"b", "a"})
    assert fault is not None
    assert "the gateway has no classifier hap (it has a, b): mount it by the chart" in fault.message


def test_a_guard_model_that_does_not_serve_says_so_in_its_own_words() -> None:
    condition = {"type": "Ready", "status": "False", "reason": "Unschedulable", "message": "no node"}
    guard = model(status={"conditions": [condition]}, name="guard")
    assert readiness_fault(RAIL, guard, serves=True) is None
    fault = readiness_fault(RAIL, guard, serves=False)
    assert fault == Fault(Reason.GUARD_MODEL_NOT_READY, "guardrails[judge]: guard model guard: Unschedulable: no node")


def test_the_first_fault_is_the_reason_and_all_are_told() -> None:
    assert assess_guard([], 2).status is True
    found = assess_guard([Fault(Reason.PATTERN_REFUSED, "a"), Fault(Reason.CLASSIFIER_NOT_FOUND, "b")], 2)
    assert (found.status, found.reason, found.message) == (False, Reason.PATTERN_REFUSED, "a; b")
