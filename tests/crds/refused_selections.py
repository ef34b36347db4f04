"""Selections that must be refused."""

from typing import Any

from tests.crds.objects import Manifest, evaluation_run
from tests.crds.rows import Refused

BY_F1: Manifest = {"metric": "f1", "goal": "Maximize", "priority": 0}


def _selection(*criteria: Manifest, **fields: Any) -> Manifest:
    """A run that selects, by f1 when nothing else is said."""
    chosen = list(criteria) or [BY_F1]
    return evaluation_run(selection={"criteria": chosen, **fields})


def _weighted(**fields: Any) -> Manifest:
    criterion = {"metric": "f1", "goal": "Maximize", "weight": "1", "scale": {"worst": "0", "best": "1"}, **fields}
    return _selection({k: v for k, v in criterion.items() if v is not None}, strategy="Weighted")


ROWS = (
    Refused("a choice by nothing", evaluation_run(selection={"criteria": []}), "spec.selection.criteria", "at least 1"),
    Refused("a choice in no direction", _selection({"metric": "f1"}), "spec.selection.criteria[0].goal", "Required"),
    Refused(
        "a strategy of chance",
        _selection(strategy="Random"),
        "spec.selection.strategy",
        'supported values: "Lexicographic", "Weighted", "Pareto"',
    ),
    Refused(
        "a choice by a figure that the run does not measure",
        _selection({**BY_F1, "metric": "rougeL"}),
        "spec",
        "a criterion names one of the run's metrics, judges or juries, a part of one (such as latency.request.p95),"
        " coverage, errors, truncated, cost, or",
    ),
    Refused(
        "a choice by a part of the card that has no order",
        _selection({**BY_F1, "metric": "card.license.spdx"}),
        "spec",
        "or a number on the card (card.pricing.inputPerMillionTokens",
    ),
    Refused(
        "a choice without priorities",
        _selection({"metric": "f1", "goal": "Maximize"}),
        "spec.selection",
        "the Lexicographic strategy needs a priority for each criterion: 0 is looked at first",
    ),
    Refused(
        "the same priority twice",
        _selection(BY_F1, {**BY_F1, "metric": "coverage"}),
        "spec.selection",
        "two criteria have the same priority: give each its own",
    ),
    Refused(
        "the same figure twice",
        _selection(BY_F1, {**BY_F1, "priority": 1}),
        "spec.selection",
        "two criteria look at the same figure: keep one",
    ),
    Refused(
        "a criterion's tolerance below zero",
        _selection({**BY_F1, "tolerance": "-0.1"}),
        "spec.selection.criteria[0].tolerance",
        "must be a tolerance of zero or more",
    ),
    Refused(
        "a weight that Lexicographic would not look at",
        _selection({**BY_F1, "weight": "1"}),
        "spec.selection",
        "weight and scale belong to the Weighted strategy: remove them",
    ),
    Refused(
        "a tolerance that Weighted would not look at",
        _weighted(tolerance="0.1"),
        "spec.selection",
        "priority and tolerance belong to the Lexicographic strategy: remove them",
    ),
    Refused(
        "a priority that Pareto would not look at",
        _selection(strategy="Pareto"),
        "spec.selection",
        "priority and tolerance belong to the Lexicographic strategy: remove them",
    ),
    Refused(
        "points without a scale",
        _weighted(scale=None),
        "spec.selection",
        "the Weighted strategy needs a weight and a scale for each criterion",
    ),
    Refused("no weight at all", _weighted(weight="0.0"), "spec.selection.criteria[0].weight", "must be more than zero"),
    Refused(
        "a scale of one value",
        _weighted(scale={"worst": "1", "best": "1.0"}),
        "spec.selection.criteria[0].scale",
        "worst and best are the same value",
    ),
    Refused(
        "a scale against its goal",
        _weighted(goal="Minimize"),
        "spec.selection.criteria[0]",
        "goal and scale disagree",
    ),
    Refused("an empty limit", _selection(constraints=[""]), "spec.selection.constraints[0]", "at least 1 char"),
    Refused(
        "the same limit twice", _selection(constraints=["true"] * 2), "spec.selection.constraints[1]", "Duplicate value"
    ),
    Refused(
        "a limit on what nobody is compared with",
        _selection(constraints=["againstBaseline.f1.low >= 0.0"]),
        "spec",
        "a constraint on againstBaseline needs baseline: name the candidate to compare with",
    ),
    Refused(
        "a scale in words",
        _weighted(scale={"worst": "bad", "best": "1"}),
        "spec.selection.criteria[0].scale.worst",
        "must be a decimal number",
    ),
)
