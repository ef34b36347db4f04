"""Scoring from rows: which row counts, and how much memory it takes."""

import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from fmops_api.metric import Metric
from fmops_serving.evaluate import newest, numberfile
from fmops_serving.evaluate.folder import RunFolder
from fmops_serving.evaluate.inputs import Inputs, gather, read_bundle
from fmops_serving.evaluate.request import Request
from fmops_serving.evaluate.rows import MemoryRows, Row, RowFile
from fmops_serving.evaluate.scoring import Scoring, score
from fmops_serving.results.keeping import keep
from tests.serving.evaluate.plans import label_of, write_order


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    """Twenty examples."""
    order = write_order(tmp_path, "http://tiny/v1", count=20)
    return gather(order.plan, read_bundle(tmp_path / "bundle.json"), 0)


def answers(inputs: Inputs) -> list[Row]:
    """Write a right answer to every example."""
    found = []
    for number, request in enumerate(inputs.requests()):
        assert isinstance(request, Request)
        found.append(
            Row(request.example, 0, request.prompt_hash, request.messages, label_of(number), "stop", 3, 1, 0.1, 0.2, 1,
                None, "2026-11-23T12:00:00+00:00")
        )  # fmt: skip
    return found


def value(inputs: Inputs, metric: str, *rows: Row) -> tuple[str | None, int, int]:
    kept = MemoryRows()
    for row in rows:
        kept.append(row)
    result = next(r for r in score(inputs, kept).results if r.metric == metric)
    return result.value, result.n, result.unscored


def failed(row: Row) -> Row:
    return replace(row, output=None, finish_reason=None, error="the endpoint answered with status 500")


def test_the_newest_answer_of_an_example_counts(inputs: Inputs) -> None:
    rows = answers(inputs)
    assert value(inputs, "exact", *rows, replace(rows[0], output="wrong")) == ("0.95", 20, 0)


def test_an_answer_counts_although_an_error_came_after_it(inputs: Inputs) -> None:
    rows = answers(inputs)
    assert value(inputs, "exact", *rows, failed(rows[0])) == ("1", 20, 0)


def test_an_answer_to_another_prompt_does_not_count(inputs: Inputs) -> None:
    rows = answers(inputs)
    assert value(inputs, "exact", replace(rows[0], prompt_hash="of an older template"), *rows[1:]) == ("1", 19, 1)


def test_a_row_of_an_example_that_is_no_longer_asked_does_not_count(inputs: Inputs) -> None:
    rows = answers(inputs)
    assert value(inputs, "exact", *rows, replace(rows[0], example="golden/gone", output="wrong")) == ("1", 20, 0)


def test_examples_without_any_row_are_unscored_and_lower_the_coverage(inputs: Inputs) -> None:
    rows = answers(inputs)
    assert value(inputs, "exact", *rows[:15]) == ("1", 15, 5)
    assert value(inputs, "coverage", *rows[:15]) == ("0.75", 20, 0)


def test_latency_is_of_answers_only(inputs: Inputs) -> None:
    rows = answers(inputs)
    slow = [replace(failed(row), request_time=None, time_to_first_token=None) for row in rows[:5]]
    assert value(inputs, "latency.request.p95", *slow, *rows[5:]) == ("0.2", 15, 5)


def test_an_end_is_never_rounded_in_favour_of_a_gate(inputs: Inputs) -> None:
    kept = MemoryRows()
    for number, row in enumerate(answers(inputs)):
        kept.append(row if number else replace(row, output="wrong"))
    result = next(r for r in score(inputs, kept).results if r.metric == "exact")
    # statsmodels.proportion_confint(19, 20, method="wilson"): 0.7638697..., 0.9911182...
    assert (result.low, result.high) == ("0.7638", "0.9912")


def test_memory_does_not_grow_with_the_answers(inputs: Inputs, tmp_path: Path) -> None:
    rows = RowFile(tmp_path / "rows.jsonl")
    for row in answers(inputs) * 5:
        rows.append(replace(row, output="x" * 256 * 1024))
    tracemalloc.start()
    try:
        assert score(inputs, rows).answered == 20
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        rows.close()
    assert peak < 8 * 1024**2, "a good part of the 25 MiB of answers was held at once"


FEW, MANY = 200, 800
METRICS = [Metric(name="exact", type="ExactMatch"), Metric(name="latency", type="Latency")]


def most_held(folder: Path, count: int) -> int:
    """Score so many answers with different times, write all that is kept of them, and give the bytes held at most."""
    folder.mkdir()
    order = write_order(folder, "http://tiny/v1", count=count, metrics=METRICS)
    inputs, run = gather(order.plan, read_bundle(folder / "bundle.json"), 0), RunFolder(folder)
    rows = RowFile[Row](run.rows(inputs.candidate.name))
    for number, row in enumerate(answers(inputs)):
        rows.append(replace(row, time_to_first_token=number / 1e6, request_time=number / 1e5))
    tracemalloc.start()
    try:
        keep(Scoring(inputs, newest.newest(inputs, rows)), run, {})
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        rows.close()


def test_memory_does_not_grow_with_the_number_of_prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((newest, "_FEW"), (numberfile, "_RUN"), (numberfile, "_PIECE")):
        monkeypatch.setattr(module, name, 64)
    most_held(tmp_path / "warm", 50)
    few, many = most_held(tmp_path / "few", FEW), most_held(tmp_path / "many", MANY)
    assert (many - few) / (MANY - FEW) < 8, "bytes that are held of each prompt more"
