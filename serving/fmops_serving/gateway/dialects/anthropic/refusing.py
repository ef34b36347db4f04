"""How a request is refused that the Messages API has no words for: with the path of the field at fault."""

from typing import Any

from fmops_serving.gateway.refusal import Refusal

Json = dict[str, Any]
_NO_FIELD = "Anthropic's API has no such field: leave it out"


def unsupported(path: str, why: str) -> Refusal:
    """Refuse a field that has no counterpart."""
    return Refusal(400, "unsupported_parameter", f"{path}: {why}", param=path)


def invalid(path: str, why: str) -> Refusal:
    """Refuse a value that is not as the OpenAI API has it."""
    return Refusal(400, "invalid_value", f"{path}: {why}", param=path)


def demand_object(path: str, value: Any) -> Json:
    """Give an object, or refuse what is none."""
    if not isinstance(value, dict):
        raise invalid(path, f"must be an object, found {word(value)}")
    return value


def demand_list(path: str, value: Any) -> list[Any]:
    """Give a list, or refuse what is none."""
    if not isinstance(value, list):
        raise invalid(path, f"must be a list, found {word(value)}")
    return value


def demand_text(path: str, value: Any) -> str:
    """Give a text that is not empty, or refuse what is none."""
    if not isinstance(value, str):
        raise invalid(path, f"must be text, found {word(value)}")
    if not value:
        raise invalid(path, "is empty, which Anthropic refuses: leave it out")
    return value


def refuse_others(path: str, given: Json, known: frozenset[str]) -> None:
    """Refuse fields that are not known; null says nothing and may stand anywhere."""
    for name, value in given.items():
        if name not in known and value is not None and value != []:
            raise unsupported(f"{path}.{shown(name)}", _NO_FIELD)


def unknown(name: str) -> Refusal:
    """Refuse a field at the top that nobody knows."""
    return unsupported(shown(name), _NO_FIELD)


def shown(name: str) -> str:
    """Write a client's own name of a field, which may be empty or without end."""
    return name[:100] or '""'


def word(value: Any) -> str:
    """Name the type of a JSON value."""
    words = {str: "text", bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return "null" if value is None else words[type(value)]
