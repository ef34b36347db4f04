"""What counts as drift, and what does not."""

from typing import Any

import pytest

from fmops_operator.drift import differs


def pod(**container: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": [{"name": "engine", **container}]}}}}


ENGINE = "spec.template.spec.containers[engine]"
SAME: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a field that the API server added is not drift": ({"spec": {"a": 1}}, {"spec": {"a": 1, "clusterIP": "10.0.0.1"}}),
    "an empty map, list or text is the same as none": (
        {"spec": {"a": {}, "b": [], "c": "", "d": None, "e": False, "f": 0}},
        {"spec": {}},
    ),
    "a quantity in other words is the same": (
        pod(resources={"limits": {"cpu": "1000m", "memory": "1024Mi"}}),
        pod(resources={"limits": {"cpu": "1", "memory": "1Gi"}}),
    ),
    "a number as a quantity is the same": (
        pod(resources={"limits": {"nvidia.com/gpu": 1}}),
        pod(resources={"limits": {"nvidia.com/gpu": "1"}}),
    ),
    "a size limit in other words is the same": (
        {"spec": {"volumes": [{"name": "shm", "emptyDir": {"sizeLimit": "1024Mi"}}]}},
        {"spec": {"volumes": [{"name": "shm", "emptyDir": {"sizeLimit": "1Gi"}}]}},
    ),
    "a container that somebody injected is not ours to remove": (
        pod(image="a"),
        {"spec": {"template": {"spec": {"containers": [{"name": "mesh"}, {"name": "engine", "image": "a"}]}}}},
    ),
    "containers in another order are the same": (
        {"spec": {"containers": [{"name": "a"}, {"name": "b"}]}},
        {"spec": {"containers": [{"name": "b"}, {"name": "a"}]}},
    ),
    "a variable that somebody added is not ours to remove": (
        pod(env=[{"name": "A", "value": "1"}]),
        pod(env=[{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]),
    ),
    "a port gets its default protocol": (
        {"spec": {"ports": [{"port": 80, "targetPort": "http"}]}},
        {"spec": {"ports": [{"port": 80, "targetPort": "http", "protocol": "TCP", "nodePort": 0}]}},
    ),
    "the ports of a network policy are compared in order, with defaults": (
        {"spec": {"ingress": [{"ports": [{"port": 80}, {"port": 81}]}]}},
        {"spec": {"ingress": [{"ports": [{"port": 80, "protocol": "TCP"}, {"port": 81, "protocol": "TCP"}]}]}},
    ),
    "an owner that somebody else added stays": (
        {"metadata": {"ownerReferences": [{"uid": "1", "name": "a"}]}},
        {"metadata": {"ownerReferences": [{"uid": "2", "name": "b"}, {"uid": "1", "name": "a"}]}},
    ),
    "status is not ours to compare": ({"status": {"a": 1}}, {"status": {"a": 2}}),
    "replicas that we do not ask for may be anything": ({"spec": {}}, {"spec": {"replicas": 7}}),
}
DRIFTED: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "a changed value": ({"spec": {"a": 1}}, {"spec": {"a": 2}}, ["spec.a"]),
    "a removed value": ({"spec": {"a": 1, "b": 2}}, {"spec": {"b": 2}}, ["spec.a"]),
    "a changed image": (pod(image="a"), pod(image="b"), [f"{ENGINE}.image"]),
    "a removed container": (pod(image="a"), {"spec": {"template": {"spec": {"containers": []}}}}, [ENGINE]),
    "an argument more in a list that is ours as a whole": (pod(args=["a"]), pod(args=["a", "b"]), [f"{ENGINE}.args"]),
    "a changed argument": (pod(args=["a"]), pod(args=["b"]), [f"{ENGINE}.args[0]"]),
    "a removed label": (
        {"metadata": {"labels": {"a": "1"}}},
        {"metadata": {"labels": {}}},
        ["metadata.labels.a"],
    ),
    "a flag turned on that we want off": (pod(tty=False), pod(tty=True), [f"{ENGINE}.tty"]),
    "a flag turned off that we want on": (pod(tty=True), pod(), [f"{ENGINE}.tty"]),
    "a smaller quantity": (
        pod(resources={"limits": {"cpu": "2"}}),
        pod(resources={"limits": {"cpu": "1"}}),
        [f"{ENGINE}.resources.limits.cpu"],
    ),
    "text that looks like a quantity but is none": (pod(command="1000m"), pod(command="1"), [f"{ENGINE}.command"]),
    "another port": ({"spec": {"ports": [{"port": 80}]}}, {"spec": {"ports": [{"port": 81}]}}, ["spec.ports[80]"]),
    "a rule more in a network policy": (
        {"spec": {"ingress": [{"ports": [{"port": 80}]}]}},
        {"spec": {"ingress": [{"ports": [{"port": 80}]}, {}]}},
        ["spec.ingress"],
    ),
    "another type": ({"spec": {"a": {"b": 1}}}, {"spec": {"a": [1]}}, ["spec.a"]),
}


@pytest.mark.parametrize("case", SAME)
def test_same(case: str) -> None:
    desired, live = SAME[case]
    assert differs(desired, live) == []


@pytest.mark.parametrize("case", DRIFTED)
def test_drifted(case: str) -> None:
    desired, live, paths = DRIFTED[case]
    assert differs(desired, live) == paths
