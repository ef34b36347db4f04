"""The children of a FoundationModel, as Kubernetes gets them."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from fmops_operator.desired.foundationmodel import build_deployment, build_objects, revision
from fmops_operator.desired.foundationmodel_alerts import build_prometheus_rule
from fmops_operator.desired.foundationmodel_network import served_name, service_name, url
from fmops_operator.manifest import Manifest
from fmops_operator.settings import Settings
from tests.operator.model_samples import AROUND, CASES, PROVIDER, REPOSITORY, case, model
from tests.support.golden import check_golden, check_schema

MONITORED = replace(AROUND, monitors=True)


def of_kind(manifests: list[Manifest], kind: str) -> dict[str, Any]:
    return next(each for each in manifests if each["kind"] == kind)


@pytest.mark.parametrize("name", sorted(folder.name for folder in CASES.iterdir()))
def test_the_manifests_of_each_case_are_as_written_down_and_valid_for_every_version(name: str) -> None:
    manifests = build_objects(case(name), replace(AROUND, chat_template_digest="d1" if name == "overlay" else None))
    for manifest in manifests:
        check_schema(manifest)
    check_golden(CASES / name / "out.yaml", manifests)


def test_the_deployment_comes_last_so_that_what_its_pods_need_is_there() -> None:
    kinds = [each["kind"] for each in build_objects(model(), MONITORED)]
    assert kinds == [
        "ServiceAccount",
        "Service",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "PodMonitor",
        "Deployment",
    ]


def test_a_pod_monitor_is_made_only_where_the_cluster_has_them() -> None:
    assert "PodMonitor" not in [each["kind"] for each in build_objects(model(), AROUND)]
    monitor = of_kind(build_objects(model(), MONITORED), "PodMonitor")
    assert monitor["spec"] == {
        "selector": {"matchLabels": {"fmops.dev/foundationmodel": "small"}},
        "podMetricsEndpoints": [{"port": "http", "path": "/metrics"}],
    }


def test_a_monitor_and_a_rule_carry_the_labels_that_a_prometheus_selects_by_and_keep_their_own() -> None:
    settings = Settings(monitoring_labels="release=prometheus, team.example/who=ml")
    monitor = of_kind(build_objects(model(), replace(MONITORED, settings=settings)), "PodMonitor")
    for manifest in (monitor, build_prometheus_rule(model(), settings)):
        labels = manifest["metadata"]["labels"]
        assert (labels["release"], labels["team.example/who"]) == ("prometheus", "ml")
        assert labels["fmops.dev/foundationmodel"] == "small"
    assert "release" not in of_kind(build_objects(model(), MONITORED), "PodMonitor")["metadata"]["labels"]


@pytest.mark.parametrize("wrong", ["release", "a b=c", "fmops.dev/foundationmodel=x", "x=y z", "=x", "-a=b"])
def test_what_is_no_label_is_refused_with_what_would_be_one(wrong: str) -> None:
    with pytest.raises(ValidationError, match="is no label: write name=value, such as release=prometheus"):
        Settings(monitoring_labels=f"ok=yes,{wrong}")


def test_the_count_is_left_out_while_somebody_else_scales() -> None:
    assert build_deployment(model({"replicas": 3}), AROUND)["spec"]["replicas"] == 3
    scaled = build_deployment(model({"replicas": 3}), replace(AROUND, scaled_by_others=True))
    assert "replicas" not in scaled["spec"]
    assert scaled["metadata"]["annotations"] == {"fmops.dev/replicas": "3"}


@pytest.mark.parametrize(
    ("spec", "strategy"),
    [
        pytest.param({}, "RollingUpdate", id="on the CPU the new pod comes before the old one goes"),
        pytest.param(
            {"resources": {"accelerator": {"vendor": "Nvidia"}}},
            "Recreate",
            id="accelerators are freed before the new pod needs them",
        ),
        pytest.param(
            {"resources": {"accelerator": {"vendor": "Nvidia"}}, "rollout": {"strategy": "RollingUpdate"}},
            "RollingUpdate",
            id="who has accelerators to spare says so",
        ),
        pytest.param({"rollout": {"strategy": "Recreate"}}, "Recreate", id="who wants Recreate gets it"),
    ],
)
def test_the_strategy(spec: dict[str, Any], strategy: str) -> None:
    assert build_deployment(model(spec), AROUND)["spec"]["strategy"]["type"] == strategy


def test_no_pod_is_missing_during_a_rolling_update() -> None:
    strategy = build_deployment(model(), AROUND)["spec"]["strategy"]
    assert strategy["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}


@pytest.mark.parametrize("timeout", ["1s", "30m", "999999h"])
def test_a_rollout_may_take_longer_than_a_start_and_stays_in_bounds(timeout: str) -> None:
    deployment = build_deployment(model({"startup": {"timeout": timeout}}), AROUND)
    probe = deployment["spec"]["template"]["spec"]["containers"][0]["startupProbe"]
    start = probe["periodSeconds"] * probe["failureThreshold"]
    assert start < deployment["spec"]["progressDeadlineSeconds"] < 2**31 or timeout == "999999h"
    assert probe["failureThreshold"] < 2**31
    check_schema(deployment)


@pytest.mark.parametrize(
    ("spec", "settings", "egress"),
    [
        pytest.param({}, Settings(), None, id="weights on a volume need no way out"),
        pytest.param({"source": REPOSITORY}, Settings(), [[53, 53], [443]], id="a repository needs names and the web"),
        pytest.param(
            {"source": REPOSITORY},
            Settings(hub_url="http://mirror.example:8080"),
            [[53, 53], [443, 8080]],
            id="a mirror is reached on its own port",
        ),
    ],
)
def test_the_engine_reaches_only_what_its_source_needs(
    spec: dict[str, Any], settings: Settings, egress: list[list[int]] | None
) -> None:
    policy = of_kind(build_objects(model(spec), replace(AROUND, settings=settings)), "NetworkPolicy")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert [[port["port"] for port in rule["ports"]] for rule in policy.get("egress", [])] == (egress or [])
    assert policy["ingress"] == [{"from": [{"namespaceSelector": {}}], "ports": [{"port": 8000, "protocol": "TCP"}]}]


@pytest.mark.parametrize(
    ("name", "service"),
    [
        pytest.param("llama-8b", "llama-8b", id="the model's name"),
        pytest.param("llama-3.1", "llama-3-1", id="a Service has no dots"),
        pytest.param("7b", "model-7b", id="a Service starts with a letter"),
        pytest.param("vllm", "model-vllm", id="a Service named vllm would stop other engines"),
        pytest.param("vllm-small", "vllm-small", id="a name that only begins with vllm harms nobody"),
    ],
)
def test_the_name_of_the_service(name: str, service: str) -> None:
    assert service_name(model(name=name)) == service
    assert url(model(name=name)) == f"http://{service}.support.svc:8000/v1"


def test_a_long_name_is_cut_and_stays_unique() -> None:
    one, other = model(name="m" * 100), model(name="m" * 101)
    assert len(service_name(one)) == len(service_name(other)) == 63
    assert service_name(one) != service_name(other)
    for manifest in build_objects(one, AROUND):
        check_schema(manifest)
        assert len(manifest["metadata"]["name"]) <= 63


@pytest.mark.parametrize(
    ("source", "address", "name"),
    [
        pytest.param(PROVIDER, "https://api.example/v1", "big-1", id="a provider's own address and name"),
        pytest.param(
            {"service": {"url": "http://engine.other.svc:8000/", "model": "theirs"}},
            "http://engine.other.svc:8000/v1",
            "theirs",
            id="/v1 is added to another engine's root",
        ),
    ],
)
def test_the_endpoint_of_somebody_else(source: dict[str, Any], address: str, name: str) -> None:
    external = model({"source": source})
    assert (url(external), served_name(external)) == (address, name)


BASE: dict[str, Any] = {"source": REPOSITORY}


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"source": {"huggingFace": {"repo": "org/other"}}}, id="another repository"),
        pytest.param({"engine": {"image": "other:1"}}, id="another engine image"),
        pytest.param({"engine": {"contextLength": 1024}}, id="another context length"),
        pytest.param({"engine": {"extraArgs": ["--seed=1"]}}, id="another argument"),
        pytest.param({"engine": {"env": [{"name": "A", "value": "1"}]}}, id="another variable"),
        pytest.param({"podTemplate": {"spec": {}}}, id="another overlay"),
    ],
)
def test_what_can_change_an_answer_changes_the_revision(changed: dict[str, Any]) -> None:
    assert revision(model({**BASE, **changed}), AROUND, "c1") != revision(model(BASE), AROUND, "c1")


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"replicas": 5}, id="the count"),
        pytest.param({"balancing": {"strategy": "PrefixAffinity"}}, id="how the gateway picks a pod"),
        pytest.param({"engine": {"maxQueuedRequests": 7}}, id="the queue"),
        pytest.param({"placement": {"nodeSelector": {"a": "b"}}}, id="the place"),
        pytest.param({"startup": {"timeout": "1h"}}, id="the time to start"),
        pytest.param(
            {"source": {"huggingFace": {"repo": "org/model", "tokenSecretRef": {"name": "hf", "key": "k"}}}},
            id="the token",
        ),
    ],
)
def test_what_cannot_change_an_answer_does_not(changed: dict[str, Any]) -> None:
    assert revision(model({**BASE, **changed}), AROUND, "c1") == revision(model(BASE), AROUND, "c1")


def test_new_weights_and_a_new_chat_template_are_a_new_revision() -> None:
    assert revision(model(BASE), AROUND, "c1") != revision(model(BASE), AROUND, "c2")
    templated = replace(AROUND, chat_template_digest="d2")
    assert revision(model(BASE), AROUND, "c1") != revision(model(BASE), templated, "c1")
