"""The scalar types of the API and how to read them: names, quantities, durations, decimals."""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import Field

ObjectName = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
Label = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
Identifier = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
SecretKey = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[-._a-zA-Z0-9]+$")]
DecimalText = Annotated[str, Field(max_length=32, pattern=r"^-?[0-9]+(\.[0-9]+)?$")]
Fraction = Annotated[str, Field(max_length=32, pattern=r"^(0(\.[0-9]+)?|1(\.0+)?)$")]
Price = Annotated[str, Field(max_length=32, pattern=r"^[0-9]+(\.[0-9]+)?$")]
Duration = Annotated[str, Field(max_length=32, pattern=r"^([0-9]+(ms|s|m|h))+$")]
Quantity = Annotated[str, Field(max_length=32, pattern=r"^[0-9]+(\.[0-9]+)?([EPTGMk]i?|Ki|m)?$")]
ParameterCount = Annotated[str, Field(max_length=16, pattern=r"^[0-9]+(\.[0-9]+)?[KMBT]?$")]
HttpUrl = Annotated[str, Field(max_length=2048, pattern=r"^https?://[^\s/?#@]+([/?][^\s#]*)?$")]
VolumePath = Annotated[str, Field(max_length=1024, pattern=r"^[^\s/][^\x00\n]*$")]

_SECONDS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600)}
_POWERS = {"": 0, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
_COUNTS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


def seconds(duration: str) -> float:
    """Read a duration such as `1h30m` or `500ms`, in seconds; raises ValueError when it is none."""
    parts = re.findall(r"([0-9]+)(ms|s|m|h)", duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        raise ValueError(f"{duration!r} is not a duration such as 500ms, 30s or 2h")
    return float(sum(int(number) * _SECONDS[unit] for number, unit in parts))


def quantity(text: str | int) -> Decimal:
    """Read a Kubernetes quantity such as `24Gi`, `500m` or `2` (bytes, cores, pieces); raises ValueError when it is none."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(m|[EPTGMk]i?|Ki|)", str(text))
    if not found:
        raise ValueError(f"{text!r} is not a quantity such as 24Gi, 500m or 2")
    number, unit = Decimal(found[1]), found[2]
    if unit == "m":
        return number / 1000
    base, power = (1024, unit[0].replace("K", "k")) if unit.endswith("i") else (1000, unit)
    return number * Decimal(base) ** _POWERS[power]


def binary_size(size: float) -> str:
    """Write a number of bytes for people, as a quantity: 16106127360 becomes `15Gi`."""
    for unit, power in (("Ti", 4), ("Gi", 3), ("Mi", 2), ("Ki", 1)):
        if size >= 1024**power:
            return f"{size / 1024**power:.1f}".removesuffix(".0") + unit
    return str(int(size))


def parameter_count(text: str) -> int:
    """Read a number of parameters such as `8B` or `135M`; raises ValueError when it is none."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([KMBT]?)", text)
    if not found:
        raise ValueError(f"{text!r} is not a number of parameters such as 8B or 135M")
    return int(Decimal(found[1]) * _COUNTS[found[2]])
