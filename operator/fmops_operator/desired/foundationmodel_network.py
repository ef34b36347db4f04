"""What stands around the engine's Deployment: Service, NetworkPolicy, disruption budget, account, monitor."""

from typing import Any

from fmops_api.foundationmodel import FoundationModel
from fmops_operator.desired import vllm
from fmops_operator.desired.metadata import child, labelled, selector, short_name
from fmops_operator.manifest import (
    DISRUPTION_BUDGET,
    NETWORK_POLICY,
    POD_MONITOR,
    SERVICE,
    SERVICE_ACCOUNT,
    Kind,
    Manifest,
)
from fmops_operator.settings import Settings

COMPONENT = "engine"
GATEWAY, OPERATOR, EVALUATION = "gateway", "operator", "evaluation"
"""Components, by the label that their pods carry: the chart's two, and that of desired.evaluationrun_job."""
_OURS = {"app.kubernetes.io/part-of": "fmops"}
_DNS = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]


def service_name(model: FoundationModel) -> str:
    """Name the Service as the model, where that is a name that a Service can have and that harms nobody.

    A Service name starts with a letter. One called `vllm` sets VLLM_PORT to a URL in every pod of the namespace that
    has service links, and stops the engines there.
    """
    name = short_name(model.metadata.name)
    if name[0].isdigit() or name == "vllm":
        return short_name("model", name)
    return name


def url(model: FoundationModel) -> str:
    """Give the root of the OpenAI API: the Service's, the provider's or the other engine's."""
    source = model.spec.source
    if source.provider:
        return source.provider.base_url.rstrip("/")
    if source.service:
        return source.service.url.rstrip("/") + "/v1"
    return f"http://{service_name(model)}.{model.metadata.namespace}.svc:{vllm.PORT}/v1"


def served_name(model: FoundationModel) -> str:
    """Give the name to send as `model`."""
    external = model.spec.source.provider or model.spec.source.service
    return external.model if external else model.metadata.name


def public_url(model: FoundationModel, settings: Settings) -> str:
    """Give the root of the OpenAI API for applications: the gateway's where there is one."""
    return settings.gateway_url if settings.gateway_namespace else url(model)


def public_name(model: FoundationModel, settings: Settings) -> str:
    """Give the name to send there as `model`; the gateway serves the models of all namespaces."""
    if settings.gateway_namespace:
        return f"{model.metadata.namespace}/{model.metadata.name}"
    return served_name(model)


def build_service_account(model: FoundationModel) -> Manifest:
    """Build the account of the pods; it has no rights and no token."""
    return {**_child(model, SERVICE_ACCOUNT), "automountServiceAccountToken": False}


def build_service(model: FoundationModel) -> Manifest:
    """Build the Service in front of the engine."""
    manifest = child(model, SERVICE, service_name(model), COMPONENT)
    port = {"name": "http", "port": vllm.PORT, "targetPort": "http", "protocol": "TCP"}
    return {**manifest, "spec": {"type": "ClusterIP", "selector": selector(model), "ports": [port]}}


def build_disruption_budget(model: FoundationModel) -> Manifest:
    """Build the budget: one pod at a time goes, so a drain always ends, also with one replica."""
    spec = {
        "maxUnavailable": 1,
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
        "selector": {"matchLabels": selector(model)},
    }
    return {**_child(model, DISRUPTION_BUDGET), "spec": spec}


def build_network_policy(model: FoundationModel, settings: Settings) -> Manifest:
    """Build the policy: who may ask the engine; and the engine may reach the hub, when it loads from it.

    Pods of the whole cluster may, until there is a gateway: its guard rails and keys would be of little use then.
    """
    callers = _callers(settings) if settings.gateway_namespace else [{"namespaceSelector": {}}]
    ingress = [{"from": callers, "ports": [{"port": vllm.PORT, "protocol": "TCP"}]}]
    egress: list[dict[str, Any]] = []
    if model.spec.source.hugging_face:
        web = [{"port": port, "protocol": "TCP"} for port in sorted({443, vllm.hub_port(settings)})]
        egress = [{"ports": _DNS}, {"ports": web}]
    spec = {
        "podSelector": {"matchLabels": selector(model)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": ingress,
        **({"egress": egress} if egress else {}),
    }
    return {**_child(model, NETWORK_POLICY), "spec": spec}


def _callers(settings: Settings) -> list[dict[str, Any]]:
    """Name the gateway, the operator, evaluations of the model's own namespace, and who scrapes metrics."""
    own = {"podSelector": {"matchLabels": {"app.kubernetes.io/component": EVALUATION, **_OURS}}}
    operators = settings.lease_namespace  # the chart gives the operator's own; where it is not known, all count
    return [
        _pods(settings.gateway_namespace, GATEWAY),
        _pods(operators, OPERATOR) if operators else _pods_anywhere(OPERATOR),
        own,
        *([{"namespaceSelector": _named(settings.monitoring_namespace)}] if settings.monitoring_namespace else []),
    ]


def _pods(namespace: str, component: str) -> dict[str, Any]:
    return {**_pods_anywhere(component), "namespaceSelector": _named(namespace)}


def _pods_anywhere(component: str) -> dict[str, Any]:
    labels = {"app.kubernetes.io/component": component, **_OURS}
    return {"namespaceSelector": {}, "podSelector": {"matchLabels": labels}}


def _named(namespace: str) -> dict[str, Any]:
    return {"matchLabels": {"kubernetes.io/metadata.name": namespace}}


def build_pod_monitor(model: FoundationModel, settings: Settings) -> Manifest:
    """Build the monitor by which the Prometheus operator finds the engine's own metrics."""
    spec = {
        "selector": {"matchLabels": selector(model)},
        "podMetricsEndpoints": [{"port": "http", "path": "/metrics"}],
    }
    return {**labelled(_child(model, POD_MONITOR), settings.monitor_labels), "spec": spec}


def _child(model: FoundationModel, kind: Kind) -> Manifest:
    return child(model, kind, short_name(model.metadata.name), COMPONENT)
