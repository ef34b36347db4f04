"""The scalar types of the API and how to read them: names, quantities, durations, decimals."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


@dataclass(frozen=True)
class Shape:
    """What a text looks like: `pattern` for the whole text (RE2, without quotes), and a sentence for what does not fit.

    The CRD asks the same by CEL, so that API server and command line refuse with the same words.
    """

    pattern: str
    sentence: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after the text's own type and length."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Leave a note for the generator of CRDs."""
        result = handler(schema)
        return {**result, SHAPES: [*result.get(SHAPES, []), {"pattern": self.pattern, "sentence": self.sentence}]}

    def _check(self, text: str) -> str:
        if re.fullmatch(self.pattern, text, re.ASCII) is None:
            raise PydanticCustomError("shape", self.sentence)
        return text


SHAPES = "x-fmops-shapes"
_NAME = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
POSITIVE = Shape(r".*[1-9].*", "must be more than zero")

ObjectName = Annotated[
    str,
    Field(max_length=253),
    Shape(rf"{_NAME}(\.{_NAME})*", "must be the name of an object: lower-case letters, digits, '-' and '.'"),
]
Label = Annotated[
    str,
    Field(max_length=63),
    Shape(_NAME, "must be lower-case letters, digits and '-', such as support-triage"),
]
Identifier = Annotated[
    str,
    Field(max_length=63),
    Shape(r"[A-Za-z_][A-Za-z0-9_]*", "must be a variable name: letters, digits and '_', not starting with a digit"),
]
SecretKey = Annotated[
    str, Field(max_length=253), Shape(r"[-._a-zA-Z0-9]+", "must be a key: letters, digits, '-', '_' and '.'")
]
DecimalText = Annotated[
    str, Field(max_length=32), Shape(r"-?[0-9]+(\.[0-9]+)?", "must be a decimal number such as 0.8 or -1")
]
SHARE = r"0(\.[0-9]+)?|1(\.0+)?"
Fraction = Annotated[str, Field(max_length=32), Shape(SHARE, "must be a fraction from 0 to 1, such as 0.92")]
SomeFraction = Annotated[Fraction, POSITIVE]
Price = Annotated[
    str, Field(max_length=32), Shape(r"[0-9]+(\.[0-9]+)?", "must be a price of zero or more, such as 2.50")
]
_MS = r"[0-9]{1,9}ms"
_S_MS = rf"[0-9]{{1,9}}s({_MS})?"
_M_S_MS = rf"[0-9]{{1,6}}m({_S_MS}|{_MS})?"
DURATION = rf"[0-9]{{1,6}}h({_M_S_MS}|{_S_MS}|{_MS})?|{_M_S_MS}|{_S_MS}|{_MS}"
"""Hours, minutes, seconds, milliseconds in this order, any of them; few enough digits for 64 bits of nanoseconds."""
Duration = Annotated[
    str,
    Field(max_length=32),
    Shape(DURATION, "must be a duration such as 500ms, 30s, 2h or 1h30m"),
    POSITIVE,
]
Quantity = Annotated[
    str,
    Field(max_length=32),
    Shape(r"[0-9]+(\.[0-9]+)?([EPTGM]i?|Ki|k|m)?", "must be a quantity such as 24Gi, 500m or 2"),
]
Size = Annotated[Quantity, POSITIVE]
ParameterCount = Annotated[
    str,
    Field(max_length=16),
    Shape(r"[0-9]+(\.[0-9]+)?[KMBT]?", "must be a number of parameters such as 8B or 135M"),
    POSITIVE,
]
HttpUrl = Annotated[
    str,
    Field(max_length=2048),
    Shape(
        r"https?://[-A-Za-z0-9._~%\[\]:]+([/?][^\x00-\x20\x7f#]*)?",
        "must be a URL such as https://host:8000/path, without user name, password, spaces or '#'",
    ),
]
BaseUrl = Annotated[
    str,
    Field(max_length=2048),
    Shape(
        r"https?://[-A-Za-z0-9._~%\[\]:]+(/[^\x00-\x20\x7f?#]*)?",
        "must be the root of an API such as https://host:8000/v1, without user name, password, spaces, '?' or '#'",
    ),
]
Language = Annotated[
    str, Field(max_length=35), Shape(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", "must be a language tag such as en or pt-BR")
]
EngineWord = Annotated[
    str, Field(max_length=64), Shape(r"[-A-Za-z0-9_.]+", "must be a name that the engine knows, such as llama3_json")
]
RemoteModel = Annotated[
    str, Field(max_length=200), Shape(r"[^\x00-\x20\x7f]+", "must be the model's name there, without spaces")
]
LabelKey = Annotated[
    str,
    Field(max_length=317),
    Shape(
        r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?",
        "must be a label key such as nvidia.com/gpu.product",
    ),
]
LabelValue = Annotated[
    str,
    Field(max_length=63),
    Shape(
        r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?",
        "must be a label value: letters, digits, '-', '_' and '.', starting and ending with a letter or digit",
    ),
]
PointerLabel = Annotated[
    str,
    Field(max_length=63),
    Shape(
        r"[a-z]([-a-z0-9]*[a-z0-9])?",
        "must be lower-case letters, digits and '-', starting with a letter, so that it is no version",
    ),
]
PromptReference = Annotated[
    str,
    Field(max_length=127),
    Shape(
        rf"{_NAME}@([1-9][0-9]{{0,6}}|[a-z]([-a-z0-9]*[a-z0-9])?)",
        "must be name@version or name@label, such as summarise@3 or summarise@production",
    ),
]
Temperature = Annotated[
    str, Field(max_length=32), Shape(r"[01](\.[0-9]+)?|2(\.0+)?", "must be a temperature from 0 to 2, such as 0.7")
]
Confidence = Annotated[
    str, Field(max_length=16), Shape(r"0\.[0-9]*[1-9][0-9]*", "must be a confidence between 0 and 1, such as 0.95")
]
Version = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
MetricName = Annotated[
    str,
    Field(max_length=128),
    Shape(
        r"[a-zA-Z][a-zA-Z0-9]*(\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*",
        "must be the name of a metric or a part of one, such as f1.recall",
    ),
]
VolumePath = Annotated[
    str,
    Field(max_length=1024),
    Shape(r"[^/\x00-\x1f\x7f][^\x00-\x1f\x7f]*", "must be a path inside the volume, without a '/' in front"),
]

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
    """Read a Kubernetes quantity such as `24Gi`, `500m` or `2`; raises ValueError when it is none."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(m|[EPTGM]i?|Ki|k|)", str(text))
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
