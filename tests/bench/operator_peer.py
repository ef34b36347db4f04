"""The peer of the operator's bench: the usual kopf style, which makes the same writes.

Written as well as that style allows: async, the dynamic client of kubernetes.aio on one pooled session, server-side
apply, one handler for create, update and resume, kopf's indices as its memory, the same builders and the same
judgement of what is there. Children are followed by `on.event`, and a change of Ready is an Event, as in ours.
`python -m tests.bench.operator_peer` runs it on KUBECONFIG.
"""

import asyncio
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import kopf
from kubernetes.aio import client, config, dynamic

from fmops_api import API_VERSION, GROUP, VERSION
from fmops_api.foundationmodel import FoundationModel
from fmops_operator.desired.foundationmodel import Surroundings, build_objects
from fmops_operator.desired.metadata import short_name
from fmops_operator.desired.vllm import startup_seconds
from fmops_operator.events import ready_note
from fmops_operator.manifest import OWNER_LABELS
from fmops_operator.observed import Pod, Rollout
from fmops_operator.reconcile.foundationmodel_record import Record, write_status
from fmops_operator.settings import EngineImages, Settings
from fmops_operator.sizing import size
from fmops_operator.sizing_demand import Weights, demand_of, room_of
from fmops_operator.status.conditions import stamp
from fmops_operator.status.foundationmodel import Observation
from fmops_operator.status.foundationmodel_source import find_folder

AROUND = Surroundings(Settings(), EngineImages())
OWNER = OWNER_LABELS["FoundationModel"]
OWNED = {OWNER: kopf.PRESENT}


@kopf.on.startup()
async def on_startup(memo: Any, settings: kopf.OperatorSettings, **_: Any) -> None:
    """Log in."""
    settings.scanning.disabled = True
    configuration = client.Configuration()
    await config.load_kube_config(os.environ["KUBECONFIG"], client_configuration=configuration)  # type: ignore[no-untyped-call]
    memo.client = await dynamic.DynamicClient(client.ApiClient(configuration))  # type: ignore[no-untyped-call]


@kopf.index(GROUP, VERSION, "foundationmodels")
def models(body: kopf.Body, namespace: str | None, name: str, **_: Any) -> Any:
    """Remember the models by name."""
    return {(namespace, name): dict(body)}


@kopf.index("apps", "v1", "deployments", labels=OWNED)
def deployments(body: kopf.Body, namespace: str | None, labels: Mapping[str, str], **_: Any) -> Any:
    """Remember the Deployments by model."""
    return {(namespace, labels[OWNER]): dict(body)}


@kopf.index("v1", "pods", labels=OWNED)
def pods(body: kopf.Body, namespace: str | None, labels: Mapping[str, str], **_: Any) -> Any:
    """Remember the pods by model."""
    return {(namespace, labels[OWNER]): dict(body)}


@kopf.index("v1", "persistentvolumeclaims")
def claims(body: kopf.Body, namespace: str | None, name: str, **_: Any) -> Any:
    """Remember the claims."""
    return {(namespace, name): dict(body)}


@kopf.on.resume(GROUP, VERSION, "foundationmodels")
@kopf.on.create(GROUP, VERSION, "foundationmodels")
@kopf.on.update(GROUP, VERSION, "foundationmodels", field="spec")
async def on_change(body: kopf.Body, memo: Any, patch: kopf.Patch, **indices: Any) -> None:
    """Make the children, and say how far they are."""
    model = FoundationModel.parse(dict(body))
    for manifest in build_objects(model, AROUND):
        resource = await memo.client.resources.get(api_version=manifest["apiVersion"], kind=manifest["kind"])
        await memo.client.server_side_apply(resource, body=manifest, field_manager="peer", force_conflicts=True)
    status = judge(model, indices)
    if status:
        tell(dict(body), status)
        patch.status.update(status)


@kopf.on.event("apps", "v1", "deployments", labels=OWNED)
@kopf.on.event("v1", "pods", labels=OWNED)
async def on_child(namespace: str | None, labels: Mapping[str, str], memo: Any, **indices: Any) -> None:
    """Say in the model's status how far its children are."""
    found = next(iter(indices["models"].get((namespace, labels[OWNER]), ())), None)
    if found is None:
        return
    status = judge(FoundationModel.parse(found), indices)
    if status is None:
        return
    tell(found, status)
    resource = await memo.client.resources.get(api_version=API_VERSION, kind="FoundationModel")
    await resource.subresources["status"].patch(
        name=found["metadata"]["name"],
        namespace=namespace,
        body={"status": status},
        content_type="application/merge-patch+json",
    )


def judge(model: FoundationModel, indices: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give the status that the model should have; None when it has it."""
    place = (model.metadata.namespace, short_name(model.metadata.name))
    deployment = next(iter(indices["deployments"].get(place, ())), None)
    seen = [Pod.of(each) for each in indices["pods"].get(place, ())]
    source = model.spec.source.persistent_volume_claim
    assert source is not None
    claim = next(iter(indices["claims"].get((place[0], source.claim_name), ())), None)
    observation = Observation(
        source=find_folder(source, claim, seen),
        rollout=Rollout.of(deployment) if deployment else None,
        pods=tuple(seen),
        sizing=size(demand_of(model, Weights()), room_of(model)),
        startup_seconds=startup_seconds(model),
    )
    status = write_status(model, Record(observation, AROUND))
    now = datetime.now(UTC).replace(microsecond=0)
    conditions = stamp(status.conditions, model.status.conditions, model.metadata.generation, now)
    status = status.model_copy(update={"conditions": conditions})
    return None if status == model.status else status.to_manifest()


def tell(before: dict[str, Any], status: Mapping[str, Any]) -> None:
    """Post an Event when Ready changed."""
    note = ready_note(before.get("status") or {}, status)
    if note:
        kind = "Warning" if note.warning else "Normal"
        kopf.event(before, type=kind, reason=note.reason, message=note.message)  # type: ignore[arg-type]


if __name__ == "__main__":
    asyncio.run(kopf.operator(clusterwide=True, standalone=True))
