"""What an evaluation says of prices, as far as the price list and the models are among the files."""

from collections.abc import Iterator, Mapping
from typing import Any

from fmops_api.evaluationplan import asks_for_cost
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.foundationmodel import FoundationModel
from fmops_api.prices import mixed_currencies
from fmops_serving.prices.pricelist import PriceListError, prices_for, read_prices
from fmops_serving.prompts.faults import Fault, did_you_mean


def price_faults(
    run: EvaluationRun, data: Mapping[str, Any] | None, models: Mapping[str, FoundationModel]
) -> Iterator[Fault]:
    """Read the price list, and hold the currencies together; `data` are the ConfigMap's, None when it is elsewhere."""
    if not asks_for_cost(run.spec):
        return
    listed = {}
    if run.spec.prices and data is not None:
        where = run.spec.prices.config_map
        text = data.get(where.key)
        if not isinstance(text, str):
            near = did_you_mean(where.key, data)
            yield Fault("spec.prices.configMap.key", f"ConfigMap {where.name} has no {where.key}{near}")
            return
        try:
            listed = read_prices(text)
        except PriceListError as error:
            yield Fault("spec.prices", f"{where.key} of ConfigMap {where.name}: {error}")
            return
    named = [name for name in run.spec.candidates.named if name in models or name in listed]
    cards = {name: models[name].spec.card for name in named if name in models}
    if mixed := mixed_currencies(prices_for(named, listed, cards)):
        yield Fault("spec.prices", mixed)
