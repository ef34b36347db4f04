"""Cost from rows to results: what is not known is unscored with its cause, never 0."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fmops_api.card import Pricing
from fmops_api.evaluationplan import EvaluationSummary
from fmops_api.prices import Unpriced
from fmops_serving.evaluate.inputs import Inputs, gather, read_bundle
from fmops_serving.evaluate.rows import MemoryRows, Row
from fmops_serving.evaluate.scoring import score
from tests.serving.evaluate.plans import write_order
from tests.serving.evaluate.test_scoring import answers

BY_TOKEN = Pricing(input_per_million_tokens="2.50", output_per_million_tokens="10", currency="EUR")


def inputs_with(folder: Path, prices: dict[str, Pricing] | None) -> Inputs:
    order = write_order(folder, "http://tiny/v1", count=4, prices=prices)
    return gather(order.plan, read_bundle(folder / "bundle.json"), 0)


def scored(inputs: Inputs, rows: list[Row]) -> EvaluationSummary:
    kept = MemoryRows[Row]()
    for row in rows:
        kept.append(row)
    return score(inputs, kept)


def result(summary: EvaluationSummary, metric: str) -> dict[str, Any]:
    return next(r for r in summary.results if r.metric == metric).to_manifest()


def test_cost_is_the_mean_of_tokens_times_price_with_its_currency(tmp_path: Path) -> None:
    inputs = inputs_with(tmp_path, {"tiny": BY_TOKEN})
    rows = answers(inputs)  # each of 3 prompt tokens and 1 output token
    rows[0] = replace(rows[0], prompt_tokens=7)
    found = result(scored(inputs, rows), "cost")
    assert (found["value"], found["n"], found["unscored"]) == ("0.00002", 4, 0)
    assert found["signature"] == "cost|EUR|in:2.5|out:10|t|v1"
    assert 0 <= float(found["low"]) < 0.00002 < float(found["high"])


def test_every_step_of_a_chain_is_paid_at_the_price_of_its_own_model(tmp_path: Path) -> None:
    big = Pricing(input_per_million_tokens="100", output_per_million_tokens="100", currency="EUR")
    inputs = inputs_with(tmp_path, {"tiny": BY_TOKEN, "big": big})
    steps = [{"model": "big", "prompt_tokens": 1, "output_tokens": 1},
             {"model": "tiny", "prompt_tokens": 2, "output_tokens": 0}]  # fmt: skip
    rows = [replace(row, steps=steps) for row in answers(inputs)]
    assert result(scored(inputs, rows), "cost")["value"] == "0.000205"


@pytest.mark.parametrize(
    ("price", "tokens", "cause"),
    [
        ({}, 3, Unpriced.NO_PRICE),
        ({"tiny": Pricing(per_accelerator_hour="1")}, 3, Unpriced.PRICED_BY_TIME),
        ({"tiny": BY_TOKEN}, None, Unpriced.NO_USAGE),
    ],
)
def test_what_is_not_known_is_unscored_with_its_cause_and_lowers_coverage(
    tmp_path: Path, price: dict[str, Pricing], tokens: int | None, cause: Unpriced
) -> None:
    inputs = inputs_with(tmp_path, price)
    summary = scored(inputs, [replace(row, prompt_tokens=tokens) for row in answers(inputs)])
    found = result(summary, "cost")
    assert ("value" not in found, found["n"], found["unscored"]) == (True, 0, 4)
    assert result(summary, "coverage")["value"] == "0"
    assert summary.cost_faults == {cause.value: 4}


def test_a_run_that_does_not_ask_for_cost_has_none(tmp_path: Path) -> None:
    summary = scored(inputs := inputs_with(tmp_path, None), answers(inputs))
    assert "cost" not in {r.metric for r in summary.results}
    assert summary.cost_faults == {}
