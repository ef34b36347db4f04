"""The whole status of a FoundationModel, from what one pass found out."""

from dataclasses import dataclass

from fmops_api.foundationmodel import Estimate, FoundationModel, FoundationModelStatus, Resolved, Revisions
from fmops_api.objectives import ObservedTraffic
from fmops_api.scalars import binary_size
from fmops_operator.desired.foundationmodel import Surroundings, revision
from fmops_operator.desired.foundationmodel_network import public_name, public_url
from fmops_operator.desired.metadata import selector
from fmops_operator.reconcile.foundationmodel_source import Source
from fmops_operator.sizing import Sizing
from fmops_operator.status.foundationmodel import Observation, assess


@dataclass(frozen=True)
class Record:
    """What one pass found out."""

    seen: Observation
    around: Surroundings
    found: Source | None = None
    """None for a provider or service."""
    observed: ObservedTraffic | None = None


def write_status(model: FoundationModel, record: Record) -> FoundationModelStatus:
    """Write the status anew; only what cannot be looked up at the moment is carried over from the one before."""
    external = model.spec.source.external
    found = _resolved(model, record)
    rollout = record.seen.rollout
    return FoundationModelStatus(
        observed_generation=model.metadata.generation,
        url=public_url(model, record.around.settings),
        served_name=public_name(model, record.around.settings),
        resolved=None if found == Resolved() else found,
        estimate=_estimate(record.seen.sizing),
        revisions=Revisions(active=revision(model, record.around, found.digest)),
        replicas=None if external else (rollout.total if rollout else 0),
        ready_replicas=None if external else (rollout.ready if rollout else 0),
        selector=None if external else ",".join(f"{key}={value}" for key, value in selector(model).items()),
        observed=record.observed,
        conditions=assess(record.seen, external=external),
    )


def _resolved(model: FoundationModel, record: Record) -> Resolved:
    known = record.seen.source.status is None and model.status.observed_generation == model.metadata.generation
    before = (model.status.resolved if known else None) or Resolved()
    answer, found = record.seen.answer, record.found
    weights = found.weights if found else None
    shape = weights.architecture if weights else None
    return Resolved(
        digest=(found.commit if found else None) or before.digest,
        parameters=(weights.parameters if weights else None) or before.parameters,
        context_length=(answer.context_length if answer else None) or before.context_length,
        dtype=(shape.dtype if shape else None) or before.dtype,
        architecture=(shape.name if shape else None) or before.architecture,
    )


def _estimate(sizing: Sizing | None) -> Estimate | None:
    if sizing is None:
        return None
    weights, token = sizing.weight_bytes, sizing.kv_bytes_per_token
    return Estimate(
        weights=binary_size(weights) if weights else None,
        kv_cache_per_token=binary_size(token) if token else None,
        accelerators_needed=sizing.accelerators,
        fits=sizing.fits,
        note=sizing.message,
    )
