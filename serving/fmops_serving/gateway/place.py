"""Which model, and which revision of it."""

from typing import NamedTuple

Revision = tuple[str, str, str]
"""Namespace, name and revision."""


class Place(NamedTuple):
    """Which model: namespace and name."""

    namespace: str
    name: str

    def __str__(self) -> str:
        """Write it as clients do."""
        return f"{self.namespace}/{self.name}"
