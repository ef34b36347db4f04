"""Values of variables: declared types, lengths and trust. A value is data: it is placed, never read as a template."""

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from fmops_api.promptcatalog import Trust, Variable, VariableType
from fmops_serving.prompts.errors import PromptError

VALUE_LIMIT = 1_000_000
"""Longest value of a variable without maxLength, in characters."""
ITEMS_LIMIT = 1000
"""Most items of a list; bounds the work of rendering it."""
INTEGER_LIMIT = 2**53 - 1
"""Largest whole number that JSON carries safely between programs."""
_SURROGATES = r"\ud800-\udfff"
_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
"""All but those that lay out a text: line feed, tab, carriage return."""
_REFUSED = {
    Trust.USER: re.compile(f"[{_SURROGATES}{_CONTROLS}]"),
    Trust.SYSTEM: re.compile(f"[{_SURROGATES}]"),
}
_STRING = VariableType.STRING
"""Looked up once: Python 3.11 calls a function for each look at a member of an enumeration."""
_TYPES: dict[VariableType, tuple[type, ...]] = {
    VariableType.STRING: (str,),
    VariableType.INTEGER: (int,),
    VariableType.NUMBER: (int, float),
    VariableType.BOOLEAN: (bool,),
}
_WORDS = {
    VariableType.STRING: "text",
    VariableType.INTEGER: f"a whole number within ±{INTEGER_LIMIT}",
    VariableType.NUMBER: "a number",
    VariableType.BOOLEAN: "true or false",
    VariableType.LIST: "a list of text, numbers and booleans",
}


def admitted(variables: list[Variable], values: Mapping[str, Any]) -> dict[str, Any]:
    """Give every declared variable its value; raises PromptError naming the variable."""
    return {variable.name: _admit(variable, values.get(variable.name)) for variable in variables}


def _admit(variable: Variable, value: Any) -> Any:
    if _is_plain_text(variable, value):
        return value
    if value is None:
        if variable.required:
            raise PromptError(f"variable {variable.name} is required and has no value")
        return ""
    if not _is_of(variable.type, value):
        raise PromptError(f"variable {variable.name} takes {_WORDS[variable.type]}, found {_kind(value)}")
    _refuse_length(variable, value)
    texts = value if isinstance(value, list) else [value]
    for text in texts:
        _refuse_characters(variable, text)
    return value


def _is_plain_text(variable: Variable, value: Any) -> bool:
    """Say whether there is nothing to look at twice, as there rarely is."""
    if type(value) is not str or variable.type is not _STRING or len(value) > (variable.max_length or VALUE_LIMIT):
        return False
    # What Python prints has neither control characters nor surrogates; only line ends and the like need the pattern.
    return value.isprintable() or _REFUSED[variable.trust].search(value) is None


def _is_of(kind: VariableType, value: Any) -> bool:
    if kind == VariableType.LIST:
        return type(value) is list and all(_is_scalar(item) for item in value)
    return type(value) in _TYPES[kind] and _is_scalar(value)


def _is_scalar(value: Any) -> bool:
    if type(value) is int:
        return abs(value) <= INTEGER_LIMIT
    return type(value) in (str, bool) or (type(value) is float and math.isfinite(value))


def _kind(value: Any) -> str:
    kinds = {
        str: "text",
        bool: "a boolean",
        int: "a whole number",
        float: "a number",
        dict: "an object",
        list: "a list",
    }
    found = kinds.get(type(value), type(value).__name__)
    if type(value) is list:
        return "a list with other items" if not all(map(_is_scalar, value)) else found
    return found if _is_scalar(value) or type(value) is dict else f"{found} out of range"


def _refuse_length(variable: Variable, value: Any) -> None:
    if type(value) is list and len(value) > ITEMS_LIMIT:
        raise PromptError(f"variable {variable.name} has {len(value)} items, {ITEMS_LIMIT} are the most")
    length = sum(len(text) for text in (value if type(value) is list else [value]) if type(text) is str)
    limit = variable.max_length or VALUE_LIMIT
    if length > limit:
        raise PromptError(f"variable {variable.name} has {length} characters, {limit} are the most")


def _refuse_characters(variable: Variable, text: Any) -> None:
    if type(text) is not str:
        return
    found = _REFUSED[variable.trust].search(text)
    if found is not None:
        at, character = found.start(), found.group()
        what = (
            "half a character (a lone surrogate)" if unicodedata.category(character) == "Cs" else "a control character"
        )
        raise PromptError(f"variable {variable.name} has {what}, U+{ord(character):04X}, at position {at + 1}")
