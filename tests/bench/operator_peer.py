"""The peer of the operator's bench: the usual kopf style, handlers that make the same writes for the same events.

Written as well as that style allows: async, the dynamic client of kubernetes.aio on one pooled session, server-side
apply, one handler for create, update and resume, the same builders for the same children, and a status that follows
Deployment and pods, written when it changes only. `python -m tests.bench.operator_peer` runs it on KUBECONFIG.
"""

import asyncio
import os
from typing import Any

import kopf
from kubernetes.aio import client, config, dynamic

from fmops_api import API_VERSION, GROUP, VERSION
from fmops_api.foundationmodel import FoundationModel
from fmops_operator.desired.foundationmodel import Surroundings, build_objects
from fmops_operator.manifest import OWNER_LABELS
from fmops_operator.settings import EngineImages, Settings

AROUND = Surroundings(Settings(), EngineImages())
LABEL = OWNER_LABELS["FoundationModel"]
_OURS = {LABEL: kopf.PRESENT}


@kopf.on.startup()
async def on_startup(memo: Any, settings: kopf.OperatorSettings, **_: Any) -> None:
    """Log in."""
    settings.posting.loggers = False
    settings.scanning.disabled = True
    configuration = client.Configuration()
    await config.load_kube_config(os.environ["KUBECONFIG"], client_configuration=configuration)
    memo.client = await dynamic.DynamicClient(client.ApiClient(configuration))
    memo.said = {}


@kopf.on.resume(GROUP, VERSION, "foundationmodels")
@kopf.on.create(GROUP, VERSION, "foundationmodels")
@kopf.on.update(GROUP, VERSION, "foundationmodels", field="spec")
async def on_change(body: kopf.Body, memo: Any, patch: kopf.Patch, **_: Any) -> None:
    """Make the children, and say so in the status."""
    model = FoundationModel.parse(dict(body))
    for manifest in build_objects(model, AROUND):
        resource = await memo.client.resources.get(api_version=manifest["apiVersion"], kind=manifest["kind"])
        await memo.client.server_side_apply(resource, body=manifest, field_manager="peer", force_conflicts=True)
    patch.status.update(status("EngineProgressing", "pods are being made", body.metadata["generation"]))


@kopf.on.event("apps", "v1", "deployments", labels=_OURS)
async def on_deployment(body: kopf.Body, memo: Any, **_: Any) -> None:
    """Follow the Deployment."""
    seen = body.get("status", {})
    await follow(memo, body, "EngineProgressing", f"{seen.get('readyReplicas', 0)} of {seen.get('replicas', 0)} ready")


@kopf.on.event("v1", "pods", labels=_OURS)
async def on_pod(body: kopf.Body, memo: Any, **_: Any) -> None:
    """Follow a pod that finds no node."""
    for each in body.get("status", {}).get("conditions", ()):
        if each["type"] == "PodScheduled" and each["status"] == "False":
            await follow(memo, body, "Unschedulable", each.get("message", ""))


async def follow(memo: Any, child: kopf.Body, reason: str, message: str) -> None:
    """Write the status of a child's owner, when it changes."""
    place = (child.metadata["namespace"], child.metadata["labels"][LABEL])
    if memo.said.get(place) in {(reason, message), ("Unschedulable", message)}:
        return
    memo.said[place] = (reason, message)
    resource = await memo.client.resources.get(api_version=API_VERSION, kind="FoundationModel")
    body = {"status": status(reason, message, 1)}
    merge = "application/merge-patch+json"
    stored = await resource.subresources["status"].patch(
        body=body, namespace=place[0], name=place[1], content_type=merge
    )
    kopf.event(stored.to_dict(), type="Normal", reason=reason, message=message)


def status(reason: str, message: str, generation: int) -> dict[str, Any]:
    """Make a status."""
    ready = {"type": "Ready", "status": "False", "reason": reason, "message": message}
    stamp = {"observedGeneration": generation, "lastTransitionTime": "2026-01-01T00:00:00Z"}
    return {"observedGeneration": generation, "conditions": [{**ready, **stamp}]}


if __name__ == "__main__":
    asyncio.run(kopf.operator(clusterwide=True, standalone=True))
