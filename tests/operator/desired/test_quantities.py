"""Quantities as the API server writes them."""

import pytest

from fmops_operator.desired.quantities import canonical


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("1000m", "1"),
        ("0.5", "500m"),
        (2, "2"),
        ("1024Mi", "1Gi"),
        ("1500Mi", "1500Mi"),
        ("1.5Gi", "1536Mi"),
        ("2000", "2k"),
        ("1024", "1024"),
        ("0", "0"),
        ("4096Mi", "4Gi"),
        ("1000M", "1G"),
        ("0.0001", "1m"),
    ],
)
def test_a_quantity(written: str | int, stored: str) -> None:
    assert canonical(written) == stored
