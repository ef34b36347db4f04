"""A copy of each catalogue's bundle for the gateway: the one in force, and no other."""

from fmops_operator.desired.promptcatalog_route import build_bundle_copy
from fmops_operator.desired.route import route_selector
from fmops_operator.manifest import CONFIG_MAP, PROMPT_CATALOG, Key, Manifest
from fmops_operator.world import World


async def route(owner: Key, world: World) -> None:
    """Copy the bundle that is in force, then take the older copies away; all of them when the catalogue is gone."""
    namespace = world.settings.gateway_namespace
    if not namespace:
        return
    async with world.turn(owner):
        catalog = await world.cluster.get(PROMPT_CATALOG, owner.namespace, owner.name)
        gone = catalog is None or "deletionTimestamp" in catalog["metadata"]
        bundle = None if gone else await _bundle(catalog or {}, world)
        copy = build_bundle_copy(owner, bundle, namespace) if bundle else None
        if copy:
            await world.cluster.apply(copy)
        if copy or gone:  # as long as the catalogue is there, its last valid bundle stays in force
            await _remove(owner, copy, world)


async def _bundle(catalog: Manifest, world: World) -> Manifest | None:
    name = (catalog.get("status", {}).get("bundle") or {}).get("configMap")
    return await world.cluster.get(CONFIG_MAP, catalog["metadata"]["namespace"], name) if name else None


async def _remove(owner: Key, but: Manifest | None, world: World) -> None:
    namespace = world.settings.gateway_namespace
    for each in await world.cluster.list(CONFIG_MAP, namespace, route_selector(owner)):
        name = each["metadata"]["name"]
        if but is None or name != but["metadata"]["name"]:
            await world.cluster.delete(CONFIG_MAP, namespace, name)
