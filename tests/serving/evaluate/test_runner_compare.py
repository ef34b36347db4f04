"""The runner's stage that compares, repeats, the null control, and too many errors: one start of the runner each."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fmops_api.evaluationplan import Candidate, EvaluationSummary, Figure
from fmops_api.evaluationrunstatus import Against
from fmops_serving.evaluate.runner import main
from tests.serving.evaluate.plans import Order, label_of, number_in, write_order
from tests.serving.evaluate.runs import right, rows, run, summary
from tests.support.openai_server import Asked, Behaviour, OpenAIServer, Says, Status, openai_server


def worse(asked: Asked) -> Behaviour:
    """Right but for every fifth example."""
    number = number_in(asked.prompt)
    return Says(label_of(number + (number % 5 == 0)))


def two(folder: Path, base: OpenAIServer, other: OpenAIServer, **changes: Any) -> Order:
    """Write a plan that compares `tiny` with `base`."""
    candidates = [
        Candidate(name=name, url=server.url, model=name) for name, server in (("base", base), ("tiny", other))
    ]
    figures = [Figure(metric="exact", against=Against.BASELINE, confidence="0.9")]
    return write_order(folder, base.url, 40, candidates=candidates, baseline="base", figures=figures, **changes)


def compared(order: Order) -> EvaluationSummary:
    assert run(order, "--stage", "compare", "--index", "0").exit_code == 0
    return summary(order)


def figures(found: EvaluationSummary, confidence: str = "0.95") -> dict[str, Any]:
    return {result.metric: result for result in found.results if result.confidence == confidence}


def test_a_candidate_is_compared_with_the_baseline_of_the_same_run(tmp_path: Path) -> None:
    with openai_server(right) as base, openai_server(worse) as other:
        order = two(tmp_path, base, other)
        assert run(order, "--index", "0").exit_code == run(order, "--index", "1").exit_code == 0
        asked = len(base.asked) + len(other.asked)
        found = compared(order)
        assert len(base.asked) + len(other.asked) == asked
    differences = figures(found)
    assert {result.against for result in found.results} == {"Baseline"}
    assert (differences["exact"].value, differences["exact"].n, differences["exact"].unscored) == ("-0.2", 40, 0)
    assert differences["f1.accuracy"].value == "-0.2"
    assert float(differences["f1"].high) < 0
    assert differences["coverage"].value == "0"
    assert float(figures(found, "0.9")["exact"].low) > float(differences["exact"].low)
    assert "latency.request.p50" not in differences


def test_nothing_is_compared_with_what_was_not_measured_in_this_run(tmp_path: Path) -> None:
    with openai_server(right) as base, openai_server(worse) as other:
        order = two(tmp_path, base, other)
        assert run(order, "--index", "1").exit_code == 0
    assert run(order, "--stage", "compare", "--index", "0").exit_code == 2
    assert "base was not measured" in summary(order).error


def test_a_comparison_without_a_sink_says_what_is_missing(tmp_path: Path) -> None:
    with openai_server(right) as base:
        order = two(tmp_path, base, base)
    place = order.arguments.index("--sink")
    arguments = [*order.arguments[:place], *order.arguments[place + 2 :], "--stage", "compare"]
    assert CliRunner().invoke(main, arguments, prog_name="fmops").exit_code == 2
    assert "say where with --sink" in summary(order).error


@pytest.mark.parametrize("index", ["1", "-1"])
def test_an_index_of_the_comparison_leaves_out_the_baseline(tmp_path: Path, index: str) -> None:
    with openai_server(right) as base:
        order = two(tmp_path, base, base)
    assert run(order, "--stage", "compare", "--index", index).exit_code == 2
    assert f"index {index} names no candidate: the plan has 1" in summary(order).error


def test_repeats_ask_again_and_count_examples_once(tmp_path: Path) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url, count=8, repeats=3)
        assert run(order).exit_code == 0
    found = summary(order)
    assert (found.answered, found.total, len(server.asked)) == (24, 24, 24)
    assert {(row["example"], row["repeat"]) for row in rows(order)} == {
        (f"golden/e{n:05}", repeat) for n in range(8) for repeat in range(3)
    }
    # The endpoint sends an answer in one piece, so nobody knows the time between its tokens.
    assert {result.n for result in found.results if "betweenTokens" not in result.metric} == {8}
    assert all(result.low_power for result in found.results)


def test_a_null_control_asks_the_baseline_twice_and_counts_what_flips(tmp_path: Path) -> None:
    def fickle(asked: Asked) -> Behaviour:
        """Right the first time, and wrong the second on every fourth example."""
        number = number_in(asked.prompt)
        return Says(label_of(number + (asked.before > 0 and number % 4 == 0)))

    with openai_server(fickle) as base, openai_server(worse) as other:
        order = two(tmp_path, base, other, null_control=True)
        assert run(order, "--index", "0").exit_code == 0
        first = figures(summary(order))
        assert run(order, "--index", "1").exit_code == 0
    assert (len(base.asked), len(other.asked)) == (80, 40)
    assert (first["exact"].value, first["exact"].n) == ("1", 40)
    assert (first["exact.flipRate"].value, first["exact.flipRate"].n) == ("0.25", 40)
    assert first["f1.flipRate"].value == "0.25"
    assert figures(compared(order))["exact"].value == "-0.2"


def test_more_errors_than_allowed_are_not_judged(tmp_path: Path) -> None:
    def failing(asked: Asked) -> Behaviour:
        return Status(400) if number_in(asked.prompt) < 3 else right(asked)

    with openai_server(failing) as server:
        order = write_order(tmp_path, server.url, count=20, execution={"max_error_fraction": "0.1"})
        assert run(order).exit_code == 4
        found = summary(order)
        assert (found.reason, found.results) == ("TooManyErrors", [])
        assert "3 of 20 answers are missing, and execution.maxErrorFraction (0.1) allows 2" in found.error
        allowed = write_order(tmp_path, server.url, count=20, execution={"max_error_fraction": "0.15"})
        assert run(allowed).exit_code == 0
        assert figures(summary(allowed))["errors"].value == "0.15"


def test_scores_are_kept_beside_the_rows_and_hold_no_text(tmp_path: Path) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url, count=4)
        assert run(order).exit_code == 0
    lines = [json.loads(line) for line in order.run.scores("tiny").read_text().splitlines()]
    assert sorted(line["example"] for line in lines) == [f"golden/e{n:05}" for n in range(4)]
    assert {tuple(line) for line in lines} == {("example", "repeat", "cluster", "scores")}
    assert {tuple(line["scores"]) for line in lines} == {("f1", "exact", "coverage", "errors", "truncated")}
