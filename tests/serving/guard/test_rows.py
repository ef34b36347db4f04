"""Rows are added as their numbers are, whatever their signs and however many there are."""

from struct import iter_unpack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_serving.guard.rows import FIELDS, UNIT, added, lacking, row, written

NUMBERS = st.lists(st.floats(-250, 250), min_size=FIELDS, max_size=FIELDS)


@settings(max_examples=30, deadline=None)
@given(st.lists(NUMBERS, max_size=8))
def test_a_sum_of_rows_has_the_sums_of_their_numbers(numbers: list[list[float]]) -> None:
    sums = [sum(column) for column in zip(*numbers, strict=True)] or [0.0] * FIELDS
    assert [field * UNIT for field in added(list(map(row, numbers)))] == pytest.approx(sums, abs=1e-11)


@settings(max_examples=30, deadline=None)
@given(st.lists(NUMBERS, max_size=4))
def test_rows_are_written_as_their_numbers(numbers: list[list[float]]) -> None:
    rows = list(map(row, numbers))
    assert list(iter_unpack(f"<{FIELDS}q", written(rows))) == [added([each]) for each in rows]


@pytest.mark.parametrize("count", [1, 1024, 1025, 5000])
def test_the_largest_numbers_can_be_added_any_number_of_times(count: int) -> None:
    largest = [255.0, -255.0, 255.0, -255.0, -255.0, -255.0, 255.0]
    assert [field * UNIT for field in added([row(largest)] * count)] == [count * number for number in largest]


@pytest.mark.parametrize("others", [-3.5, 0.0, 255.0])
def test_what_squares_lack_is_told_by_how_often_a_row_comes(others: float) -> None:
    thrice, once, hundredfold = (row([square, *[others] * (FIELDS - 1)]) for square in (2.5, 7.0, 102.5))
    rows = [thrice, once, thrice, *[hundredfold] * 100, thrice]
    assert lacking(rows) * UNIT == (9 - 3) * 2.5 + (10_000 - 100) * 102.5


def test_rows_of_equal_numbers_are_told_apart() -> None:
    assert lacking([row([2.5] * FIELDS), row([2.5] * FIELDS)]) == 0


def test_a_number_that_is_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^-256 is too large to be added up$"):
        row([1.0, -256.0, *[0.0] * 5])
