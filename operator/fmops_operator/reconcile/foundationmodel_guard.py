"""Whom the guard rails of a model ask: guard models, which are models themselves, and the keys of detectors."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pydantic import ValidationError

from fmops_api.foundationmodel import FoundationModel
from fmops_api.guarding import guard_models
from fmops_api.guardrail import Guardrail, RemoteDetector
from fmops_api.reasons import FoundationModelReason as Reason
from fmops_api.route import RailEndpoint
from fmops_operator.desired.foundationmodel_network import served_name, url
from fmops_operator.manifest import FOUNDATION_MODEL
from fmops_operator.reconcile.evaluationrun_models import serves
from fmops_operator.reconcile.foundationmodel_source import read_secret
from fmops_operator.status.foundationmodel_guard import (
    Fault,
    assess_guard,
    classifier_fault,
    guard_model_fault,
    pattern_fault,
    readiness_fault,
)
from fmops_operator.status.foundationmodel_pods import Finding
from fmops_operator.world import World

Models = Mapping[str, FoundationModel | None]


class Guard(NamedTuple):
    """Where rails ask, and whether all of them can do their work; None where there are none."""

    endpoints: Sequence[RailEndpoint] = ()
    finding: Finding | None = None


class _Asked(NamedTuple):
    """Where one rail asks, if that is known, and what is wrong with it."""

    endpoint: RailEndpoint | None = None
    fault: Fault | None = None


async def find_guard(model: FoundationModel, world: World) -> Guard:
    """Look up what every rail needs. A rail that lacks it has no endpoint, so that in the gateway it fails."""
    rails = model.spec.guardrails or ()
    if not rails:
        return Guard()
    models = await _guard_models(model, world)
    asked = [await _find(model, rail, models, world) for rail in rails]
    return Guard(
        [each.endpoint for each in asked if each.endpoint],
        assess_guard([each.fault for each in asked if each.fault], len(rails)),
    )


async def _find(model: FoundationModel, rail: Guardrail, models: Models, world: World) -> _Asked:
    if rail.pattern is not None:
        return _Asked(fault=pattern_fault(rail))
    if rail.remote is not None:
        return await _remote(model, rail, rail.remote, world)
    if rail.guard_model is not None:
        return await _guard_model(model, rail, models, world)
    return _Asked(fault=classifier_fault(rail, world.settings.classifiers))


async def _remote(model: FoundationModel, rail: Guardrail, remote: RemoteDetector, world: World) -> _Asked:
    key, missing = await read_secret(model, remote.api_key_secret_ref, world)
    if missing:
        return _Asked(fault=_key_fault(rail, missing))
    return _Asked(RailEndpoint(rail=rail.name, url=remote.url, api_key=key))


async def _guard_model(model: FoundationModel, rail: Guardrail, models: Models, world: World) -> _Asked:
    name = rail.guard_model.model.name if rail.guard_model else ""
    guard = models.get(name)
    fault = guard_model_fault(rail, model.metadata.name, name, models)
    if fault or guard is None:
        return _Asked(fault=fault)
    provider = guard.spec.source.provider
    key, missing = await read_secret(guard, provider.api_key_secret_ref if provider else None, world)
    if missing:
        return _Asked(fault=_key_fault(rail, missing))
    # The model itself and not its route: rails and keys of its own are for applications.
    endpoint = RailEndpoint(rail=rail.name, url=url(guard), model=served_name(guard), api_key=key)
    return _Asked(endpoint, readiness_fault(rail, guard, serves=serves(guard)))


def _key_fault(rail: Guardrail, missing: str) -> Fault:
    return Fault(Reason.DETECTOR_KEY_NOT_FOUND, f"guardrails[{rail.name}]: {missing}")


async def _guard_models(model: FoundationModel, world: World) -> Models:
    """Read the guard models, their guard models, and so on."""
    models: dict[str, FoundationModel | None] = {}
    waiting = [*guard_models(model)]
    while waiting:
        name = waiting.pop()
        if name not in models:
            models[name] = await _read(name, model.metadata.namespace, world)
            waiting += guard_models(models[name])
    return models


async def _read(name: str, namespace: str, world: World) -> FoundationModel | None:
    found = await world.cluster.get(FOUNDATION_MODEL, namespace, name)
    try:
        return FoundationModel.parse(found) if found else None
    except ValidationError:
        return None  # its own status says what is wrong with it
