"""What the models of an EvaluationRun cost just now: by the price list that it names, else by their cards. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from fmops_api.card import Pricing
from fmops_api.evaluationplan import asks_for_cost
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.foundationmodel import FoundationModel
from fmops_api.prices import mixed_currencies, unpriced
from fmops_api.reasons import EvaluationRunReason as Reason
from fmops_operator.manifest import Manifest
from fmops_operator.reconcile.evaluationrun_models import FaultError
from fmops_serving.prices.pricelist import PriceListError, prices_for, read_prices


def prices_of(
    run: EvaluationRun, price_list: Manifest | None, models: Mapping[str, FoundationModel | None], asked: Sequence[str]
) -> dict[str, Pricing] | None:
    """Give the prices of the models that answer, of those that have one; None when the run does not ask for cost.

    Raises FaultError.
    """
    if not asks_for_cost(run.spec):
        return None
    cards = {name: model.spec.card for name in asked if (model := models.get(name))}
    prices = prices_for(asked, _listed(run, price_list), cards)
    if mixed := mixed_currencies(prices):
        raise FaultError(Reason.PRICES_UNUSABLE, mixed, stalled=True)
    return prices


def rates_of(
    run: EvaluationRun, price_list: Manifest | None, models: Mapping[str, FoundationModel | None], asked: Sequence[str]
) -> dict[str, tuple[Decimal, Decimal]]:
    """Give the prices of tokens that a budget in money is counted by; raises FaultError when one is not known."""
    budget = run.spec.execution.budget
    if budget is None or budget.cost is None:
        return {}
    cards = {name: model.spec.card for name in asked if (model := models.get(name))}
    known = prices_for(asked, _listed(run, price_list), cards)
    rates, fault = unpriced({name: known.get(name) for name in asked})
    if fault:
        raise FaultError(Reason.PRICE_UNKNOWN, f"execution.budget.cost: {fault}", stalled=True)
    return rates


def _listed(run: EvaluationRun, price_list: Manifest | None) -> dict[str, Pricing]:
    if run.spec.prices is None:
        return {}
    where = run.spec.prices.config_map
    if price_list is None:
        raise FaultError(Reason.PRICES_NOT_FOUND, f"spec.prices.configMap.name: there is no ConfigMap {where.name}")
    text = (price_list.get("data") or {}).get(where.key)
    if text is None:
        known = ", ".join(sorted(price_list.get("data") or {})[:10]) or "none"
        message = f"spec.prices.configMap.key: ConfigMap {where.name} has no key {where.key}; it has {known}"
        raise FaultError(Reason.PRICES_NOT_FOUND, message)
    try:
        return read_prices(text)
    except PriceListError as error:
        message = f"spec.prices: {where.key} of ConfigMap {where.name}: {error}"
        raise FaultError(Reason.PRICES_UNUSABLE, message, stalled=True) from None
