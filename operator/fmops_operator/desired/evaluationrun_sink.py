"""What an object store as a sink means for a pod, and where results are found afterwards."""

from fmops_api.evaluationplan import EvaluationPlan
from fmops_api.evaluationrun import Sink
from fmops_operator.desired.store_keys import store_keys
from fmops_operator.manifest import Manifest


def store_arguments(sink: Sink | None) -> list[str]:
    """Give the runner's options for the object store; none where there is none."""
    store = sink.object_store if sink else None
    if store is None:
        return []
    given = {"--store": store.uri, "--store-endpoint": store.endpoint, "--store-region": store.region}
    return [part for option, value in given.items() if value for part in (option, value)]


def store_variables(sink: Sink | None) -> list[Manifest]:
    """Give the keys of the object store; none where there is none."""
    store = sink.object_store if sink else None
    return store_keys(store) if store else []


def report_of(sink: Sink, plan: EvaluationPlan) -> str:
    """Say where rows, results and reports of these inputs are."""
    folder = [plan.namespace, plan.run, plan.inputs_hash]
    if sink.object_store:
        return "/".join([sink.object_store.uri.rstrip("/"), *folder])
    volume = sink.persistent_volume_claim
    parts = [volume.claim_name, volume.path, *folder] if volume else folder
    return "pvc://" + "/".join(part.strip("/") for part in parts if part)
