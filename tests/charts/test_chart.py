"""The chart by the real Helm: lint, snapshots of every value that matters, and what a person can get wrong."""

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from tests.support import chart_values
from tests.support.golden import check_version
from tests.support.helm import CHART, helm, objects, template, without_crds, write

SNAPSHOTS = Path(__file__).parents[1] / "data" / "charts"
CASES: dict[str, tuple[str, ...]] = {
    "default": (),
    "one-replica": ("replicas=1",),
    "namespaces": ("watchNamespaces={team-a,team-b}",),
    "digest": (f"image.digest=sha256:{'0' * 64}",),
    "air-gap": (
        "image.repository=registry.internal/fmops/operator",
        "imagePullSecrets[0].name=pull",
        "runner.image=registry.internal/fmops/serving:1",
        "engineImages.nvidia=registry.internal/vllm:1",
        "childImagePullPolicy=Always",
        "settings.hubUrl=https://hub.internal",
        "env[0].name=HTTPS_PROXY",
        "env[0].value=http://proxy.internal:3128",
    ),
    "monitoring": (
        "serviceMonitor.enabled=true",
        "serviceMonitor.labels.release=prometheus",
        "settings.monitoringLabels.release=prometheus",
        "settings.monitoringLabels.team=ml",
    ),
    "gateway": ("gateway.enabled=true",),
    "gateway-everything": (
        "gateway.enabled=true",
        "gateway.namespace=gateways",
        "gateway.url=https://models.example/v1",
        "gateway.imagePullPolicy=Always",
        "gateway.imagePullSecrets[0].name=pull",
        "gateway.serviceAccountName=mine",
        "gateway.graceSeconds=120",
        "gateway.autoscaling.enabled=true",
        "gateway.monitoringNamespace=monitoring",
        "gateway.classifiers[0].name=hap",
        "gateway.classifiers[0].volume.persistentVolumeClaim.claimName=classifiers",
        "gateway.classifiers[0].subPath=hap/v1",
        "gateway.tracing.endpoint=http://collector.monitoring:4318",
        "gateway.tracing.samplePercent=10",
        "gateway.tracing.headersSecretName=collector",
        "gateway.service.type=LoadBalancer",
        "gateway.service.annotations.note=here",
        "gateway.ingress.enabled=true",
        "gateway.ingress.className=nginx",
        "gateway.ingress.host=models.example",
        "gateway.ingress.tlsSecretName=certificate",
        "gateway.ingress.annotations.note=here",
        "gateway.httpRoute.enabled=true",
        "gateway.httpRoute.parentRefs[0].name=public",
        "gateway.httpRoute.hostnames={models.example}",
        "gateway.nodeSelector.pool=edge",
        "gateway.tolerations[0].key=edge",
        "gateway.tolerations[0].operator=Exists",
        "serviceMonitor.enabled=true",
    ),
    "nothing-optional": (
        "networkPolicy.enabled=false",
        "podDisruptionBudget.enabled=false",
        "rbac.create=false",
        "serviceAccount.create=false",
        "serviceAccount.name=mine",
        "topologyKey=",
        "crds.install=false",
    ),
    "placed": (
        "nodeSelector.pool=system",
        "tolerations[0].key=system",
        "tolerations[0].operator=Exists",
        "priorityClassName=system-cluster-critical",
        "podLabels.team=platform",
        "podAnnotations.note=here",
        "fullnameOverride=ours",
    ),
}
WRONG = {
    "a replica count in words": ("replicas=two", "at '/replicas': got string, want integer"),
    "a value that does not exist": ("replica=3", "additional properties 'replica' not allowed"),
    "a pull policy that Kubernetes does not know": (
        "image.pullPolicy=Sometimes",
        "at '/image/pullPolicy': value must be one of",
    ),
    "a digest that is none": ("image.digest=latest", "at '/image/digest': 'latest' does not match pattern"),
    "a namespace that is no name": ("watchNamespaces={Team A}", "at '/watchNamespaces/0'"),
    "a port out of range": ("networkPolicy.egressPorts={70000}", "at '/networkPolicy/egressPorts/0'"),
    "a URL of a gateway without /v1": ("gateway.url=https://models.example", "at '/gateway/url'"),
    "an Ingress for nobody": (
        "gateway.enabled=true,gateway.ingress.enabled=true",
        "gateway.ingress.host is needed for an Ingress",
    ),
    "no name for an account that is not made": ("serviceAccount.create=false", "serviceAccount.name is needed"),
}
pytestmark = pytest.mark.cluster


def test_lint_is_strict_and_clean() -> None:
    said = helm("lint", "--strict", str(CHART)).stdout
    assert "0 chart(s) failed" in said
    assert "[WARNING]" not in said


@pytest.mark.parametrize("case", CASES)
def test_rendered_as_recorded(case: str) -> None:
    rendered = without_crds(template(CASES[case]))
    recorded = SNAPSHOTS / f"{case}.yaml"
    if os.environ.get("FMOPS_UPDATE"):
        write(recorded, rendered)
    assert rendered == recorded.read_text(), f"{case} renders differently; FMOPS_UPDATE=1 make test records it"


@lru_cache
def own_objects(case: str) -> list[dict[str, Any]]:
    """What a case renders, less the CRDs: tests/crds holds them against the same schemas."""
    return objects(without_crds(template(CASES[case])))


@pytest.mark.parametrize("version", ["1.34", "1.35", "1.36", "1.37"])
@pytest.mark.parametrize("case", CASES)
def test_every_object_is_valid(case: str, version: str) -> None:
    for manifest in own_objects(case):
        if manifest["kind"] not in {"ServiceMonitor", "HTTPRoute"}:  # of CRDs that are not Kubernetes' own
            check_version(manifest, version)


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_value_is_refused_by_name(case: str) -> None:
    value, sentence = WRONG[case]
    done = helm("template", "fmops", str(CHART), "--set", value, check=False)
    assert done.returncode != 0
    assert sentence in done.stderr


def test_a_million_in_a_file_of_values_is_written_in_digits(tmp_path: Path) -> None:
    """Helm reads numbers of files as floating point, and writes a large one as 1.234567e+06."""
    values = tmp_path / "values.json"
    gateway = dict.fromkeys(["requestTimeoutSeconds", "bodyMemoryMiB", "rememberedTexts"], 1_234_567)
    settings = dict.fromkeys(["resyncSeconds", "probeIntervalSeconds"], 1_234_567)
    values.write_text(json.dumps({"gateway": {"enabled": True, **gateway}, "settings": settings}))
    rendered = helm("template", "fmops", str(CHART), "--values", str(values)).stdout
    assert rendered.count("1234567") == 5


def test_a_copy_of_routes_is_kept_in_memory_only_or_not_at_all() -> None:
    def volumes(*values: str) -> tuple[list[dict[str, Any]], list[str]]:
        rendered = objects(template(("gateway.enabled=true", *values)))
        deployments = {each["metadata"]["name"]: each for each in rendered if each["kind"] == "Deployment"}
        pod = deployments["fmops-gateway"]["spec"]["template"]["spec"]
        arguments = [each for each in pod["containers"][0]["args"] if "keep" in each]
        return [each for each in pod["volumes"] if each["name"] == "kept-routes"], arguments

    memory = {"name": "kept-routes", "emptyDir": {"medium": "Memory", "sizeLimit": "32Mi"}}
    assert volumes("gateway.keptRoutesMiB=32") == ([memory], ["--keep-routes=/kept-routes"])
    assert volumes("gateway.keptRoutesMiB=0") == ([], [])


def test_every_value_is_used() -> None:
    used = "".join(path.read_text() for path in (CHART / "templates").rglob("*") if path.is_file())
    for value in chart_values.read((CHART / "values.yaml").read_text()):
        if value.documented:
            assert f".Values.{'.'.join(value.path)}" in used, f"{'.'.join(value.path)} is accepted and ignored"


def test_only_one_kind_of_role_reads_secrets_and_it_cannot_list_them() -> None:
    rules = [(each["kind"], rule) for each in objects(template()) for rule in each.get("rules") or []]
    assert [(kind, rule["verbs"]) for kind, rule in rules if "secrets" in rule["resources"]] == [
        ("ClusterRole", ["get"])
    ]
    for _, rule in rules:
        assert "*" not in [*rule["verbs"], *rule["resources"], *rule["apiGroups"]]


def test_secrets_are_listed_in_the_gateways_namespace_only_and_written_there_by_the_operator_only() -> None:
    rendered = objects(template(("gateway.enabled=true", "gateway.namespace=gateways")))
    listing = {
        (each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"], "create" in rule["verbs"])
        for each in rendered
        for rule in each.get("rules") or []
        if "secrets" in rule.get("resources", ()) and "list" in rule["verbs"]
    }
    assert listing == {
        ("Role", "gateways", "fmops-gateway", False),
        ("Role", "gateways", "fmops-gateway-routes", True),
    }
    binding = next(
        b for b in rendered if b["kind"] == "RoleBinding" and b["metadata"]["name"] == "fmops-gateway-routes"
    )
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "fmops", "namespace": "fmops-system"}]


def test_namespaced_mode_makes_nothing_cluster_wide_but_the_crds() -> None:
    kinds = {manifest["kind"] for manifest in objects(template(("watchNamespaces={team-a}",)))}
    assert not {kind for kind in kinds if kind.startswith("Cluster")}


@pytest.mark.parametrize(("keep", "there"), [("true", True), ("false", False)], ids=["kept", "not kept"])
def test_the_crds_survive_an_uninstall_only_when_kept(keep: str, there: bool) -> None:
    crds = [m for m in objects(template((f"crds.keep={keep}",))) if m["kind"] == "CustomResourceDefinition"]
    assert len(crds) == 3
    for crd in crds:
        assert ((crd["metadata"].get("annotations") or {}).get("helm.sh/resource-policy") == "keep") is there
