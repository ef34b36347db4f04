"""What the gateway has to know of a model: written as soon as a pod, a key or the model changes, before all else."""

import asyncio
import logging
from typing import NamedTuple

from pydantic import ValidationError

from fmops_api.access import Access, AccessMode
from fmops_api.foundationmodel import FoundationModel
from fmops_api.reasons import FoundationModelReason as Reason
from fmops_operator.desired.foundationmodel_route import Credentials, build_route, build_route_secret
from fmops_operator.desired.metadata import selector
from fmops_operator.desired.route import route_name
from fmops_operator.errors import Absent, Forbidden, Refused
from fmops_operator.manifest import FOUNDATION_MODEL, POD, SECRET, Key
from fmops_operator.observed import Pod
from fmops_operator.reconcile.foundationmodel_guard import find_guard
from fmops_operator.reconcile.foundationmodel_source import read_secret
from fmops_operator.status.foundationmodel_pods import Finding
from fmops_operator.world import World

log = logging.getLogger(__name__)
_SPOKEN = (Absent, Forbidden, Refused)
"""What a person has to mend in the gateway's namespace; the model itself goes on."""


class Routing(NamedTuple):
    """Whether the gateway serves a model, and whether its guard rails work; None where there is nothing to say."""

    routed: Finding | None = None
    guarded: Finding | None = None


async def route(owner: Key, world: World) -> Routing:
    """Make the gateway know the model as it is now, or know it no more.

    Called from the model's story and, so that a slow probe there keeps no pod waiting, whenever a pod changes: one at
    a time for each model, and each from what is known at that moment, so that the last one to write is never behind.
    """
    async with world.turn(owner):
        found = await world.cluster.get(FOUNDATION_MODEL, owner.namespace, owner.name)
        if found is None or found["metadata"].get("deletionTimestamp"):
            await unroute(owner, world)
            return Routing()
        try:
            model = FoundationModel.parse(found)
        except ValidationError:
            return Routing()  # the model's story says what is wrong with it; the last good route stays
        if not world.settings.gateway_namespace:
            asks = (model.spec.guardrails, model.spec.access, model.spec.balancing) != (None, None, None)
            return Routing(Finding(False, Reason.GATEWAY_MISSING) if asks else None)
        return await _write(model, world)


async def unroute(owner: Key, world: World) -> None:
    """Take the route of a model that is gone out of the gateway's namespace."""
    namespace = world.settings.gateway_namespace
    if namespace and await world.cluster.get(SECRET, namespace, route_name(owner)) is not None:
        await world.cluster.delete(SECRET, namespace, route_name(owner))


async def _write(model: FoundationModel, world: World) -> Routing:
    credentials = await _read_credentials(model, world)
    guard = await find_guard(model, world)
    # Read last: between this and the request nothing else is waited for.
    pods = await world.cluster.list(POD, model.metadata.namespace, selector(model))
    route = build_route(model, [Pod.of(pod) for pod in pods], credentials, guard.endpoints)
    try:
        await world.cluster.apply(build_route_secret(model, route, world.settings.gateway_namespace))
    except _SPOKEN as error:
        log.warning("the route of %s is not written: %s", model.metadata.name, error.message)
        return Routing(Finding(False, Reason.ROUTE_REFUSED, error.message), guard.finding)
    return Routing(assess_route(model, credentials, world.settings.gateway_url), guard.finding)


def assess_route(model: FoundationModel, credentials: Credentials, gateway: str) -> Finding:
    """Say whether applications can reach the model through the gateway."""
    if credentials.missing:
        return Finding(False, Reason.KEY_NOT_FOUND, "; ".join(credentials.missing)[:1000])
    access, rails = model.spec.access or Access(), model.spec.guardrails or ()
    if access.mode is AccessMode.KEYS and not access.keys:
        return Finding(False, Reason.NO_KEYS)
    who = "anybody" if access.mode is AccessMode.PUBLIC else f"{_count(len(access.keys or ()), 'key')}"
    return Finding(True, Reason.ROUTED, f"{gateway} serves it to {who}, behind {_count(len(rails), 'guard rail')}")


async def _read_credentials(model: FoundationModel, world: World) -> Credentials:
    provider = model.spec.source.provider
    keys = (model.spec.access.keys if model.spec.access else None) or []
    references = [provider.api_key_secret_ref if provider else None, *(key.secret_ref for key in keys)]
    (api_key, missing), *read = await asyncio.gather(*(read_secret(model, each, world) for each in references))
    texts = {key.name: text for key, (text, _) in zip(keys, read, strict=True) if text}
    lacks = [f"access.keys[{key.name}]: {lack}" for key, (_, lack) in zip(keys, read, strict=True) if lack]
    return Credentials(api_key, texts, tuple([missing] if missing else []) + tuple(lacks))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
