"""Who is meant by labels, and who is left as a candidate."""

from typing import Any

import pytest

from fmops_api.candidates import Candidates
from fmops_api.foundationmodel import FoundationModel
from fmops_api.labelselector import LabelSelector
from fmops_api.shortlist import shortlist
from tests.crds.objects import foundation_model

SUPPORT = {"matchLabels": {"list": "support"}}


def expression(operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": "tier", "operator": operator, **({"values": list(values)} if values else {})}]}


@pytest.mark.parametrize(
    ("selector", "labels", "matches"),
    [
        pytest.param(SUPPORT, {"list": "support", "other": "x"}, True, id="the label is there"),
        pytest.param(SUPPORT, {"list": "sales"}, False, id="the label has another value"),
        pytest.param(SUPPORT, {}, False, id="there are no labels"),
        pytest.param(expression("In", "a", "b"), {"tier": "b"}, True, id="one of the values"),
        pytest.param(expression("In", "a", "b"), {"tier": "c"}, False, id="none of the values"),
        pytest.param(expression("In", ""), {}, False, id="In asks for the label, even with an empty value"),
        pytest.param(expression("NotIn", "a"), {"tier": "b"}, True, id="not that value"),
        pytest.param(expression("NotIn", "a"), {}, True, id="NotIn holds without the label, as in Kubernetes"),
        pytest.param(expression("NotIn", "a"), {"tier": "a"}, False, id="that value"),
        pytest.param(expression("Exists"), {"tier": ""}, True, id="it exists, though empty"),
        pytest.param(expression("Exists"), {}, False, id="it does not exist"),
        pytest.param(expression("DoesNotExist"), {}, True, id="it should not exist and does not"),
        pytest.param({**SUPPORT, **expression("Exists")}, {"list": "support"}, False, id="everything must hold"),
    ],
)
def test_a_selector(selector: dict[str, Any], labels: dict[str, str], matches: bool) -> None:
    assert LabelSelector.model_validate(selector).matches(labels) is matches


def model(name: str, labels: dict[str, str] | None = None, task: str = "Chat", **metadata: Any) -> FoundationModel:
    return FoundationModel.parse(
        {**foundation_model(task=task), "metadata": {"name": name, "labels": labels or {}, **metadata}}
    )


def judge(found: FoundationModel) -> str:
    return "it is bad" if found.metadata.name.startswith("bad") else ""


MODELS = {
    each.metadata.name: each
    for each in (
        model("chosen", {"list": "support"}),
        model("other"),
        model("bad", {"list": "support"}),
        model("embedder", {"list": "support"}, task="Embedding"),
        model("going", {"list": "support"}, deletionTimestamp="2026-01-01T00:00:00Z"),
    )
}


@pytest.mark.parametrize(
    ("wanted", "names", "excluded"),
    [
        pytest.param({"models": [{"name": "other"}, {"name": "absent"}]}, ["absent", "other"], {}, id="named ones"),
        pytest.param(
            {"selector": SUPPORT},
            ["chosen"],
            {"bad": "it is bad", "embedder": "its task is Embedding; prompts are answered by Chat and Completion"},
            id="those that match; one on its way out does not count",
        ),
        pytest.param(
            {"models": [{"name": "other"}, {"name": "chosen"}], "selector": SUPPORT},
            ["chosen", "other"],
            {"bad": "it is bad", "embedder": "its task is Embedding; prompts are answered by Chat and Completion"},
            id="named and matching ones, each once",
        ),
        pytest.param({"models": [{"name": "bad"}]}, [], {"bad": "it is bad"}, id="a named one is judged as well"),
    ],
)
def test_the_shortlist(wanted: dict[str, Any], names: list[str], excluded: dict[str, str]) -> None:
    found = shortlist(Candidates.model_validate(wanted), MODELS, judge)
    assert list(found.names) == names
    assert {each.model: each.reason for each in found.excluded} == excluded
