"""What an object store as a sink means for a pod, and where results are found afterwards."""

from fmops_api.evaluationplan import EvaluationPlan
from fmops_api.evaluationrun import Sink
from fmops_api.objectstore import CREDENTIALS
from fmops_operator.manifest import Manifest


def store_arguments(sink: Sink | None) -> list[str]:
    """Give the runner's options for the object store; none where there is none."""
    store = sink.object_store if sink else None
    if store is None:
        return []
    given = {"--store": store.uri, "--store-endpoint": store.endpoint, "--store-region": store.region}
    return [part for option, value in given.items() if value for part in (option, value)]


def store_variables(sink: Sink | None) -> list[Manifest]:
    """Take the credentials out of the Secret, key by key: what else it holds never reaches the pod."""
    store = sink.object_store if sink else None
    if store is None or store.credentials_secret_ref is None:
        return []
    return [
        {"name": key, "valueFrom": {"secretKeyRef": _key(store.credentials_secret_ref.name, key, required)}}
        for key, required in CREDENTIALS[store.scheme].items()
    ]


def _key(secret: str, key: str, required: bool) -> Manifest:
    return {"name": secret, "key": key, **({} if required else {"optional": True})}


def report_of(sink: Sink, plan: EvaluationPlan) -> str:
    """Say where rows, results and reports of these inputs are."""
    folder = [plan.namespace, plan.run, plan.inputs_hash]
    if sink.object_store:
        return "/".join([sink.object_store.uri.rstrip("/"), *folder])
    volume = sink.persistent_volume_claim
    parts = [volume.claim_name, volume.path, *folder] if volume else folder
    return "pvc://" + "/".join(part.strip("/") for part in parts if part)
