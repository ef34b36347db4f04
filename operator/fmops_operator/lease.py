"""Leader election on a Lease: one replica works, the others wait, and never do two.

A follower takes over when the Lease has not changed for its whole duration, by the follower's own clock: clocks of
different machines are never compared. A leader counts from the *start* of its last successful renewal and stops at
two thirds of the duration, so it has stopped well before anybody may take over. Every write checks that deadline.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fmops_operator.connection import Connection, Request
from fmops_operator.errors import Absent, ClusterError, Conflict, NotLeading
from fmops_operator.manifest import Manifest

log = logging.getLogger(__name__)
WORKING_SHARE = 2 / 3
RENEWALS = 5
"""Renewals tried in one duration."""


@dataclass(frozen=True)
class Terms:
    """Which Lease, who we are in it, and how long it holds, in seconds."""

    namespace: str
    name: str
    identity: str
    seconds: float

    @property
    def path(self) -> str:
        """The collection of Leases."""
        return f"/apis/coordination.k8s.io/v1/namespaces/{self.namespace}/leases"


class Lease:
    """Holds or waits for a Lease, for as long as `run` runs. `began` and `ended` are called on each change."""

    def __init__(
        self, connection: Connection, terms: Terms, began: Callable[[], None], ended: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._terms = terms
        self._began = began
        self._ended = ended
        self._deadline = 0.0
        self._working = False
        self._seen: tuple[str, float] = ("", 0.0)
        self.trouble = ""
        """Why the Lease cannot be read or written; empty while it can."""

    @property
    def leads(self) -> bool:
        """Whether this replica may write now."""
        return time.monotonic() < self._deadline

    def fence(self) -> float:
        """Give the seconds that a write may still take. Raises NotLeading when this replica may not write now."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise NotLeading("another replica may hold the Lease")
        return left

    async def run(self) -> None:
        """Take and renew the Lease for ever."""
        pause = self._terms.seconds / RENEWALS
        while True:
            await self._try(pause)
            self._announce()
            # The deadline may pass in the middle of the pause, when renewals fail: say so at once.
            left = self._deadline - time.monotonic()
            await asyncio.sleep(min(pause, left) if left > 0 else pause)
            self._announce()

    async def release(self) -> None:
        """Stop working and let go of the Lease, so that another replica need not wait for its end."""
        held = self.leads
        self._deadline = 0.0
        self._announce()
        if not held:
            return
        try:
            lease = await self._read()
            if lease and lease["spec"].get("holderIdentity") == self._terms.identity:
                lease["spec"].update(holderIdentity="", leaseDurationSeconds=1)
                await self._replace(lease)
        except ClusterError as error:
            log.info("the Lease was not released, it will run out: %s", error.message)

    async def _try(self, seconds: float) -> None:
        started = time.monotonic()
        try:
            async with asyncio.timeout(max(seconds, 1.0)):
                held = await self._take()
            self.trouble = ""
        except Conflict:
            held = False  # somebody else was quicker
        except (ClusterError, TimeoutError) as error:
            self._note(str(error) or "no answer in time")
            return  # what we held, we hold until the deadline
        self._deadline = started + self._terms.seconds * WORKING_SHARE if held else 0.0

    async def _take(self) -> bool:
        """Take or renew the Lease if it is ours to take. Raises ClusterError."""
        lease = await self._read()
        if lease is None:
            await self._connection.send(Request("POST", self._terms.path, body=self._new()))
            return True
        if not self._may_take(lease):
            return False
        await self._replace(self._renewed(lease))
        return True

    def _may_take(self, lease: Manifest) -> bool:
        holder = lease["spec"].get("holderIdentity") or ""
        if holder in ("", self._terms.identity):
            return True
        version = lease["metadata"]["resourceVersion"]
        if version != self._seen[0]:
            self._seen = (version, time.monotonic())
        duration = float(lease["spec"].get("leaseDurationSeconds") or self._terms.seconds)
        return time.monotonic() - self._seen[1] > duration

    def _renewed(self, lease: Manifest) -> Manifest:
        spec = lease["spec"]
        changes = spec.get("holderIdentity") != self._terms.identity
        spec["leaseTransitions"] = int(spec.get("leaseTransitions") or 0) + changes
        spec.update(self._claim(), **({} if not changes else {"acquireTime": _stamp()}))
        return lease

    def _new(self) -> Manifest:
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": self._terms.name, "namespace": self._terms.namespace},
            "spec": {**self._claim(), "acquireTime": _stamp(), "leaseTransitions": 0},
        }

    def _claim(self) -> dict[str, Any]:
        # Whole seconds, rounded up: a follower may wait longer than we think, never shorter.
        duration = -int(-self._terms.seconds // 1)
        return {"holderIdentity": self._terms.identity, "leaseDurationSeconds": duration, "renewTime": _stamp()}

    async def _read(self) -> Manifest | None:
        try:
            lease: Manifest = await self._connection.send(Request("GET", f"{self._terms.path}/{self._terms.name}"))
        except Absent:
            return None
        return lease

    async def _replace(self, lease: Manifest) -> None:
        # The resourceVersion in it makes the API server refuse when somebody wrote in between.
        await self._connection.send(Request("PUT", f"{self._terms.path}/{self._terms.name}", body=lease))

    def _announce(self) -> None:
        if self.leads != self._working:
            self._working = not self._working
            log.info("this replica leads" if self._working else "this replica follows")
            (self._began if self._working else self._ended)()

    def _note(self, why: str) -> None:
        if why != self.trouble:
            log.warning("cannot renew the Lease: %s", why)
        self.trouble = why


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
