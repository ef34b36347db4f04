"""What the objects of one kind hold, as the API server tells it, or as a copy has it until the API server does."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Generic, NamedTuple, TypeVar

from fmops_serving.gateway.routes.kept import Lines, line_of
from fmops_serving.gateway.routes.watch import Manifest, Unreadable

LOG = logging.getLogger(__name__)
BURST = 0.02
"""Seconds in which changes are gathered."""
T = TypeVar("T")


class Held(NamedTuple, Generic[T]):
    """What one object holds, and the line that keeps it; empty where nothing is kept."""

    value: T
    line: bytes


class Collection(Generic[T]):
    """What the objects of one kind hold, by their names; tells of each burst of changes once."""

    def __init__(
        self,
        read: Callable[[Manifest], T],
        tell: Callable[[Iterable[T]], None],
        trouble: Callable[[str], None] = lambda _: None,
        keep: Callable[[Lines], None] | None = None,
    ) -> None:
        """Read each object with `read`, give all of them to `tell`, and what is in the way of it to `trouble`.

        `keep` gets what a copy of them is made of.
        """
        self._read, self._tell, self._trouble, self._keep = read, tell, trouble, keep
        self._held: dict[str, Held[T]] = {}
        self._recalled: Callable[[int], None] | None = None
        self._due: asyncio.TimerHandle | None = None

    def read(self, manifests: Iterable[Manifest]) -> dict[str, Held[T]]:
        """Read objects, by their names. Raises Unreadable for the first that cannot be."""
        return {each["metadata"]["name"]: self._read_one(each) for each in manifests}

    def recall(self, held: dict[str, Held[T]], told: Callable[[int], None]) -> None:
        """Hold what a copy has, before anything was heard: for objects that cannot be read, and to fall back on.

        `told` hears how many they are, just before they come into force.
        """
        self._held, self._recalled = held, told

    def fall_back(self) -> None:
        """Put in force what was recalled, unless something was heard since."""
        if self._recalled is not None:
            self._recalled(len(self._held))
            self._recalled = None
            self._publish()

    def listed(self, manifests: list[Manifest]) -> None:
        """Take the whole list, and tell at once: nothing is known before the first."""
        self._recalled = None
        names = {each["metadata"]["name"] for each in manifests}
        self._held = {name: held for name, held in self._held.items() if name in names}
        for each in manifests:
            self._put(each)
        self._publish()

    def changed(self, manifest: Manifest) -> None:
        """Take a new or changed object."""
        self._put(manifest)
        self._soon()

    def deleted(self, manifest: Manifest) -> None:
        """Forget an object."""
        self._held.pop(manifest["metadata"]["name"], None)
        self._soon()

    def troubled(self, trouble: str) -> None:
        """Hear what is in the way of reading them; an empty text when nothing is."""
        self._trouble(trouble)
        if trouble:
            self.fall_back()

    def _put(self, manifest: Manifest) -> None:
        name = manifest["metadata"]["name"]
        try:
            self._held[name] = self._read_one(manifest)
        except Unreadable as fault:
            LOG.warning("%s: %s; what it held before stays in force", name, fault)

    def _read_one(self, manifest: Manifest) -> Held[T]:
        return Held(self._read(manifest), line_of(manifest) if self._keep is not None else b"")

    def _soon(self) -> None:
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(BURST, self._publish)

    def _publish(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
        self._tell([each.value for each in self._held.values()])
        if self._keep is not None:
            self._keep(tuple(sorted(each.line for each in self._held.values())))
