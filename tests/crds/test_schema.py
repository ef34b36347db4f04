"""Each step from a pydantic type to a structural schema."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import Field, create_model

from fmops_api.meta import Model, Observed, Rule, keyed
from fmops_api.scalars import Duration, Identifier, Quantity
from fmops_api.schema import Unstructural, structural


class Colour(StrEnum):
    RED = "Red"
    BLUE = "Blue"


class Inner(Model):
    """An inner part."""

    rules: ClassVar[tuple[Rule, ...]] = (Rule("self.size > 0", "size must be more than zero"),)
    size: int = Field(default=1, description="Its size.")


class Seen(Observed):
    """A status."""

    note: Annotated[str, Field(pattern="^a$", min_length=1, max_length=9)] = Field(default="", description="A note.")


class Chain(Model):
    """A part of itself."""

    below: "Chain | None" = Field(default=None, description="More of it.")


ROWS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "text": (str, ..., {"type": "string"}),
    "an optional field is one that may be absent": (str | None, None, {"type": "string"}),
    "an enumeration stands inline": (Colour, ..., {"type": "string", "enum": ["Red", "Blue"]}),
    "an optional enumeration has no null": (Colour | None, None, {"type": "string", "enum": ["Red", "Blue"]}),
    "a default is the value in JSON": (
        Colour,
        Colour.RED,
        {"type": "string", "enum": ["Red", "Blue"], "default": "Red"},
    ),
    "one allowed word is an enumeration of one": (Literal["x"], ..., {"type": "string", "enum": ["x"]}),
    "a number says how wide it is": (int, ..., {"type": "integer", "format": "int64"}),
    "a small number is narrow": (
        Annotated[int, Field(ge=1, le=9)],
        ...,
        {"type": "integer", "format": "int32", "minimum": 1, "maximum": 9},
    ),
    "an exclusive bound is a bound and a flag": (
        Annotated[int, Field(gt=0)],
        ...,
        {"type": "integer", "format": "int64", "minimum": 0, "exclusiveMinimum": True},
    ),
    "a time": (datetime, ..., {"type": "string", "format": "date-time"}),
    "a free object": (dict[str, Any], ..., {"type": "object", "x-kubernetes-preserve-unknown-fields": True}),
    "a list that may be short": (
        Annotated[list[str], Field(min_length=1, max_length=3)],
        ...,
        {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 3},
    ),
    "a set": (set[str], ..., {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"}),
}


def field_schema(annotation: Any, default: Any = ..., **extra: Any) -> dict[str, Any]:
    model = create_model("Sample", __base__=Model, field=(annotation, Field(default=default, **extra)))
    part: dict[str, Any] = structural(model)["properties"]["field"]
    return part


@pytest.mark.parametrize(("annotation", "default", "wanted"), ROWS.values(), ids=ROWS)
def test_a_field_becomes(annotation: Any, default: Any, wanted: dict[str, Any]) -> None:
    assert field_schema(annotation, default) == wanted


def test_whole_number_or_text_keeps_the_rule_of_the_text() -> None:
    part = field_schema(Quantity | int)
    assert part["anyOf"] == [{"type": "integer"}, {"type": "string"}]
    assert part["x-kubernetes-int-or-string"] is True
    assert part["maxLength"] == 32
    assert part["x-kubernetes-validations"][0]["rule"].startswith("type(self) == int || self.matches(")


def test_a_shape_becomes_rules_with_its_sentences() -> None:
    messages = [rule["message"] for rule in field_schema(Duration)["x-kubernetes-validations"]]
    assert messages == ["must be a duration such as 500ms, 30s, 2h or 1h30m", "must be more than zero"]


def test_the_keys_of_a_map_are_judged_by_a_rule() -> None:
    part = field_schema(dict[Identifier, str])
    assert part["additionalProperties"] == {"type": "string"}
    rules = [rule["rule"] for rule in part["x-kubernetes-validations"]]
    assert rules == ["self.all(k, k.matches(r'^([A-Za-z_][A-Za-z0-9_]*)$'))", "self.all(k, size(k) <= 63)"]


def test_a_part_stands_inline_with_its_rules_and_the_description_of_its_field() -> None:
    part = field_schema(Inner, description="The field.")
    assert part["description"] == "The field."
    assert part["x-kubernetes-validations"] == [{"rule": "self.size > 0", "message": "size must be more than zero"}]
    assert "additionalProperties" not in part


def test_a_part_that_its_class_makes_defaults_to_all_its_own_defaults() -> None:
    model = create_model("Sample", __base__=Model, field=(Inner, Field(default_factory=Inner)))
    assert structural(model)["properties"]["field"]["default"] == {"size": 1}


def test_a_named_list_says_its_keys() -> None:
    part = field_schema(list[Inner], json_schema_extra=keyed("size"))
    assert (part["x-kubernetes-list-type"], part["x-kubernetes-list-map-keys"]) == ("map", ["size"])


def test_a_status_is_never_judged_and_nothing_is_invented_in_it() -> None:
    assert structural(Seen)["properties"]["note"] == {"type": "string", "description": "A note.", "maxLength": 9}


def test_what_holds_itself_is_cut() -> None:
    below = structural(Chain)["properties"]["below"]
    assert below == {"type": "object", "description": "More of it.", "x-kubernetes-preserve-unknown-fields": True}


@pytest.mark.parametrize("annotation", [tuple[int, str], Inner | str, int | float])
def test_what_has_no_structural_form_is_refused(annotation: Any) -> None:
    with pytest.raises(Unstructural):
        field_schema(annotation)
