"""The podTemplate overlay: maps merge, named lists merge by name, null removes, and nothing crashes."""

from typing import Any

import pytest

from fmops_operator.desired.pod_overlay import overlay

BASE: dict[str, Any] = {
    "spec": {
        "containers": [
            {"name": "engine", "image": "a", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}
        ],
        "volumes": [{"name": "cache", "emptyDir": {"sizeLimit": "1Gi"}}],
        "tolerations": [{"key": "a"}],
    }
}


def container(**fields: Any) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "engine", **fields}]}}


@pytest.mark.parametrize(
    ("patch", "path", "wanted"),
    [
        pytest.param({}, ["spec", "tolerations"], [{"key": "a"}], id="an empty overlay changes nothing"),
        pytest.param(container(image="b"), ["spec", "containers", 0, "image"], "b", id="a container merges by name"),
        pytest.param(
            container(env=[{"name": "B", "valueFrom": {"x": {}}}]),
            ["spec", "containers", 0, "env"],
            [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"x": {}}}],
            id="a variable is exchanged, so that it has one source",
        ),
        pytest.param(
            {"spec": {"volumes": [{"name": "cache", "hostPath": {"path": "/c"}}]}},
            ["spec", "volumes"],
            [{"name": "cache", "hostPath": {"path": "/c"}}],
            id="a volume is exchanged, so that it has one source",
        ),
        pytest.param(
            {"spec": {"containers": [{"name": "other"}]}},
            ["spec", "containers", 1],
            {"name": "other"},
            id="a new container is added",
        ),
        pytest.param(
            {"spec": {"tolerations": [{"key": "b"}]}},
            ["spec", "tolerations"],
            [{"key": "b"}],
            id="other lists are exchanged",
        ),
        pytest.param({"spec": {"dnsPolicy": "None"}}, ["spec", "dnsPolicy"], "None", id="a new field is added"),
        pytest.param({"spec": "wrong"}, ["spec"], "wrong", id="a wrong shape is left to the API server"),
        pytest.param(
            {"spec": {"containers": ["wrong", {"name": "engine", "image": "b"}]}},
            ["spec", "containers", 1],
            "wrong",
            id="a wrong element is left to the API server",
        ),
    ],
)
def test_an_overlay(patch: Any, path: list[Any], wanted: Any) -> None:
    found: Any = overlay(BASE, patch)
    for step in path:
        found = found[step]
    assert found == wanted


def test_null_removes() -> None:
    assert "tolerations" not in overlay(BASE, {"spec": {"tolerations": None}})["spec"]


def test_neither_side_is_changed() -> None:
    before = repr(BASE)
    overlay(BASE, container(env=[{"name": "A", "value": "9"}]))
    assert repr(BASE) == before
