"""Quantities as the API server writes them, so that what we want equals what it stores."""

from decimal import Decimal

from fmops_api.scalars import quantity

_BINARY = ("Ei", "Pi", "Ti", "Gi", "Mi", "Ki")
_DECIMAL = (("E", 18), ("P", 15), ("T", 12), ("G", 9), ("M", 6), ("k", 3), ("", 0), ("m", -3))


def canonical(amount: str | int) -> str:
    """Write a quantity with the largest unit that leaves a whole number: `0.5` is `500m`, `1024Mi` is `1Gi`."""
    text, value = str(amount), quantity(amount)
    if value == 0:
        return "0"
    if text.endswith("i"):
        for power, unit in zip(range(6, 0, -1), _BINARY, strict=True):
            if value % 1024**power == 0:
                return f"{int(value / 1024**power)}{unit}"
        return canonical(str(_up(value, Decimal(1))))
    for unit, exponent in _DECIMAL[:-1]:
        if value % Decimal(10) ** exponent == 0:
            return f"{int(value / Decimal(10) ** exponent)}{unit}"
    return f"{int(_up(value * 1000, Decimal(1)))}m"


def _up(value: Decimal, step: Decimal) -> Decimal:
    whole = value // step * step
    return whole if whole == value else whole + step
