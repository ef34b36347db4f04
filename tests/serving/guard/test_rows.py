"""Rows are added as their numbers are, whatever their signs and however many there are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_serving.guard.rows import FIELDS, UNIT, added, first_of, row

NUMBERS = st.lists(st.floats(-250, 250), min_size=FIELDS, max_size=FIELDS)


@settings(max_examples=30, deadline=None)
@given(st.lists(NUMBERS, max_size=8))
def test_a_sum_of_rows_has_the_sums_of_their_numbers(numbers: list[list[float]]) -> None:
    sums = [sum(column) for column in zip(*numbers, strict=True)] or [0.0] * FIELDS
    assert [field * UNIT for field in added(list(map(row, numbers)))] == pytest.approx(sums, abs=1e-11)


@pytest.mark.parametrize("count", [1, 1024, 1025, 5000])
def test_the_largest_numbers_can_be_added_any_number_of_times(count: int) -> None:
    largest = [255.0, -255.0, 255.0, -255.0, -255.0, -255.0]
    assert [field * UNIT for field in added([row(largest)] * count)] == [count * number for number in largest]


@pytest.mark.parametrize("others", [-3.5, 0.0, 255.0])
def test_the_first_number_of_a_row_is_read_whatever_the_others_are(others: float) -> None:
    assert first_of(row([102.5, *[others] * (FIELDS - 1)])) * UNIT == 102.5


def test_a_number_that_is_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^-256 is too large to be added up$"):
        row([1.0, -256.0, 0.0, 0.0, 0.0, 0.0])
