"""Selection: what holds for any figures."""

import itertools
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_api.choose.measures import Contender, Measure
from fmops_api.choose.pareto import beats
from fmops_api.selection import Selection
from tests.crds.choices import F1, POINTS_F1, POINTS_SPEED, SPEED, Figures, order, run, selection

# What holds for any figures.

METRICS = ("f1", "latency.request.p95")
LEXICOGRAPHIC = selection({**F1, "tolerance": "0.05"}, {**SPEED, "tolerance": "0.5"})
WEIGHTED = selection(POINTS_F1, POINTS_SPEED, strategy="Weighted")
PARETO = selection(*({k: c[k] for k in ("metric", "goal")} for c in (F1, SPEED)), strategy="Pareto")
EVERY = pytest.mark.parametrize("by", [LEXICOGRAPHIC, WEIGHTED, PARETO], ids=["Lexicographic", "Weighted", "Pareto"])


@st.composite
def figure(draw: st.DrawFn, most: int) -> str:
    value, below, above = (draw(st.integers(0, most)) for _ in range(3))
    low = "-" if draw(st.booleans()) and below > most // 2 else str(Decimal(max(0, value - below)) / 100)
    return f"{Decimal(value) / 100} {low} {Decimal(value + above) / 100}"


CANDIDATES = st.lists(st.tuples(figure(100), figure(900)), min_size=1, max_size=6).map(
    lambda rows: {f"m{n}": dict(zip(METRICS, row, strict=True)) for n, row in enumerate(rows)}
)


@EVERY
@given(figures=CANDIDATES, data=st.data())
@settings(max_examples=60, deadline=None)
def test_the_order_of_candidates_changes_nothing(by: Selection, figures: Figures, data: st.DataObject) -> None:
    shuffled = dict(data.draw(st.permutations(list(figures.items()))))
    assert run(by, shuffled) == run(by, figures)


def _contenders(figures: Figures) -> list[Contender]:
    def end(text: str, sign: str) -> Decimal:
        return Decimal(f"{sign}Infinity") if text == "-" else Decimal(text)

    found = []
    for name, metrics in figures.items():
        parts = [metrics[metric].split() for metric in METRICS]
        found.append(Contender(name, [Measure(Decimal(v), end(low, "-"), end(high, "")) for v, low, high in parts]))
    return found


@EVERY
@given(figures=CANDIDATES)
@settings(max_examples=100, deadline=None)
def test_who_is_beaten_in_everything_is_never_ahead(by: Selection, figures: Figures) -> None:
    choice = run(by, figures)
    rank = {each.model: each.rank or 0 for each in choice.ranking}
    for one, other in itertools.permutations(_contenders(figures), 2):
        if beats(by.criteria, one, other):
            assert rank[one.name] <= rank[other.name]
            assert other.name not in choice.pareto_front


@EVERY
@given(figures=CANDIDATES)
@settings(max_examples=60, deadline=None)
def test_everybody_has_a_rank_and_somebody_the_first(by: Selection, figures: Figures) -> None:
    choice = run(by, figures)
    assert sorted(each.model for each in choice.ranking) == sorted(figures)
    ranks = [each.rank for each in choice.ranking]
    assert ranks[0] == 1
    assert ranks == sorted(rank or 0 for rank in ranks)
    assert choice.pareto_front


def _in_thousandths(by: Selection) -> Selection:
    def scaled(criterion: dict[str, Any]) -> dict[str, Any]:
        if criterion["metric"] != METRICS[1]:
            return criterion
        inner = {k: str(Decimal(v) * 1000) for k, v in criterion.get("scale", {}).items()}
        outer = {k: str(Decimal(criterion[k]) * 1000) for k in ("tolerance",) if k in criterion}
        return {**criterion, **outer, **({"scale": inner} if inner else {})}

    manifest = by.to_manifest()
    return Selection.model_validate({**manifest, "criteria": [scaled(c) for c in manifest["criteria"]]})


@EVERY
@given(figures=CANDIDATES)
@settings(max_examples=60, deadline=None)
def test_seconds_and_milliseconds_give_the_same_order(by: Selection, figures: Figures) -> None:
    def milli(text: str) -> str:
        return " ".join(part if part == "-" else str(Decimal(part) * 1000) for part in text.split())

    scaled = {name: {**m, METRICS[1]: milli(m[METRICS[1]])} for name, m in figures.items()}
    assert order(run(_in_thousandths(by), scaled)) == order(run(by, figures))
