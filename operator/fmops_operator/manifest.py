"""Manifests as the API server takes them, and how we point at an object."""

from typing import Any, NamedTuple

from fmops_api import API_VERSION, GROUP

Manifest = dict[str, Any]
FIELD_MANAGER = "fmops"


class Kind(NamedTuple):
    """A resource of the API server."""

    api_version: str
    name: str


FOUNDATION_MODEL = Kind(API_VERSION, "FoundationModel")
PROMPT_CATALOG = Kind(API_VERSION, "PromptCatalog")
EVALUATION_RUN = Kind(API_VERSION, "EvaluationRun")
DEPLOYMENT = Kind("apps/v1", "Deployment")
POD = Kind("v1", "Pod")
SERVICE = Kind("v1", "Service")
SERVICE_ACCOUNT = Kind("v1", "ServiceAccount")
CONFIG_MAP = Kind("v1", "ConfigMap")
SECRET = Kind("v1", "Secret")
CLAIM = Kind("v1", "PersistentVolumeClaim")
JOB = Kind("batch/v1", "Job")
DISRUPTION_BUDGET = Kind("policy/v1", "PodDisruptionBudget")
NETWORK_POLICY = Kind("networking.k8s.io/v1", "NetworkPolicy")
POD_MONITOR = Kind("monitoring.coreos.com/v1", "PodMonitor")
PROMETHEUS_RULE = Kind("monitoring.coreos.com/v1", "PrometheusRule")
LOCAL_QUEUES = (Kind("kueue.x-k8s.io/v1beta2", "LocalQueue"), Kind("kueue.x-k8s.io/v1beta1", "LocalQueue"))
"""The versions in which Kueue serves its queues, the newest first."""
QUEUE_LABEL = "kueue.x-k8s.io/queue-name"


class Key(NamedTuple):
    """One object of one of our kinds; what the queue holds."""

    kind: str
    namespace: str
    name: str


def kind_of(manifest: Manifest) -> Kind:
    """Name the resource that a manifest is one of."""
    return Kind(manifest["apiVersion"], manifest["kind"])


def queue_of(job: Manifest) -> str | None:
    """Name the queue of Kueue that a Job is in: the one we gave it, or the one that its namespace gives to Jobs."""
    found: str | None = job["metadata"].get("labels", {}).get(QUEUE_LABEL)
    return found


OWNER_LABELS = {
    "FoundationModel": f"{GROUP}/foundationmodel",
    "PromptCatalog": f"{GROUP}/promptcatalog",
    "EvaluationRun": f"{GROUP}/evaluationrun",
}
"""Label on every child that names its owner, by the owner's kind: how children are watched and selected."""
ROUTE_OWNER_LABEL = f"{GROUP}/route-owner"
"""Label on whatever we keep in the gateway's namespace, with a hash of whose it is."""
