"""What a model's answers were like, and whether they kept what is promised."""

from fmops_api.foundationmodel import FoundationModel
from fmops_api.objectives import ObservedTraffic
from fmops_operator.status.foundationmodel_objectives import find_objectives, observe
from fmops_operator.status.foundationmodel_pods import Finding
from fmops_operator.world import World


async def measure(model: FoundationModel, world: World) -> tuple[Finding | None, ObservedTraffic | None]:
    """Read what the gateway measured; gives whether the objectives are kept, and the figures for people."""
    traffic = await world.gateways.traffic(model.metadata.namespace, model.metadata.name)
    objectives = model.spec.objectives
    kept = find_objectives(objectives, traffic) if objectives else None
    return kept, observe(objectives, traffic, model.status.observed, world.now())
