"""The peer of the operator's bench: the usual kopf style, handlers that make the same children and a status.

Written as well as that style allows: async, the dynamic client of kubernetes.aio on one pooled session, server-side
apply, one handler for create, update and resume, the same builders. Its status does not follow the children and it
posts no Events, so it makes fewer writes than ours. `python -m tests.bench.operator_peer` runs it on KUBECONFIG.
"""

import asyncio
import os
from typing import Any

import kopf
from kubernetes.aio import client, config, dynamic

from fmops_api import GROUP, VERSION
from fmops_api.foundationmodel import FoundationModel
from fmops_operator.desired.foundationmodel import Surroundings, build_objects
from fmops_operator.settings import EngineImages, Settings

AROUND = Surroundings(Settings(), EngineImages())


@kopf.on.startup()
async def on_startup(memo: Any, settings: kopf.OperatorSettings, **_: Any) -> None:
    """Log in."""
    settings.posting.enabled = False
    settings.scanning.disabled = True
    configuration = client.Configuration()
    await config.load_kube_config(os.environ["KUBECONFIG"], client_configuration=configuration)  # type: ignore[no-untyped-call]
    memo.client = await dynamic.DynamicClient(client.ApiClient(configuration))  # type: ignore[no-untyped-call]


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


def status(reason: str, message: str, generation: int) -> dict[str, Any]:
    """Make a status."""
    ready = {"type": "Ready", "status": "False", "reason": reason, "message": message}
    stamp = {"observedGeneration": generation, "lastTransitionTime": "2026-01-01T00:00:00Z"}
    return {"observedGeneration": generation, "conditions": [{**ready, **stamp}]}


if __name__ == "__main__":
    asyncio.run(kopf.operator(clusterwide=True, standalone=True))
