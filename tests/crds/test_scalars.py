"""Scalars: what they take, what they mean."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from fmops_api import scalars
from fmops_api.scalars import binary_size, parameter_count, quantity, seconds

SECONDS = {"500ms": 0.5, "30s": 30, "1h30m": 5400, "2h": 7200, "1m1ms": 60.001, "0s": 0}
QUANTITIES = {"24Gi": 24 * 2**30, "500m": Decimal("0.5"), "2": 2, "1.5k": 1500, "1Ki": 1024, "3E": 3 * 10**18, 7: 7}
COUNTS = {"8B": 8 * 10**9, "135M": 135 * 10**6, "8.03B": 8_030_000_000, "1T": 10**12, "7": 7, "2K": 2000}
NONSENSE = ("", " ", "x", "5 m", "-1", "1e3", "1,5", "½", "٣", "1\n", "0x10")
FORMATS: dict[str, tuple[Any, tuple[str, ...], tuple[str, ...]]] = {
    "ObjectName": (scalars.ObjectName, ("a", "a.b-c", "0"), ("", "A", "a..b", "-a", "a.", "a\n", "a_b", "é")),
    "Label": (scalars.Label, ("a", "a-1"), ("", "a.b", "-a", "x" * 64)),
    "PointerLabel": (scalars.PointerLabel, ("production", "v2"), ("2", "2a", "", "A")),
    "Fraction": (scalars.Fraction, ("0", "1", "0.5", "1.0"), ("1.1", "-0", ".5", "2", "50%", "")),
    "SomeFraction": (scalars.SomeFraction, ("0.01", "1"), ("0", "0.00")),
    "DecimalText": (scalars.DecimalText, ("-1", "0.8", "30"), ("+1", "1.", "1e3", "")),
    "Temperature": (scalars.Temperature, ("0", "1.5", "2"), ("2.1", "-1", "3", "")),
    "Confidence": (scalars.Confidence, ("0.95",), ("0", "1", "0.0", "95%")),
    "Duration": (scalars.Duration, ("1h", "1m30s", "5ms"), ("0s", "1s1m", "1d", "1", "", "1234567h")),
    "Quantity": (scalars.Quantity, ("0", "1Ki", "1k", "1.5Gi"), ("1ki", "1K", "-1", "1 Gi", "")),
    "HttpUrl": (
        scalars.HttpUrl,
        ("http://a", "https://a:1/b?c=d", "http://[::1]:80/"),
        ("ftp://a", "http://u:p@a", "http://a b", "http://", "http://a#b", "//a", "http://a\n"),
    ),
    "BaseUrl": (scalars.BaseUrl, ("https://a/v1/",), ("https://a?b", "https://a/v1?b=c")),
    "VolumePath": (scalars.VolumePath, ("a/b c", "é"), ("/a", "", "a\nb", "a\x00b")),
    "LabelKey": (scalars.LabelKey, ("gpu", "nvidia.com/gpu"), ("a/b/c", "/a", "", "a b")),
    "LabelValue": (scalars.LabelValue, ("", "NVIDIA-L4"), ("a b", "-a", "ä")),
    "Language": (scalars.Language, ("en", "pt-BR"), ("English", "e", "EN", "")),
    "MetricName": (scalars.MetricName, ("f1", "latency.request.p95"), ("", ".f1", "f1.", "1f", "f-1")),
}


@pytest.mark.parametrize(("text", "wanted"), SECONDS.items())
def test_a_duration_is_so_many_seconds(text: str, wanted: float) -> None:
    assert seconds(text) == wanted


@pytest.mark.parametrize(("text", "wanted"), QUANTITIES.items())
def test_a_quantity_is_so_much(text: str | int, wanted: Decimal | int) -> None:
    assert quantity(text) == wanted


@pytest.mark.parametrize(("text", "wanted"), COUNTS.items())
def test_a_number_of_parameters(text: str, wanted: int) -> None:
    assert parameter_count(text) == wanted


@pytest.mark.parametrize("text", NONSENSE)
def test_nonsense_is_refused_with_an_example_of_what_would_be_right(text: str) -> None:
    for read in (seconds, quantity, parameter_count):
        with pytest.raises(ValueError, match="such as"):
            read(text)


@pytest.mark.parametrize(("kind", "good", "bad"), FORMATS.values(), ids=FORMATS)
def test_a_format_takes_what_is_right_and_says_what_would_be(
    kind: Any, good: tuple[str, ...], bad: tuple[str, ...]
) -> None:
    adapter = TypeAdapter(kind)
    assert [adapter.validate_python(text) for text in good] == list(good)
    for text in bad:
        with pytest.raises(ValidationError, match=r"must be|at most"):
            adapter.validate_python(text)


@given(st.integers(min_value=0, max_value=2**60))
def test_a_size_for_people_is_a_quantity_near_the_size(size: int) -> None:
    assert abs(float(quantity(binary_size(size))) - size) <= 0.06 * size


@given(st.from_regex(rf"\A({scalars.DURATION})\Z"))
def test_every_duration_that_is_accepted_can_be_read(text: str) -> None:
    if text.isascii():
        assert seconds(text) >= 0
