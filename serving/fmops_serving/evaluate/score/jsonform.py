"""JSON Schemas from elsewhere, held to what can be checked safely: no network, no endless pattern, no endless loop."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from jsonschema import ValidationError
from jsonschema.exceptions import SchemaError
from jsonschema.protocols import Validator
from jsonschema.validators import Draft202012Validator, extend, validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

from fmops_serving.evaluate.score.pattern import compiled

_LONGEST = 32 * 1024
"""Bytes of a schema as JSON."""
_PROBES: tuple[Any, ...] = (None, True, 0, "", [], {})
_Unknown = extend(Draft202012Validator)  # type: ignore[no-untyped-call]
_NAMED = frozenset({"properties", "$defs", "definitions", "dependentSchemas"})
"""Keywords whose names are the author's own and mean nothing."""


class Unusable(ValueError):  # noqa: N818
    """A schema cannot be used; the message goes on from its name."""


def validator_of(schema: Mapping[str, Any]) -> Validator:
    """Make the validator of a schema; raises Unusable."""
    if len(orjson.dumps(schema)) > _LONGEST:
        raise Unusable("is longer than 32 KiB")
    draft = schema.get("$schema", Draft202012Validator.META_SCHEMA["$schema"])
    kind = validator_for({"$schema": draft}, default=_Unknown) if isinstance(draft, str) else _Unknown
    if kind is _Unknown:
        raise Unusable(f"names no known draft: {draft}")
    try:
        kind.check_schema(dict(schema))
        _check(schema, "")
        validator: Validator = extend(kind, _SAFE)(schema, registry=Registry())  # type: ignore[no-untyped-call]
        for probe in _PROBES:
            validator.is_valid(probe)
    except SchemaError as error:
        place = ".".join(str(part) for part in error.absolute_path)
        raise Unusable(f"is no JSON Schema{f': at {place}' if place else ''}: {error.message[:200]}") from None
    except Unresolvable as error:
        raise Unusable(f"has a $ref that leads nowhere: {error.ref}") from None
    except RecursionError:
        raise Unusable("refers to itself without end") from None
    return validator


def is_valid(validator: Validator, value: Any) -> bool:
    """Say whether a value is of the schema; one that is nested too deep to tell is not."""
    try:
        return validator.is_valid(value)
    except RecursionError:
        return False


def _check(part: Any, path: str) -> None:
    """Refuse what would reach out, or run patterns of Python on what a model says."""
    if isinstance(part, list):
        for index, item in enumerate(part):
            _check(item, f"{path}[{index}]")
    elif isinstance(part, dict):
        for name, value in part.items():
            _check_keyword(name, value, f"{path}.{name}")


def _check_keyword(name: str, value: Any, path: str) -> None:
    if name in _NAMED and isinstance(value, dict):
        for inner, schema in value.items():
            _check(schema, f"{path}.{inner}")
    elif name == "patternProperties":
        raise Unusable(f"has {path[1:]}, which is not supported: name the properties")
    elif name in {"$ref", "$dynamicRef"} and isinstance(value, str) and not value.startswith("#"):
        raise Unusable(f"has a {path[1:]} that leads out of it: {value}")
    elif name == "pattern" and isinstance(value, str):
        _check_pattern(value, path)
    elif name not in {"const", "enum", "default", "examples"}:
        _check(value, path)


def _check_pattern(pattern: str, path: str) -> None:
    try:
        compiled(pattern)
    except ValueError as error:
        raise Unusable(f"has a {path[1:]} that is no regular expression of RE2: {error}") from None


def _pattern(_validator: Validator, pattern: str, value: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(value, str) and compiled(pattern).search(value) is None:
        yield ValidationError("does not match")


def _unique(_validator: Validator, wanted: bool, value: Any, _schema: Any) -> Iterator[ValidationError]:
    """Compare items by their canonical text: in time that grows with the list, not with its square."""
    if not wanted or not isinstance(value, list):
        return
    texts = {orjson.dumps(_canonical(item), option=orjson.OPT_SORT_KEYS) for item in value}
    if len(texts) < len(value):
        yield ValidationError("has an item twice")


def _canonical(value: Any) -> Any:
    """Write numbers of the same value alike: to JSON Schema 1.0 is 1."""
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    if isinstance(value, dict):
        return {name: _canonical(item) for name, item in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


_SAFE = {"pattern": _pattern, "uniqueItems": _unique}
