"""The story of a FoundationModel: make its children be, ask its endpoint, and say how far that has got."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from fmops_api.foundationmodel import FoundationModel, FoundationModelStatus
from fmops_api.reasons import FoundationModelReason as Reason
from fmops_api.reasons import OperatorReason
from fmops_operator.desired.foundationmodel import (
    REPLICAS_ANNOTATION,
    Surroundings,
    build_deployment,
    build_objects,
    wanted_replicas,
)
from fmops_operator.desired.foundationmodel_alerts import build_prometheus_rule
from fmops_operator.desired.foundationmodel_network import served_name, url
from fmops_operator.desired.foundationmodel_route import route_key
from fmops_operator.desired.metadata import digest, selector, short_name
from fmops_operator.desired.vllm import startup_seconds
from fmops_operator.desired.vllm_conflicts import conflicts
from fmops_operator.errors import Refused
from fmops_operator.manifest import DEPLOYMENT, POD, POD_MONITOR, PROMETHEUS_RULE, Manifest
from fmops_operator.observed import Pod, Rollout, scaled_by_others
from fmops_operator.reconcile.foundationmodel_objectives import measure
from fmops_operator.reconcile.foundationmodel_record import Record, write_status
from fmops_operator.reconcile.foundationmodel_route import route
from fmops_operator.reconcile.foundationmodel_source import find_chat_template, find_source, read_secret
from fmops_operator.sizing import size
from fmops_operator.sizing_demand import demand_of, room_of
from fmops_operator.status.foundationmodel import Observation, external_answer, find_external_source, own_answer
from fmops_operator.status.foundationmodel_pods import Finding, find_refusal
from fmops_operator.world import OPENAI, Answer, Outcome, Spoken, World

ASK_AGAIN_SECONDS = 5.0
"""An endpoint that does not answer yet is asked again after so long."""
LOOK_AGAIN_SECONDS = 30.0
"""What no event tells of, such as a new Secret or a larger quota, is looked at again after so long."""
_ROUTE_WAITS = frozenset({Reason.KEY_NOT_FOUND, Reason.ROUTE_REFUSED, Reason.DETECTOR_KEY_NOT_FOUND})
HUB_AWAY_SECONDS = 300.0
"""A hub that cannot be asked is needed for the estimate only, so it is asked seldom."""


async def reconcile(model: FoundationModel, world: World) -> Outcome[FoundationModelStatus]:
    """Make the cluster serve this model, and say how far that has got."""
    # First of all: the gateway must not wait for a hub or for an endpoint that is slow to answer.
    routing = await route(route_key(model), world)
    record = await (_look_outside(model, world) if model.spec.source.external else _run(model, world))
    await _watch(model, world)
    kept, observed = await measure(model, world)
    record = replace(
        record,
        seen=replace(record.seen, routed=routing.routed, guarded=routing.guarded, objectives=kept),
        observed=observed,
    )
    status = write_status(model, record)
    return Outcome(status, again_after=_again_after(model, record, world))


async def _watch(model: FoundationModel, world: World) -> None:
    """Let Prometheus watch the model, where the cluster has rules for it."""
    if await world.cluster.serves(PROMETHEUS_RULE):
        await world.cluster.apply(build_prometheus_rule(model, world.settings))


async def _look_outside(model: FoundationModel, world: World) -> Record:
    provider = model.spec.source.provider
    reference = provider.api_key_secret_ref if provider else None
    key, missing = await read_secret(model, reference, world)
    around = Surroundings(world.settings, world.images)
    if missing:
        return Record(Observation(source=Finding(False, Reason.PROVIDER_UNAUTHORIZED, missing)), around)
    spoken = Spoken(provider.api, provider.api_version) if provider else OPENAI
    asked = await world.endpoint.ask(url(model), served_name(model), model.spec.task, key, spoken=spoken)
    answer = external_answer(asked)
    return Record(Observation(source=find_external_source(answer), answer=answer), around)


async def _run(model: FoundationModel, world: World) -> Record:
    template, missing = await find_chat_template(model, world)
    deployment, pods = await _children(model, world)
    around = Surroundings(
        settings=world.settings,
        images=world.images,
        chat_template_digest=digest(template) if template is not None else None,
        monitors=await world.cluster.serves(POD_MONITOR),
    )
    clashes = conflicts(model)
    blocked = missing or (Finding(False, Reason.ARGUMENT_CONFLICT, "; ".join(clashes)) if clashes else None)
    # A hub that is slow to answer must not keep the pods from being made: both go on at once.
    found, applied = await asyncio.gather(
        find_source(model, pods, world), _nothing(deployment) if blocked else _apply(model, around, world)
    )
    deployment, refusal = applied
    seen = Observation(
        source=found.finding,
        answer=await _ask(model, deployment, pods, world),
        blocked=blocked or refusal,
        rollout=Rollout.of(deployment) if deployment else None,
        pods=tuple(pods),
        sizing=size(demand_of(model, found.weights), room_of(model)),
        startup_seconds=startup_seconds(model),
    )
    return Record(seen, around, found)


async def _children(model: FoundationModel, world: World) -> tuple[Manifest | None, list[Pod]]:
    namespace = model.metadata.namespace
    deployment = await world.cluster.get(DEPLOYMENT, namespace, short_name(model.metadata.name))
    pods = await world.cluster.list(POD, namespace, selector(model))
    return deployment, [Pod.of(pod) for pod in pods]


async def _apply(model: FoundationModel, around: Surroundings, world: World) -> tuple[Manifest | None, Finding | None]:
    """Apply every child; gives the Deployment, or why the API server refuses it. What stands is left standing."""
    *others, _ = build_objects(model, around)
    for manifest in others:
        await world.cluster.apply(manifest)
    # Read again at the last moment: who scaled while we were asking elsewhere would be overruled.
    name, wish = short_name(model.metadata.name), str(wanted_replicas(model))
    current = await world.cluster.get(DEPLOYMENT, model.metadata.namespace, name)
    scaled = scaled_by_others(current, wish, REPLICAS_ANNOTATION)
    try:
        return await world.cluster.apply(build_deployment(model, replace(around, scaled_by_others=scaled))), None
    except Refused as refused:
        return current, find_refusal(refused.message)


async def _nothing(deployment: Manifest | None) -> tuple[Manifest | None, Finding | None]:
    return deployment, None


async def _ask(model: FoundationModel, deployment: Manifest | None, pods: Sequence[Pod], world: World) -> Answer | None:
    """Ask through the Service, as users do; nobody is there to answer while no pod is ready."""
    ready = sorted(pod.name for pod in pods if pod.ready and not pod.leaving)
    if deployment is None or not ready:
        return None
    # Other pods may answer otherwise: what the old ones said is no proof that the new ones serve.
    behind = digest(ready)
    return own_answer(await world.endpoint.ask(url(model), served_name(model), model.spec.task, None, behind=behind))


def _again_after(model: FoundationModel, record: Record, world: World) -> float | None:
    """Say when to look again without an event: claims, ConfigMaps and children tell of themselves."""
    seen = record.seen
    # No event tells of the Secret of a key: a new one comes to the gateway by looking again.
    if any(each is not None and each.reason in _ROUTE_WAITS for each in (seen.routed, seen.guarded)):
        return LOOK_AGAIN_SECONDS if seen.answer is None or not seen.answer.fault else ASK_AGAIN_SECONDS
    if seen.answer is not None:
        return ASK_AGAIN_SECONDS if seen.answer.fault else world.settings.probe_interval_seconds
    if model.spec.source.persistent_volume_claim is None and seen.source.status is not True:
        return HUB_AWAY_SECONDS if seen.source.status is None else LOOK_AGAIN_SECONDS
    refused = seen.blocked is not None and seen.blocked.reason in {Reason.QUOTA_EXCEEDED, OperatorReason.REFUSED}
    return LOOK_AGAIN_SECONDS if refused else None
