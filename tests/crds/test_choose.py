"""Selection: each row is a set of candidates, the criteria, and who is on which place and why."""

from typing import Any, NamedTuple

import pytest
import yaml

from fmops_api.card import Card
from fmops_api.evaluationrun import Gate, Operator
from fmops_api.evaluationrunstatus import GateResult, Verdict
from fmops_api.gates import decide
from fmops_api.selection import Selection
from tests.cluster.paths import REPOSITORY
from tests.crds.choices import (
    F1,
    POINTS_F1,
    POINTS_SPEED,
    PRICE,
    SPEED,
    Figures,
    order,
    priced,
    reason,
    results,
    run,
    selection,
)


class Row(NamedTuple):
    selection: Selection
    figures: Figures
    wanted: list[tuple[str, int | None]]
    selected: str | None
    words: dict[str, str]
    """Reasons, whole, by candidate."""


CLEAR = {"small": {"f1": "0.70 0.65 0.75"}, "large": {"f1": "0.90 0.87 0.93"}}
ROWS = {
    "the better by the first criterion wins": Row(
        selection(F1), CLEAR, [("large", 1), ("small", 2)], "large",
        {
            "large": "ahead of small by f1: 0.9 [0.87, 0.93] against 0.7 [0.65, 0.75]",
            "small": "behind large by f1: 0.7 [0.65, 0.75] against 0.9 [0.87, 0.93]",
        },
    ),
    "the goal decides the direction, not the name": Row(
        selection({**F1, "goal": "Minimize"}), CLEAR, [("small", 1), ("large", 2)], "small", {},
    ),
    "overlapping intervals stay a tie and say so": Row(
        selection(F1), {"a": {"f1": "0.80 0.75 0.85"}, "b": {"f1": "0.84 0.79 0.89"}}, [("a", 1), ("b", 1)], None,
        {"a": "in front; tied with b: the intervals of f1 overlap, 0.8 [0.75, 0.85] and 0.84 [0.79, 0.89]"},
    ),
    "what the first criterion cannot tell apart the second decides": Row(
        selection(F1, SPEED),
        {
            "quick": {"f1": "0.80 0.75 0.85", "latency.request.p95": "0.9 0.8 1.0"},
            "slow": {"f1": "0.84 0.79 0.89", "latency.request.p95": "3.0 2.5 3.5"},
        },
        [("quick", 1), ("slow", 2)], "quick",
        {"quick": "ahead of slow by latency.request.p95: 0.9 [0.8, 1] against 3 [2.5, 3.5]"},
    ),
    "priorities decide, not the order of writing": Row(
        selection(SPEED, F1),
        {
            "good": {"f1": "0.9 0.88 0.92", "latency.request.p95": "3 2.9 3.1"},
            "quick": {"f1": "0.7 0.68 0.72", "latency.request.p95": "1 0.9 1.1"},
        },
        [("good", 1), ("quick", 2)], "good", {},
    ),
    "a difference within the tolerance makes none": Row(
        selection({**F1, "tolerance": "0.05"}, SPEED),
        {
            "good": {"f1": "0.90 0.899 0.901", "latency.request.p95": "3 2.9 3.1"},
            "quick": {"f1": "0.86 0.859 0.861", "latency.request.p95": "1 0.9 1.1"},
        },
        [("quick", 1), ("good", 2)], "quick", {},
    ),
    "who is better than one of the tied is tied as well, however narrow its interval": Row(
        selection(F1),
        {"best": {"f1": "0.90 0.88 0.92"}, "sure": {"f1": "0.85 0.84 0.86"}, "vague": {"f1": "0.80 0.70 0.90"}},
        [("best", 1), ("sure", 1), ("vague", 1)], None, {},
    ),
    "after two on the first place comes the third": Row(
        selection(F1),
        {"a": {"f1": "0.9 0.85 0.95"}, "b": {"f1": "0.9 0.85 0.95"}, "c": {"f1": "0.5 0.4 0.6"}},
        [("a", 1), ("b", 1), ("c", 3)], None,
        {
            "b": "ahead of c by f1: 0.9 [0.85, 0.95] against 0.5 [0.4, 0.6];"
            " tied with a: f1 0.9 [0.85, 0.95] is the same",
        },
    ),
    "an interval without an end reaches as far as it may": Row(
        selection(SPEED),
        {"a": {"latency.request.p95": "1.0 0.9 -"}, "b": {"latency.request.p95": "4.0 3.5 -"}},
        [("a", 1), ("b", 1)], None, {},
    ),
    "a candidate without a figure that counts is named, not ranked": Row(
        selection(F1), {**CLEAR, "broken": {"f1": "-"}}, [("large", 1), ("small", 2), ("broken", None)], "large",
        {"broken": "not ranked: f1 was not measured"},
    ),
    "one candidate alone is selected": Row(
        selection(F1), {"only": {"f1": "0.2 0.1 0.3"}}, [("only", 1)], "only",
        {"only": "the only candidate that can be selected"},
    ),
    "points on declared scales: a latency in seconds does not drown a share": Row(
        selection(POINTS_F1, POINTS_SPEED, strategy="Weighted"),
        {
            "good": {"f1": "0.9 0.89 0.91", "latency.request.p95": "2 1.9 2.1"},
            "quick": {"f1": "0.6 0.59 0.61", "latency.request.p95": "1 0.9 1.1"},
        },
        [("good", 1), ("quick", 2)], "good",
        {"good": "0.75 [0.73, 0.77] of 1 point: f1 0.9 [0.89, 0.91] earns 0.8,"
         " latency.request.p95 2 [1.9, 2.1] earns 0.6"},
    ),
    "the unit of a figure does not matter when its scale has the same": Row(
        selection(
            POINTS_F1, {**POINTS_SPEED, "scale": {"worst": "5000", "best": "0"}}, strategy="Weighted"
        ),
        {
            "good": {"f1": "0.9 0.89 0.91", "latency.request.p95": "2000 1900 2100"},
            "quick": {"f1": "0.6 0.59 0.61", "latency.request.p95": "1000 900 1100"},
        },
        [("good", 1), ("quick", 2)], "good", {},
    ),
    "beyond its scale a figure earns no more": Row(
        selection(POINTS_F1, POINTS_SPEED, strategy="Weighted"),
        {
            "hopeless": {"f1": "0.9 0.9 0.9", "latency.request.p95": "900 900 900"},
            "slow": {"f1": "0.9 0.9 0.9", "latency.request.p95": "5 5 5"},
        },
        [("hopeless", 1), ("slow", 1)], None, {},
    ),
    "points whose intervals overlap are a tie": Row(
        selection(POINTS_F1, strategy="Weighted"),
        {"a": {"f1": "0.8 0.7 0.9"}, "b": {"f1": "0.85 0.75 0.95"}}, [("b", 1), ("a", 1)], None,
        {"a": "0.6 [0.4, 0.8] of 1 point: f1 0.8 [0.7, 0.9] earns 0.6;"
         " tied with b, whose points 0.7 [0.5, 0.9] cannot be told apart"},
    ),
    "the front holds whom nobody beats, and chooses nobody of several": Row(
        selection(*({k: v for k, v in c.items() if k != "priority"} for c in (F1, SPEED)), strategy="Pareto"),
        {
            "good": {"f1": "0.9 0.88 0.92", "latency.request.p95": "3 2.9 3.1"},
            "quick": {"f1": "0.7 0.68 0.72", "latency.request.p95": "1 0.9 1.1"},
            "worse": {"f1": "0.5 0.4 0.6", "latency.request.p95": "4 3.9 4.1"},
        },
        [("good", 1), ("quick", 1), ("worse", 3)], None,
        {"worse": "beaten by good in everything: f1 0.5 [0.4, 0.6] against 0.9 [0.88, 0.92],"
         " latency.request.p95 4 [3.9, 4.1] against 3 [2.9, 3.1]"},
    ),
    "what is not certain beats nobody": Row(
        selection({"metric": "f1", "goal": "Maximize"}, strategy="Pareto"),
        {"a": {"f1": "0.9 0.8 1"}, "b": {"f1": "0.8 0.7 0.9"}}, [("a", 1), ("b", 1)], None, {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_the_ranking(row: Row) -> None:
    choice = run(row.selection, row.figures)
    assert order(choice) == row.wanted
    assert (choice.selected.model if choice.selected else None) == row.selected
    assert {model: reason(choice, model) for model in row.words} == row.words


def test_an_unknown_price_is_unknown_and_never_zero() -> None:
    cards = {"free": priced("0"), "dear": priced("9"), "unknown": Card()}
    choice = run(selection(PRICE), {name: {} for name in cards}, cards)
    assert order(choice) == [("free", 1), ("dear", 2), ("unknown", None)]
    assert reason(choice, "unknown").startswith("not ranked: card.pricing.outputPerMillionTokens is not known")


def test_prices_in_several_currencies_are_not_compared() -> None:
    cards = {"here": priced("2", "EUR"), "there": priced("3", "USD")}
    choice = run(selection(PRICE), {name: {} for name in cards}, cards)
    assert order(choice) == [("here", None), ("there", None)]
    assert choice.condition().reason == "NobodySelectable"
    assert "the cards have prices in EUR and USD" in choice.message


@pytest.mark.parametrize(
    ("metric", "card", "value"),
    [
        ("card.parameters", {"parameters": "8B"}, "8000000000"),
        ("card.contextWindow", {"contextWindow": 8192}, "8192"),
        ("card.skills.teamFamiliarity", {"skills": {"teamFamiliarity": "0.8"}}, "0.8"),
        ("card.pricing.perAcceleratorHour", {"pricing": {"perAcceleratorHour": "2.50"}}, "2.5"),
    ],
)
def test_numbers_of_the_card(metric: str, card: dict[str, Any], value: str) -> None:
    by = selection({"metric": metric, "goal": "Maximize", "priority": 0})
    choice = run(by, {"a": {}, "b": {}}, {"a": Card.model_validate(card), "b": Card()})
    assert order(choice) == [("a", 1), ("b", None)]
    twins = run(by, {"a": {}, "b": {}}, {name: Card.model_validate(card) for name in "ab"})
    assert f"{metric} {value} is the same" in reason(twins, "a")


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (
            "0.70 0.65 0.75",
            "cannot be selected: it fails a gate: f1 lower bound at 0.95 at least 0.8: 0.70 [0.65, 0.75]",
        ),
        ("0.82 0.78 0.86", "cannot be selected: a gate cannot tell yet, which is no pass: f1 lower bound"),
    ],
)
def test_only_who_passes_every_gate_can_be_selected(figure: str, words: str) -> None:
    figures = {"cheap": {"f1": figure}, "sound": {"f1": "0.9 0.85 0.95"}}
    gate = Gate.model_validate({"metric": "f1", "op": Operator.AT_LEAST, "value": "0.8", "bound": "Lower"})
    gates = decide([gate], results(figures), list(figures))
    cheapest = selection(PRICE)
    choice = run(cheapest, figures, {"cheap": priced("1"), "sound": priced("9")}, gates)
    assert order(choice) == [("sound", 1), ("cheap", None)]
    assert reason(choice, "cheap").startswith(words)
    assert choice.pareto_front == ["sound"]


def test_nobody_who_passes_means_nobody_selected() -> None:
    bad = [GateResult(model=m, metric="f1", verdict=Verdict.FAILED) for m in CLEAR]
    choice = run(selection(F1), CLEAR, gates=bad)
    assert (choice.selected, list(choice.pareto_front)) == (None, [])
    assert (choice.condition().status, choice.condition().reason) == ("False", "NobodySelectable")


def test_a_tie_is_unknown_and_names_the_tied() -> None:
    told = run(*ROWS["overlapping intervals stay a tie and say so"][:2]).condition()
    assert (told.status, told.reason) == ("Unknown", "Tied")
    assert told.message.startswith("a, b cannot be told apart by these criteria: add a criterion or examples; a: ")


def test_the_worked_example_of_the_documentation_is_what_comes_out() -> None:
    page = (REPOSITORY / "docs" / "selection.md").read_text()
    [manifest] = yaml.safe_load_all((REPOSITORY / "examples" / "selection" / "run.yaml").read_text())
    by = Selection.model_validate(manifest["spec"]["selection"])
    figures = {
        "large": {"f1": "0.84 0.75 0.92", "latency.request.p95": "2.1 1.8 2.6"},
        "small": {"f1": "0.81 0.71 0.90", "latency.request.p95": "0.6 0.5 0.8"},
    }
    choice = run(by, figures, {"large": priced("0.90"), "small": priced("0.10")})
    for each in choice.ranking:
        assert f'- {{model: {each.model}, rank: {each.rank}, reason: "{each.reason}"}}' in page
    assert f"paretoFront: [{', '.join(choice.pareto_front)}]" in page
    narrow = {
        "large": {**figures["large"], "f1": "0.84 0.81 0.87"},
        "small": {**figures["small"], "f1": "0.73 0.70 0.76"},
    }
    assert run(by, narrow, {"large": priced("0.90"), "small": priced("0.10")}).ranking[0].model == "large"
