"""What an answer costs, and when that is not known."""

from decimal import Decimal
from typing import Any

import pytest

from fmops_api.card import Pricing
from fmops_api.evaluationplan import Candidate, with_accelerators
from fmops_api.foundationmodel import FoundationModel
from fmops_api.prices import Unpriced, answer_cost, mixed_currencies

BY_TOKEN = Pricing(input_per_million_tokens="2.50", output_per_million_tokens="10.00")
BY_HOUR = Pricing(per_accelerator_hour="1.20", currency="EUR")
FREE = Pricing(input_per_million_tokens="0", output_per_million_tokens="0")


@pytest.mark.parametrize(
    ("price", "prompt_tokens", "output_tokens", "cost"),
    [
        (BY_TOKEN, 1_000, 100, Decimal("0.0035")),
        (BY_TOKEN, 1, 0, Decimal("0.0000025")),
        (FREE, 1_000, 100, Decimal(0)),
        (BY_TOKEN, None, 100, Unpriced.NO_USAGE),
        (BY_TOKEN, 1_000, None, Unpriced.NO_USAGE),
        (BY_HOUR, 1_000, 100, Unpriced.PRICED_BY_TIME),
        (None, 1_000, 100, Unpriced.NO_PRICE),
    ],
)
def test_cost_is_tokens_times_price_and_unknown_without_either(
    price: Pricing | None, prompt_tokens: int | None, output_tokens: int | None, cost: Decimal | Unpriced
) -> None:
    assert answer_cost(price, prompt_tokens, output_tokens) == cost


def test_prices_in_one_currency_can_be_compared() -> None:
    assert mixed_currencies({"a": BY_TOKEN, "b": FREE, "c": None}) == ""


def test_prices_in_two_currencies_are_told_with_their_models() -> None:
    told = mixed_currencies({"b": BY_HOUR, "a": BY_TOKEN, "c": FREE, "d": None})
    assert told == "prices are in EUR (b) and USD (a, c): give all of them in one currency"


@pytest.mark.parametrize(
    ("resources", "replicas", "price", "accelerators"),
    [
        ({"accelerator": {"vendor": "Nvidia", "count": 2}}, 3, BY_HOUR, 6),
        ({"accelerator": {"vendor": "Nvidia"}}, None, BY_HOUR, 1),
        ({"accelerator": {"vendor": "Nvidia"}}, None, BY_TOKEN, None),
        ({"accelerator": {"vendor": "Nvidia"}}, None, None, None),
        ({"accelerator": {"vendor": "Nvidia"}}, 0, BY_HOUR, None),
        ({"accelerator": {"vendor": "None"}}, 1, BY_HOUR, None),
        (None, 1, BY_HOUR, None),
    ],
)
def test_accelerators_are_those_of_all_replicas_where_the_hour_is_paid_and_unknown_elsewhere(
    resources: dict[str, Any] | None, replicas: int | None, price: Pricing | None, accelerators: int | None
) -> None:
    spec = {"source": {"huggingFace": {"repo": "o/m", "revision": "main"}}, "task": "Chat", "resources": resources}
    whole = {"metadata": {"name": "m"}, "spec": {**spec, "replicas": replicas}, "status": {}}
    model = FoundationModel.model_validate(whole)
    candidate = Candidate(name="m", url="http://m/v1", model="m")
    assert with_accelerators(candidate, model, price).accelerators == accelerators
    assert with_accelerators(candidate, None, price) == candidate
