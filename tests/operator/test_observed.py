"""Typed readings of what the API server gives."""

import json
from typing import Any

import pytest

from fmops_operator.observed import Pod, Rollout, WeightsFolder, scaled_by_others
from tests.operator.pod_samples import deployment, ended, pod


def test_an_empty_pod_and_an_empty_deployment_are_read_too() -> None:
    assert Pod.of({"metadata": {"name": "a"}}).phase == "Pending"
    assert not Rollout.of({"metadata": {"generation": 1}, "spec": {}}).complete


def test_a_container_s_last_end_counts_when_it_runs_again() -> None:
    again = {"state": {"running": {}}, "lastState": {"terminated": ended(1, "x", seconds=7)}, "restartCount": 2}
    found = Pod.of(pod(engine=again)).containers[0]
    assert found.ended is not None
    assert (found.ended.exit_code, found.ended.lasted, found.restarts) == (1, 7.0, 2)


@pytest.mark.parametrize(
    ("raw", "complete"),
    [
        pytest.param(deployment(2, ready=2), True, id="all ready"),
        pytest.param(deployment(2, ready=1), False, id="one is not ready"),
        pytest.param(deployment(1, ready=1, total=2), False, id="an old one is left"),
        pytest.param(deployment(1, ready=1, updated=0), False, id="only an old one"),
        pytest.param(deployment(1, ready=1, observed=0), False, id="not seen by its controller"),
        pytest.param(deployment(0), True, id="none wanted, none there"),
    ],
)
def test_a_rollout_is_complete(raw: dict[str, Any], complete: bool) -> None:
    assert Rollout.of(raw).complete is complete


def check(message: str, code: int = 0) -> dict[str, Any]:
    return pod(check={"state": {"terminated": ended(code, message)}})


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        pytest.param("1234\n" + json.dumps({"a": 1}), WeightsFolder(1234, {"a": 1}), id="size and config.json"),
        pytest.param("1234\n" + '{"a": [1, 2', WeightsFolder(1234, None), id="a config.json that was cut"),
        pytest.param("1234", WeightsFolder(1234, None), id="no config.json"),
        pytest.param("1234\n[1]", WeightsFolder(1234, None), id="a config.json that is a list"),
        pytest.param("what", None, id="something else"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_what_the_check_of_the_weights_hands_back(message: str, wanted: WeightsFolder | None) -> None:
    assert WeightsFolder.of([Pod.of(check(message))]) == wanted


def test_a_check_that_failed_hands_nothing_back() -> None:
    assert WeightsFolder.of([Pod.of(check("1234\n{}", code=2))]) is None


SCALE = {"subresource": "scale", "fieldsV1": {"f:spec": {"f:replicas": {}}}}


@pytest.mark.parametrize(
    ("wish", "fields", "theirs"),
    [
        pytest.param("1", [SCALE], True, id="scaled since our wish was applied"),
        pytest.param("2", [SCALE], False, id="our wish has changed since"),
        pytest.param("1", [], False, id="nobody scaled"),
        pytest.param("1", [{**SCALE, "subresource": ""}], False, id="changed by hand, which is drift"),
        pytest.param("1", [{"subresource": "scale", "fieldsV1": {}}], False, id="scaled once, and taken back"),
    ],
)
def test_whose_count_it_is(wish: str, fields: list[dict[str, Any]], theirs: bool) -> None:
    raw = {"metadata": {"annotations": {"fmops.dev/replicas": "1"}, "managedFields": fields}}
    assert scaled_by_others(raw, wish, "fmops.dev/replicas") is theirs


def test_a_deployment_that_is_not_there_is_nobody_s() -> None:
    assert scaled_by_others(None, "1", "a") is False
