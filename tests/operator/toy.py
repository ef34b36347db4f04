"""The operator with toy stories: each kind makes one ConfigMap. `python -m tests.operator.toy` runs it for tests."""

import asyncio
from typing import Any

from fmops_api.evaluationrun import EvaluationRun
from fmops_api.foundationmodel import FoundationModel
from fmops_api.meta import Resource
from fmops_api.promptcatalog import PromptCatalog
from fmops_api.reasons import ConditionType, FoundationModelReason
from fmops_operator import logs
from fmops_operator.desired.metadata import child, short_name
from fmops_operator.main import run
from fmops_operator.manifest import CONFIG_MAP
from fmops_operator.settings import Settings
from fmops_operator.status.conditions import condition, with_kstatus
from fmops_operator.story import Story
from fmops_operator.world import Outcome, World


async def reconcile(resource: Resource[Any, Any], world: World) -> Outcome[Any]:
    """Make a ConfigMap that holds the name, and be Ready."""
    name = short_name(resource.kind_name.lower(), resource.metadata.name)
    manifest = child(resource, CONFIG_MAP, name, "toy")
    manifest["data"] = {"name": resource.metadata.name, "generation": str(resource.metadata.generation)}
    await world.cluster.apply(manifest)
    ready = condition(ConditionType.READY, True, FoundationModelReason.SERVING)
    return Outcome(type(resource.status)(conditions=with_kstatus(ready, stalled=False, rest=())))


TOY_STORIES = {kind.kind_name: Story(kind, reconcile) for kind in (FoundationModel, PromptCatalog, EvaluationRun)}

if __name__ == "__main__":
    settings = Settings()
    logs.configure(settings.log_format, settings.log_level)
    asyncio.run(run(settings, TOY_STORIES))
