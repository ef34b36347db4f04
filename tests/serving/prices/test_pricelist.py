"""Price lists as people write them."""

import pytest

from fmops_api.card import Card, Pricing
from fmops_serving.prices.pricelist import PriceListError, prices_for, read_prices

BY_TOKEN = Pricing(input_per_million_tokens="2.50", output_per_million_tokens="10", currency="EUR")


@pytest.mark.parametrize(
    "text",
    [
        "gpt-x: {inputPerMillionTokens: 2.50, outputPerMillionTokens: 10, currency: EUR}",
        "gpt-x:\n  inputPerMillionTokens: '2.50'\n  outputPerMillionTokens: \"10\"\n  currency: EUR\n",
        '{"gpt-x": {"inputPerMillionTokens": 2.50, "outputPerMillionTokens": "10", "currency": "EUR"}}',
    ],
)
def test_a_price_is_read_as_it_is_written_in_yaml_and_json(text: str) -> None:
    assert read_prices(text) == {"gpt-x": BY_TOKEN}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a price list must have entries"),
        ("- gpt-x", "line 1: a price list must have entries"),
        ("a: {", "is no YAML"),
        ("a: 2.50", "line 1: the price of a must have entries"),
        ("a: {perAcceleratorHour: 1}\na: {perAcceleratorHour: 2}", "line 2: a stands there twice"),
        ("a: {perAcceleratorHour: 1, perAcceleratorHour: 2}", "perAcceleratorHour must be one value"),
        ("a: {perAcceleratorHour: [1]}", "perAcceleratorHour must be one value"),
        ("a: {perHour: 1}", "line 1: a: perHour"),
        ("a: {perAcceleratorHour: -1}", "must be a price of zero or more"),
        ("a: {perAcceleratorHour: 1, currency: usd}", "must be an ISO 4217 code"),
        ("a: {inputPerMillionTokens: 1}", "give both"),
        ("a: {currency: EUR}", "give either perAcceleratorHour, or"),
        ("a: {perAcceleratorHour: 1, inputPerMillionTokens: 1}", "give either perAcceleratorHour, or"),
    ],
)
def test_what_is_no_price_list_is_told_with_its_line(text: str, words: str) -> None:
    with pytest.raises(PriceListError, match=words.replace("(", "\\(")):
        read_prices(text)


def test_the_list_goes_before_the_card_and_who_has_no_price_is_left_out() -> None:
    card = Card(pricing=Pricing(per_accelerator_hour="1.20"))
    cards = {"gpt-x": card, "small": card, "free": Card()}
    assert prices_for(["small", "gpt-x", "free", "new"], {"gpt-x": BY_TOKEN}, cards) == {
        "gpt-x": BY_TOKEN,
        "small": card.pricing,
    }
