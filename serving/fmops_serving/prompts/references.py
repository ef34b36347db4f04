"""References to versioned entries, such as templates and chains: name@version or name@label."""

from collections.abc import Iterable
from typing import Protocol, TypeVar


class Versioned(Protocol):
    """An entry with versions and movable labels."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def version(self) -> int:
        """Its version."""
        ...

    @property
    def labels(self) -> list[str] | None:
        """Pointers to this version."""
        ...


VersionedT = TypeVar("VersionedT", bound=Versioned)


def find_entry(entries: Iterable[VersionedT], reference: str) -> VersionedT | None:
    """Find the entry that `summarise@3` or `summarise@production` names; digits are always a version."""
    name, _, pointer = reference.partition("@")
    for entry in entries:
        if entry.name == name and _points_at(entry, pointer):
            return entry
    return None


def _points_at(entry: Versioned, pointer: str) -> bool:
    if pointer.isascii() and pointer.isdigit():
        return str(entry.version) == pointer
    return pointer in (entry.labels or ())


def pinned(entry: Versioned) -> str:
    """Give the reference that can never point elsewhere: name@version."""
    return f"{entry.name}@{entry.version}"


def pointers(entries: Iterable[Versioned]) -> list[str]:
    """Give every reference that names one of the entries."""
    return [f"{entry.name}@{pointer}" for entry in entries for pointer in (entry.version, *(entry.labels or ()))]
