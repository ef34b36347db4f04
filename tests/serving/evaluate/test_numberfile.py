"""Numbers in temporary files: they come back as they were put there, in their order, and leave nothing behind."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_serving.evaluate import numberfile
from fmops_serving.evaluate.errors import SinkFailed
from fmops_serving.evaluate.intervals import Ordered, OrderedCounts
from fmops_serving.evaluate.numberfile import NumberFile, SortedNumbers


@pytest.fixture(autouse=True)
def little_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numberfile, "_RUN", 8)
    monkeypatch.setattr(numberfile, "_PIECE", 3)


def listed(ordered: Ordered) -> list[float]:
    return [ordered[rank] for rank in range(len(ordered))]


@pytest.mark.parametrize("count", [0, 7, 8, 9, 16, 50])
def test_numbers_come_back_in_their_order_however_many(count: int) -> None:
    taken, numbers = [n * 37 % 50 / 7 for n in range(count)], SortedNumbers("d")
    for number in taken:
        numbers.append(number)
    assert listed(numbers.ordered()) == sorted(taken)
    assert listed(numbers.ordered()) == sorted(taken), "a second look changes nothing"


def test_microseconds_take_four_bytes_and_stay_whole() -> None:
    numbers = SortedNumbers("I")
    for number in range(20, 0, -1):
        numbers.append(2**32 - number)
    found = numbers.ordered()
    assert (found[0], found[19]) == (2**32 - 20, 2**32 - 1)
    assert isinstance(found[0], int)


def test_a_number_is_found_where_it_was_put_and_other_places_hold_0() -> None:
    numbers = NumberFile("q", 10)
    numbers[7] = 2**50
    assert listed(numbers) == [0] * 7 + [2**50, 0, 0]
    with pytest.raises(IndexError):
        numbers[10]
    with pytest.raises(IndexError):
        numbers[10] = 1


def test_the_file_has_no_name_while_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    numbers = NumberFile("d")
    numbers.extend([1.5, 2.5])
    assert list(tmp_path.iterdir()) == []
    assert listed(numbers) == [1.5, 2.5]


def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(SinkFailed, match=r"cannot keep numbers in .*/gone: No such file or directory"):
        NumberFile("d")


def test_a_disk_that_is_full_in_the_middle_of_a_number_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = NumberFile("d")
    monkeypatch.setattr(os, "pwrite", lambda *_: 3)
    with pytest.raises(SinkFailed, match="No space left on device"):
        numbers.extend([1.0])


@settings(max_examples=25)
@given(st.dictionaries(st.floats(0, 9), st.integers(1, 5), max_size=12))
def test_counted_numbers_are_ranked_as_if_each_were_held(counts: dict[float, int]) -> None:
    assert listed(OrderedCounts(counts.items())) == sorted(n for n, count in counts.items() for _ in range(count))
