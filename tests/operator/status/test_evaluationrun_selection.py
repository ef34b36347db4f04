"""What the status says of the choice among candidates."""

from typing import Any

import pytest

from fmops_api.card import Card
from fmops_api.evaluationrunstatus import EvaluationRunStatus
from fmops_api.reasons import EvaluationRunReason as Reason
from fmops_operator.status.evaluationrun import Standing, View, assess
from tests.operator.evaluation_samples import run

BY_LABEL = {"criteria": [{"metric": "label", "goal": "Maximize", "priority": 0}]}
BY_PRICE = {"criteria": [{"metric": "card.pricing.outputPerMillionTokens", "goal": "Minimize", "priority": 0}]}
AT_LEAST_HALF = [{"metric": "label", "op": "AtLeast", "value": "0.50", "bound": "Lower"}]
CARDS = {
    name: Card.model_validate({"pricing": {"inputPerMillionTokens": "1", "outputPerMillionTokens": price}})
    for name, price in (("large", "9"), ("small", "1"))
}
DONE = View(["large", "small"], cards=CARDS)


def record(large: str, small: str, **more: Any) -> EvaluationRunStatus:
    results = [
        dict(zip(("model", "metric", "value", "low", "high"), (model, "label", *figure.split()), strict=True))
        for model, figure in (("large", large), ("small", small))
    ]
    return EvaluationRunStatus.model_validate({"inputsHash": "h", "results": results, **more})


def said(status: EvaluationRunStatus, kind: str) -> tuple[str, str]:
    return next((c.status, c.reason) for c in status.conditions if c.type == kind)


@pytest.mark.parametrize(
    ("spec", "figures", "selected", "condition", "gate"),
    [
        pytest.param(
            {"selection": BY_LABEL},
            ("0.9 0.8 1", "0.5 0.4 0.6"),
            "large",
            ("True", "Selected"),
            ("True", "NoGates"),
            id="one stands in front",
        ),
        pytest.param(
            {"selection": BY_LABEL},
            ("0.6 0.4 0.8", "0.5 0.3 0.7"),
            None,
            ("Unknown", "Tied"),
            ("True", "NoGates"),
            id="nobody is chosen by chance",
        ),
        pytest.param(
            {"selection": BY_PRICE, "gates": AT_LEAST_HALF},
            ("0.9 0.8 1", "0.3 0.2 0.4"),
            "large",
            ("True", "Selected"),
            ("True", "Passed"),
            id="a failing candidate is not chosen, and does not fail the one that is",
        ),
        pytest.param(
            {"selection": {**BY_PRICE, "constraints": ["results.label.low >= 0.5"]}},
            ("0.9 0.8 1", "0.6 0.4 0.8"),
            "large",
            ("True", "Selected"),
            ("True", "NoGates"),
            id="who breaks a constraint on results is not chosen",
        ),
        pytest.param(
            {"selection": {**BY_PRICE, "constraints": ["results.cost.value < 1.0"]}},
            ("0.9 0.8 1", "0.6 0.4 0.8"),
            None,
            ("False", "NobodySelectable"),
            ("True", "NoGates"),
            id="what was not measured meets no constraint",
        ),
        pytest.param(
            {"selection": BY_PRICE, "gates": AT_LEAST_HALF},
            ("0.9 0.8 1", "0.6 0.4 0.8"),
            "large",
            ("True", "Selected"),
            ("True", "Passed"),
            id="inconclusive is no pass",
        ),
        pytest.param(
            {"selection": BY_PRICE, "gates": AT_LEAST_HALF},
            ("0.6 0.4 0.8", "0.3 0.2 0.4"),
            None,
            ("False", "NobodySelectable"),
            ("Unknown", "Inconclusive"),
            id="with more examples one of them might pass",
        ),
        pytest.param(
            {"selection": BY_PRICE, "gates": AT_LEAST_HALF},
            ("0.3 0.2 0.4", "0.3 0.2 0.4"),
            None,
            ("False", "NobodySelectable"),
            ("False", "Failed"),
            id="nobody passes",
        ),
    ],
)
def test_the_choice(
    spec: dict[str, Any],
    figures: tuple[str, str],
    selected: str | None,
    condition: tuple[str, str],
    gate: tuple[str, str],
) -> None:
    found = assess(run(spec).spec, record(*figures), DONE)
    assert (found.selected.model if found.selected else None) == selected
    assert (said(found, "Selected"), said(found, "GatePassed")) == (condition, gate)
    assert {each.model for each in found.ranking} == {"large", "small"}
    assert all(each.reason for each in found.ranking)


def test_the_choice_stays_with_its_results_while_new_inputs_are_awaited() -> None:
    finished = record("0.9 0.8 1", "0.5 0.4 0.6", finishedAt="2026-01-01T00:00:00Z")
    chosen = assess(run({"selection": BY_LABEL}).spec, finished, DONE)
    waiting = View(["large", "small"], work=Standing(Reason.CANDIDATE_NOT_READY))
    awaited = assess(run({"selection": BY_LABEL}).spec, chosen, waiting)
    assert (awaited.selected, awaited.ranking) == (chosen.selected, chosen.ranking)
    assert said(awaited, "Selected") == ("Unknown", "Undecided")
    assert assess(run({}).spec, awaited, DONE).selected is None, "nobody asks for a choice any more"


def test_nothing_is_chosen_before_everything_is_measured_and_an_old_choice_does_not_stay() -> None:
    chosen = assess(run({"selection": BY_LABEL}).spec, record("0.9 0.8 1", "0.5 0.4 0.6"), DONE)
    again = assess(run({"selection": BY_LABEL}).spec, chosen, View(["large", "small"], work=Standing(Reason.RUNNING)))
    assert (again.selected, again.ranking, again.pareto_front) == (None, [], [])
    assert said(again, "Selected") == ("Unknown", "Undecided")


def test_a_run_without_selection_has_no_such_condition() -> None:
    found = assess(run({}).spec, record("0.9 0.8 1", "0.5 0.4 0.6"), DONE)
    assert "Selected" not in {c.type for c in found.conditions}
    assert found.ranking == []
