"""Where a store is, and why it does not serve: what is said of one without loading what speaks to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


class StoreFailed(Exception):  # noqa: N818 - a word of the domain
    """Why something cannot be written or read, in a sentence."""


class Missing(StoreFailed):
    """There is no such object."""


class NoBucket(StoreFailed):
    """There is no such bucket."""


class Denied(StoreFailed):
    """The store refuses the credentials."""


class Unreachable(StoreFailed):
    """Nobody answers."""


@dataclass(frozen=True)
class Place:
    """Where a store is. Credentials come from the environment, under the names that each store's own tools use."""

    uri: str
    endpoint: str | None = None
    region: str | None = None
    keys: Mapping[str, str] | None = field(default=None, repr=False)
    """Credentials by the same names, in place of those of the environment; without any the pod's identity counts."""
    rights: str = "read, write and list there"
    """What the credentials must allow, for a sentence."""
