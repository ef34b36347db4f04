"""YAML is read as kubectl reads it."""

from typing import Any

import pytest

from fmops_serving.validate.yamlnodes import compose, value_of


def read(text: str) -> Any:
    (node,) = compose(text)
    return value_of(node)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2023-12-01", "2023-12-01"),
        ("1:30", "1:30"),
        ("yes", True),
        ("Off", False),
        ("y", "y"),
        ("0x1F", 31),
        ("010", 8),
        ("-7", -7),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("0.80", 0.8),
        ('"0.80"', "0.80"),
        ("~", None),
        ("1.2.3", "1.2.3"),
        ("500m", "500m"),
        ("=", "="),
        ("<<", "<<"),
    ],
)
def test_a_plain_word_becomes(text: str, value: Any) -> None:
    found = read(f"a: {text}")["a"]
    assert found == value
    assert type(found) is type(value)


def test_names_are_text_as_in_json() -> None:
    assert read("{1: a, true: b, 0.5: c}") == {"1": "a", "true": "b", "0.5": "c"}


def test_aliases_are_followed() -> None:
    assert read("a: &x [1, 2]\nb: *x\n") == {"a": [1, 2], "b": [1, 2]}


def test_empty_documents_are_left_out() -> None:
    assert len(list(compose("---\n---\na: 1\n---\n# nothing\n"))) == 1
