"""What a run may spend from here: the manifest's budget, and prices by the files."""

from collections.abc import Sequence
from decimal import Decimal

from fmops_api.prices import unpriced
from fmops_serving.evaluate.budget import UNLIMITED, Budget
from fmops_serving.evaluate.errors import BadInput
from fmops_serving.evaluate.laptop.manifests import Evaluation
from fmops_serving.prices.pricelist import prices_for


def budget_of(evaluation: Evaluation, asked: Sequence[str]) -> Budget:
    """Give the budget of a run that asks these models; raises BadInput when it is in money and one has no price."""
    given = evaluation.run.spec.execution.budget
    if given is None:
        return UNLIMITED
    tokens = None if given.tokens is None else Decimal(given.tokens)
    if given.cost is None:
        return Budget(tokens)
    cards = {name: evaluation.models[name].spec.card for name in asked if name in evaluation.models}
    known = prices_for(asked, evaluation.price_list, cards)
    rates, fault = unpriced({name: known.get(name) for name in asked})
    if fault:
        raise BadInput(f"{evaluation.run.metadata.name}: execution.budget.cost: {fault}")
    return Budget(tokens, Decimal(given.cost), rates)
