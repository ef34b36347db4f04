"""A card as constraints see it: the manifest's names, with numbers where the manifest has decimal texts."""

import json
from typing import Any

from fmops_api.card import Card
from fmops_api.scalars import parameter_count

_PRICES = ("inputPerMillionTokens", "outputPerMillionTokens", "perAcceleratorHour")


def values_of(card: Card) -> str:
    """Write the card as JSON, the same for the same card; what it does not say is not there.

    Prices and teamFamiliarity are decimals, parameters a count.
    """
    values = card.to_manifest()
    if "parameters" in values:
        values["parameters"] = parameter_count(values["parameters"])
    _as_decimals(values.get("pricing", {}), _PRICES)
    _as_decimals(values.get("skills", {}), ("teamFamiliarity",))
    return json.dumps(values, sort_keys=True)


def _as_decimals(part: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        if name in part:
            part[name] = float(part[name])
