"""References: a version is digits, a label is a pointer."""

import pytest

from fmops_serving.prompts.references import find_entry, pinned
from tests.serving.prompts.entries import template

TEMPLATES = [
    template(labels=["staging"]),
    template(version=2, labels=["production"]),
    template(name="other", version=12),
]


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("t@1", "t@1"),
        ("t@production", "t@2"),
        ("t@staging", "t@1"),
        ("other@12", "other@12"),
        ("other@1", None),
        ("t@nope", None),
        ("t", None),
        ("nope@1", None),
        ("t@²", None),
    ],
)
def test_a_reference_finds(reference: str, found: str | None) -> None:
    template_found = find_entry(TEMPLATES, reference)
    assert (pinned(template_found) if template_found else None) == found
