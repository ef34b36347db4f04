"""What the models of an evaluation cost, by the files: the price list goes before the cards."""

from collections.abc import Mapping, Sequence

from fmops_api.card import Pricing
from fmops_api.evaluationplan import asks_for_cost
from fmops_api.prices import mixed_currencies
from fmops_serving.evaluate.errors import BadInput
from fmops_serving.evaluate.laptop.manifests import Evaluation
from fmops_serving.prices.pricelist import prices_for


def prices_of(evaluation: Evaluation, asked: Sequence[str]) -> Mapping[str, Pricing] | None:
    """Give the prices of the models that answer; None when the run does not ask for cost. Raises BadInput."""
    if not asks_for_cost(evaluation.run.spec):
        return None
    cards = {name: evaluation.models[name].spec.card for name in asked if name in evaluation.models}
    prices = prices_for(asked, evaluation.price_list, cards)
    if mixed := mixed_currencies(prices):
        raise BadInput(f"{evaluation.run.metadata.name}: {mixed}")
    return prices
