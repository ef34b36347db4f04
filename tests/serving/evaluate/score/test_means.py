"""Means that an interval knows no doubt of, or would leave their scale."""

from fmops_serving.evaluate.score.figures import figures_of
from fmops_serving.evaluate.score.part import MeanPart
from fmops_serving.evaluate.score.sample import Sample


def bounds(values: list[float], *, share: bool = True) -> tuple[float | None, float | None]:
    sample = Sample()
    for place, value in enumerate(values):
        sample.add(str(place), None, value)
    part = MeanPart("m", "s", float, share, None if share else 0.0)
    (figure,) = figures_of(part, sample, len(values))
    return figure.bounds(0.95)


def test_values_that_are_all_at_an_end_are_no_certainty() -> None:
    low, high = bounds([1.0] * 5)
    assert high == 1.0
    assert (low or 1) < 0.6
    low, high = bounds([0.0] * 5)
    assert low == 0.0
    assert (high or 0) > 0.4


def test_an_interval_stays_on_the_scale() -> None:
    assert (bounds([0.4, 1.0, 1.0])[1] or 2) <= 1.0
    assert (bounds([0.0, 0.0, 0.6])[0] or 0) >= 0.0
    low, high = bounds([0.0, 100.0], share=False)
    assert low == 0
    assert (high or 0) > 100


def test_one_amount_bounds_nothing() -> None:
    assert bounds([7.0], share=False) == (None, None)


def test_the_order_of_values_makes_no_difference() -> None:
    values = [0.1 * n for n in range(1, 10)] + [1e-17, 0.3]
    assert bounds(values) == bounds(values[::-1])
    assert bounds(values, share=False) == bounds(values[::-1], share=False)
