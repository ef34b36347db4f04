"""Which prices a run is measured by: no cluster needed."""

from typing import Any

import pytest

from fmops_api.card import Pricing
from fmops_api.foundationmodel import FoundationModel
from fmops_operator.reconcile.evaluationrun_models import FaultError
from fmops_operator.reconcile.evaluationrun_prices import prices_of
from tests.operator.evaluation_samples import run
from tests.operator.model_samples import model

LIST = {"prices": {"configMap": {"name": "prices", "key": "list"}}}
GATE = {"gates": [{"metric": "cost", "op": "AtMost", "value": "0.01"}]}


def priced(name: str, currency: str = "USD") -> FoundationModel:
    return model({"card": {"pricing": {"perAcceleratorHour": "1.20", "currency": currency}}}, name=name)


def test_a_run_that_does_not_ask_for_cost_has_no_prices_so_that_a_new_price_changes_nothing() -> None:
    assert prices_of(run(), None, {"small": priced("small")}, ["small"]) is None


def test_a_gate_on_cost_takes_the_price_of_the_card() -> None:
    found = prices_of(run(GATE), None, {"small": priced("small"), "other": priced("other")}, ["small"])
    assert found == {"small": Pricing(per_accelerator_hour="1.20")}


def test_the_price_list_goes_before_the_card() -> None:
    listed = {"data": {"list": "small: {perAcceleratorHour: 2}"}}
    assert prices_of(run(LIST), listed, {"small": priced("small")}, ["small"]) == {
        "small": Pricing(per_accelerator_hour="2")
    }


@pytest.mark.parametrize(
    ("listed", "reason", "words"),
    [
        (None, "PricesNotFound", "there is no ConfigMap prices"),
        ({"data": {"other": ""}}, "PricesNotFound", "has no key list; it has other"),
        ({"data": {"list": "small: 3"}}, "PricesUnusable", "list of ConfigMap prices: line 1: the price of small"),
        ({"data": {"list": "small: {perAcceleratorHour: 2, currency: EUR}"}}, "PricesUnusable", "EUR (small) and USD"),
    ],
)
def test_prices_that_cannot_be_used_are_told_with_their_field(
    listed: dict[str, Any] | None, reason: str, words: str
) -> None:
    with pytest.raises(FaultError) as caught:
        prices_of(run(LIST), listed, {"small": priced("small"), "large": priced("large")}, ["small", "large"])
    standing = caught.value.standing
    assert standing.reason.value == reason
    assert words in standing.message
    assert standing.stalled is (reason == "PricesUnusable")
