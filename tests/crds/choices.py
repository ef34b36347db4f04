"""Figures of candidates, and the choice among them."""

from typing import Any

from fmops_api.card import Card
from fmops_api.choose.decision import Choice, Evidence, choose
from fmops_api.evaluationrunstatus import GateResult, Result
from fmops_api.selection import Selection

Figures = dict[str, dict[str, str]]
"""By candidate, then metric: `value`, or `value low high` with `-` for an end that is not known."""
F1 = {"metric": "f1", "goal": "Maximize", "priority": 0}
SPEED = {"metric": "latency.request.p95", "goal": "Minimize", "priority": 1}
PRICE = {"metric": "card.pricing.outputPerMillionTokens", "goal": "Minimize", "priority": 2}
POINTS_F1 = {"metric": "f1", "goal": "Maximize", "weight": "3", "scale": {"worst": "0.5", "best": "1"}}
POINTS_SPEED = {
    "metric": "latency.request.p95",
    "goal": "Minimize",
    "weight": "1",
    "scale": {"worst": "5", "best": "0"},
}


def selection(*criteria: dict[str, Any], strategy: str = "Lexicographic") -> Selection:
    return Selection.model_validate({"strategy": strategy, "criteria": list(criteria)})


def results(figures: Figures) -> list[Result]:
    found = []
    for model, metrics in figures.items():
        for metric, text in metrics.items():
            value, low, high = [None if part == "-" else part for part in (text.split() * 3)[:3]]
            found.append(Result(model=model, metric=metric, value=value, low=low, high=high))
    return found


def priced(price: str, currency: str = "USD") -> Card:
    pricing = {"inputPerMillionTokens": "1", "outputPerMillionTokens": price, "currency": currency}
    return Card.model_validate({"pricing": pricing})


def run(
    chosen_by: Selection, figures: Figures, cards: dict[str, Card] | None = None, gates: list[GateResult] | None = None
) -> Choice:
    return choose(chosen_by, Evidence(list(figures), results(figures), gates or [], cards or {}))


def order(choice: Choice) -> list[tuple[str, int | None]]:
    return [(each.model, each.rank) for each in choice.ranking]


def reason(choice: Choice, model: str) -> str:
    return next(each.reason for each in choice.ranking if each.model == model)
