"""What the demo decides and shows, without a cluster."""

from typing import Any

import pytest

from tests.cluster.demo_clock import Clock
from tests.cluster.demo_diagnosis import conditions, warnings
from tests.cluster.demo_gateway import Reply, added
from tests.cluster.demo_install import Volumes, chart_values
from tests.cluster.demo_show import pick_series
from tests.cluster.demo_watch import condition, describe, has_measured, is_rolled_out
from tests.cluster.images_plan import Image
from tests.cluster.paths import images


def with_condition(status: str, *, about: int = 2, kind: str = "Ready") -> dict[str, Any]:
    told = {"type": kind, "status": status, "reason": "Because", "message": "of this.", "observedGeneration": about}
    return {"metadata": {"name": "a", "generation": 2}, "status": {"conditions": [told]}}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param(with_condition("True"), "True", id="a condition about the object as it is counts"),
        pytest.param(with_condition("True", about=1), "Unknown", id="one about an older version does not"),
        pytest.param({"metadata": {"generation": 1}}, "Unknown", id="an object without a status says nothing"),
    ],
)
def test_a_condition_is_read_only_if_it_is_about_the_object_as_it_is_now(found: dict[str, Any], said: str) -> None:
    assert condition(found, "Ready") == said


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param(with_condition("False"), "Because: of this.", id="by Ready"),
        pytest.param(with_condition("False", kind="Available"), "Because: of this.", id="a Deployment by Available"),
        pytest.param(
            {"status": {**with_condition("False")["status"], "progressText": "3/8"}},
            "Because: of this. (3/8)",
            id="with the progress of a run",
        ),
        pytest.param({"metadata": {}}, "nobody has looked at it yet", id="or says that nobody looked"),
    ],
)
def test_what_is_waited_for_is_told(found: dict[str, Any], said: str) -> None:
    assert describe(found) == said


@pytest.mark.parametrize(
    ("counts", "out"),
    [
        pytest.param((2, 2, 2), True, id="all pods new and available"),
        pytest.param((3, 2, 2), False, id="an old pod is left"),
        pytest.param((2, 1, 2), False, id="one is not new"),
        pytest.param((2, 2, 1), False, id="one is not available"),
    ],
)
def test_a_deployment_is_rolled_out_when_all_pods_and_no_others_are_new(counts: tuple[int, ...], out: bool) -> None:
    names = ("replicas", "updatedReplicas", "availableReplicas")
    status = {"observedGeneration": 4, **dict(zip(names, counts, strict=True))}
    assert is_rolled_out({"metadata": {"generation": 4}, "spec": {"replicas": 2}, "status": status}) == out
    assert not is_rolled_out({"metadata": {"generation": 5}, "spec": {"replicas": 2}, "status": status})


def model(revision: str) -> dict[str, Any]:
    return {
        "metadata": {"name": "m", "namespace": "default", "generation": 1},
        "spec": {"task": "Chat", "source": {"persistentVolumeClaim": {"claimName": "weights"}}},
        "status": {"revisions": {"active": revision}},
    }


def run(revision: str, complete: str) -> dict[str, Any]:
    done = {"type": "Complete", "status": complete, "reason": "R", "message": "", "observedGeneration": 1}
    spec = {
        "candidates": {"models": [{"name": "m"}]},
        "catalog": {"name": "c"},
        "template": "t@1",
        "examples": {"sets": ["s"], "split": "Test"},
        "metrics": [{"name": "accuracy", "type": "ExactMatch"}],
    }
    results = [{"model": "m", "metric": "accuracy", "revision": revision, "value": "0.5", "n": 2}]
    metadata = {"name": "r", "namespace": "default", "generation": 1}
    return {"metadata": metadata, "spec": spec, "status": {"results": results, "conditions": [done]}}


@pytest.mark.parametrize(
    ("found", "measured"),
    [
        pytest.param(run("new", "True"), True, id="complete on the version that serves"),
        pytest.param(run("old", "True"), False, id="complete on the version before"),
        pytest.param(run("new", "False"), False, id="not complete"),
    ],
)
def test_an_evaluation_counts_only_for_the_version_that_serves(found: dict[str, Any], measured: bool) -> None:
    assert has_measured(model("new"))(found) == measured


def test_series_are_picked_by_their_whole_name() -> None:
    exposition = '# HELP a x\na_total 1\na{b="c"} 2\nab 3\n'
    assert pick_series(exposition, ["ab", "a"]) == ["ab 3", 'a{b="c"} 2']


def test_series_that_say_nothing_are_left_out_beside_others() -> None:
    exposition = 'a{b="1"} 0.0\na{b="2"} 3.0\nalone 0.0\n' + "".join(f'many{{n="{n}"}} 1\n' for n in range(9))
    assert pick_series(exposition, ["a", "alone"]) == ['a{b="2"} 3.0', "alone 0.0"]
    assert len(pick_series(exposition, ["many"])) == 4


def test_every_step_what_came_between_and_the_whole_stand_in_the_table() -> None:
    clock = Clock(2)
    for name in ("first", "second step"):
        with clock.step(name, "to see"):
            pass
    assert [line.split()[0] for line in clock.table()] == ["first", "second", "looking", "all"]


def test_the_chart_is_told_where_the_images_are() -> None:
    made = {n: Image(n, f"localhost/fmops/{n}:abc", images() / n) for n in ("operator", "serving", "engine-cpu")}
    values = chart_values(made, "here")
    assert values["image"] == {"repository": "localhost/fmops/operator", "tag": "abc", "pullPolicy": "Never"}
    assert values["engineImages"]["cpu"] == "localhost/fmops/engine-cpu:abc"
    # Without it no pod but the gateway reaches an engine where NetworkPolicies are in force, as kind's are.
    assert values["gateway"]["monitoringNamespace"] == "here"


def test_each_volume_waits_for_its_claim(tmp_path: Any) -> None:
    _, weights, evaluations, claim = Volumes(tmp_path / "w", tmp_path / "e").manifests("here")
    assert weights["spec"]["claimRef"] == {"namespace": "here", "name": claim["metadata"]["name"]}
    assert evaluations["spec"]["claimRef"] == {"namespace": "here", "name": "evaluations"}
    assert weights["spec"]["accessModes"] == claim["spec"]["accessModes"]


def test_a_diagnosis_tells_every_condition_and_the_last_warnings_in_order() -> None:
    assert conditions([{"kind": "K", **with_condition("False")}]) == ["K/a: Ready=False Because: of this."]
    events = [
        {
            "type": kind,
            "lastTimestamp": f"2026-01-01T00:00:0{second}Z",
            "reason": "R",
            "message": f"at {second}",
            "involvedObject": {"kind": "Pod", "name": "p"},
            "metadata": {},
        }
        for kind, second in (("Warning", 2), ("Normal", 3), ("Warning", 1))
    ]
    assert [line.split(": ")[1] for line in warnings(events)] == ["at 1", "at 2"]


def test_pages_of_several_pods_become_one_with_what_was_blocked_first() -> None:
    page = '# TYPE a counter\na{outcome="allowed"} 2\na{outcome="blocked"} 1\n'
    assert added([page, page]).splitlines() == ['a{outcome="blocked"} 2', 'a{outcome="allowed"} 4']


def test_a_streamed_answer_is_read_with_the_reason_of_its_end() -> None:
    events = [
        '{"choices": [{"delta": {"content": "The "}}]}',
        '{"choices": [{"delta": {"content": "weather"}, "finish_reason": "content_filter"}]}',
        '{"choices": [], "usage": {}}',
    ]
    body = "".join(f"data: {each}\n\n" for each in [*events, "[DONE]"])
    assert Reply(200, body).streamed == ("The weather", "content_filter")
