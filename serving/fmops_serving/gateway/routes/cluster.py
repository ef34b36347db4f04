"""Routes and bundles from the gateway's own namespace: Secrets and ConfigMaps that the operator keeps there.

The gateway needs no right but to read these two kinds in that one namespace. An object that cannot be read keeps what
it held before in force and is named in the log. Changes that come in one burst become one table.
"""

import asyncio
import base64
import binascii
import logging
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from pydantic import ValidationError

from fmops_api.route import MODEL_ROUTE, PROMPTS_ROUTE, ROUTE_KEY, ROUTE_LABEL, Route
from fmops_serving.gateway.routes.apiserver import Account, ApiServer
from fmops_serving.gateway.routes.bundle import Bundle, in_force, read_bundle
from fmops_serving.gateway.routes.watch import Manifest, Unreadable, Watch

LOG = logging.getLogger(__name__)
BURST = 0.02
"""Seconds in which changes are gathered."""
T = TypeVar("T")


class Collection(Generic[T]):
    """What the objects of one kind hold, by their names; tells of each burst of changes once."""

    def __init__(
        self,
        read: Callable[[Manifest], T],
        tell: Callable[[Iterable[T]], None],
        trouble: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Read each object with `read`, give all of them to `tell`, and what is in the way of it to `trouble`."""
        self._read, self._tell, self.troubled = read, tell, trouble
        self._held: dict[str, T] = {}
        self._due: asyncio.TimerHandle | None = None

    def listed(self, manifests: list[Manifest]) -> None:
        """Take the whole list, and tell at once: nothing is known before the first."""
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

    def _put(self, manifest: Manifest) -> None:
        name = manifest["metadata"]["name"]
        try:
            self._held[name] = self._read(manifest)
        except Unreadable as fault:
            LOG.warning("%s: %s; what it held before stays in force", name, fault)

    def _soon(self) -> None:
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(BURST, self._publish)

    def _publish(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
        self._tell(list(self._held.values()))


def read_route(manifest: Manifest) -> Route:
    """Read a Secret. Raises Unreadable, which never shows what the Secret holds."""
    encoded = (manifest.get("data") or {}).get(ROUTE_KEY)
    if encoded is None:
        raise Unreadable(f"it has no key {ROUTE_KEY}")
    try:
        return Route.model_validate_json(base64.b64decode(encoded, validate=True))
    except binascii.Error:
        raise Unreadable(f"{ROUTE_KEY} is no base64") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or ROUTE_KEY
        raise Unreadable(f"{where}: {first['msg']}") from None


async def follow_cluster(
    account: Account,
    namespace: str,
    routes: Callable[[Iterable[Route]], None],
    bundles: Callable[[Iterable[Bundle]], None] | None = None,
    trouble: Callable[[str], None] = lambda _: None,
) -> None:
    """Give every change of the namespace's routes and bundles, for ever; the first call of each has all of them.

    `trouble` hears why routes cannot be read, and an empty text once they can.
    """
    root = f"/api/v1/namespaces/{namespace}"
    models = Collection(read_route, routes, trouble)
    server = ApiServer(account)
    async with asyncio.TaskGroup() as group:
        group.create_task(Watch(server, f"{root}/secrets", f"{ROUTE_LABEL}={MODEL_ROUTE}", models).run())
        if bundles is not None:
            prompts = Collection(read_bundle, lambda every: bundles(in_force(every)))
            group.create_task(Watch(server, f"{root}/configmaps", f"{ROUTE_LABEL}={PROMPTS_ROUTE}", prompts).run())
