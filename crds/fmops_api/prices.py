"""What an answer costs: tokens times price. What is not known stays unknown and never becomes 0. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from pydantic import Field

from fmops_api.card import Pricing
from fmops_api.meta import ConfigMapKeyReference, Model

_MILLION = Decimal(1_000_000)


class PriceTable(Model):
    """Where the prices of models stand: a YAML or JSON document with the fields of `card.pricing` by model."""

    config_map: ConfigMapKeyReference = Field(
        description="Key of a ConfigMap that holds a price list: model names, each with inputPerMillionTokens and "
        "outputPerMillionTokens or perAcceleratorHour, and currency. It goes before the cards' pricing."
    )


class Unpriced(StrEnum):
    """Why the cost of an answer is not known, in words that follow a count of answers."""

    NO_PRICE = "the model has no price"
    PRICED_BY_TIME = "the model is priced by the accelerator-hour, not by tokens"
    NO_USAGE = "the endpoint did not count its tokens"


def answer_cost(price: Pricing | None, prompt_tokens: int | None, output_tokens: int | None) -> Decimal | Unpriced:
    """Give what one answer costs, in the price's currency, or why that is not known."""
    rates = token_rates(price)
    if isinstance(rates, Unpriced):
        return rates
    if prompt_tokens is None or output_tokens is None:
        return Unpriced.NO_USAGE
    return (prompt_tokens * rates[0] + output_tokens * rates[1]) / _MILLION


def token_rates(price: Pricing | None) -> tuple[Decimal, Decimal] | Unpriced:
    """Give the prices of a million input tokens and of a million output tokens, or why they are not known."""
    if price is None:
        return Unpriced.NO_PRICE
    if price.input_per_million_tokens is None or price.output_per_million_tokens is None:
        return Unpriced.PRICED_BY_TIME
    return Decimal(price.input_per_million_tokens), Decimal(price.output_per_million_tokens)


def mixed_currencies(prices: Mapping[str, Pricing | None]) -> str:
    """Say which models are priced in different currencies, which nobody compares or adds up; empty when none are."""
    named: dict[str, list[str]] = {}
    for model, price in sorted(prices.items()):
        if price is not None:
            named.setdefault(price.currency, []).append(model)
    if len(named) < 2:
        return ""
    told = " and ".join(f"{currency} ({', '.join(models)})" for currency, models in sorted(named.items()))
    return f"prices are in {told}: give all of them in one currency"


def price_fault(price: Pricing) -> str:
    """Say what is wrong with a price outside the CRD, in the words of its rules; empty when nothing is."""
    tokens = (price.input_per_million_tokens is not None, price.output_per_million_tokens is not None)
    either, both = Pricing.rules
    if (price.per_accelerator_hour is not None) == any(tokens):
        return either.message
    return both.message if any(tokens) != all(tokens) else ""


def unpriced(prices: Mapping[str, Pricing | None]) -> tuple[dict[str, tuple[Decimal, Decimal]], str]:
    """Give the rates of all models, and what keeps a budget in money from being counted; empty when nothing does."""
    if mixed := mixed_currencies(prices):
        return {}, mixed
    rates: dict[str, tuple[Decimal, Decimal]] = {}
    for model, price in sorted(prices.items()):
        found = token_rates(price)
        if isinstance(found, Unpriced):
            told = f"what {model} costs is not known by tokens: set card.pricing of it, or name it in spec.prices"
            return {}, f"{told}; or give budget.tokens only"
        rates[model] = found
    return rates, ""
