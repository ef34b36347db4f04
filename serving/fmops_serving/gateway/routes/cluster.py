"""Routes and bundles from the gateway's own namespace: Secrets and ConfigMaps that the operator keeps there.

The gateway needs no right but to read these two kinds in that one namespace. An object that cannot be read keeps what
it held before in force and is named in the log. Changes that come in one burst become one table.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable, Iterable
from functools import partial

from pydantic import ValidationError

from fmops_api.route import MODEL_ROUTE, PROMPTS_ROUTE, ROUTE_KEY, ROUTE_LABEL, Route
from fmops_serving.gateway.routes.apiserver import Account, ApiServer
from fmops_serving.gateway.routes.bundle import Bundle, in_force, read_bundle
from fmops_serving.gateway.routes.collection import Collection
from fmops_serving.gateway.routes.keeper import Keeper
from fmops_serving.gateway.routes.watch import Manifest, Unreadable, Watch


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


async def follow_cluster(  # noqa: PLR0913 - where it asks, and what it fills
    account: Account,
    namespace: str,
    routes: Callable[[Iterable[Route]], None],
    bundles: Callable[[Iterable[Bundle]], None],
    *,
    trouble: Callable[[str], None],
    keeper: Keeper | None = None,
) -> None:
    """Give every change of the namespace's routes and bundles, for ever; the first call of each has all of them.

    `trouble` hears why routes cannot be read, and an empty text once they can. `keeper` has a copy for as long as they
    never could.
    """
    root, server = f"/api/v1/namespaces/{namespace}", ApiServer(account)

    def heard(text: str) -> None:
        trouble(text)
        if keeper is not None and not text:
            keeper.confirmed()

    keep = {kind: partial(keeper.take, kind) if keeper is not None else None for kind in (MODEL_ROUTE, PROMPTS_ROUTE)}
    models = Collection(read_route, routes, heard, keep[MODEL_ROUTE])
    prompts = Collection(read_bundle, lambda every: bundles(in_force(every)), keep=keep[PROMPTS_ROUTE])
    if keeper is not None:
        await keeper.begin({MODEL_ROUTE: models, PROMPTS_ROUTE: prompts})
    async with asyncio.TaskGroup() as group:
        group.create_task(Watch(server, f"{root}/secrets", f"{ROUTE_LABEL}={MODEL_ROUTE}", models).run())
        group.create_task(Watch(server, f"{root}/configmaps", f"{ROUTE_LABEL}={PROMPTS_ROUTE}", prompts).run())
        if keeper is not None:
            group.create_task(keeper.wait())
            group.create_task(keeper.run())
