"""A price list as people write it: a YAML or JSON document with a price by model."""

from collections.abc import Collection, Iterator, Mapping

import yaml
from pydantic import ValidationError

from fmops_api.card import Card, Pricing
from fmops_api.prices import price_fault
from fmops_serving.prompts.sentences import sentences


class PriceListError(Exception):
    """What is wrong with a price list, in a sentence with its line."""


def read_prices(text: str) -> dict[str, Pricing]:
    """Read a price list; raises PriceListError. A number needs no quotes: every value is read as it is written."""
    try:
        node = yaml.compose(text, Loader=yaml.CBaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise PriceListError(f"{f'line {mark.line + 1}' if mark else 'it'} is no YAML") from None
    found: dict[str, Pricing] = {}
    for model, line, price in _entries(node, "a price list"):
        if model in found:
            raise PriceListError(f"line {line}: {model} stands there twice")
        found[model] = _price(model, price)
    return found


def prices_for(
    models: Collection[str], listed: Mapping[str, Pricing], cards: Mapping[str, Card | None]
) -> dict[str, Pricing]:
    """Give the prices of those models that have one: the list goes before the card."""
    found = {}
    for model in sorted(models):
        card = cards.get(model)
        if price := listed.get(model) or (card.pricing if card else None):
            found[model] = price
    return found


def _price(model: str, node: yaml.Node) -> Pricing:
    fields: dict[str, str] = {}
    for name, line, value in _entries(node, f"the price of {model}"):
        if not isinstance(value, yaml.ScalarNode) or name in fields:
            raise PriceListError(f"line {line}: {model}: {name} must be one value and stand there once")
        fields[name] = value.value
    line = node.start_mark.line + 1
    try:
        price = Pricing.model_validate(fields, by_alias=True, by_name=False)
    except ValidationError as error:
        told = "; ".join(f"{path}: {text}" if path else text for path, text in sentences(error, Pricing))
        raise PriceListError(f"line {line}: {model}: {told}") from None
    if fault := price_fault(price):
        raise PriceListError(f"line {line}: {model}: {fault}")
    return price


def _entries(node: yaml.Node | None, what: str) -> Iterator[tuple[str, int, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        where = f"line {node.start_mark.line + 1}: " if node else ""
        raise PriceListError(f"{where}{what} must have entries, such as gpt-x: {{perAcceleratorHour: 1.20}}")
    for key, value in node.value:
        yield str(key.value), key.start_mark.line + 1, value
