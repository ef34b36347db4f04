"""EvaluationRuns on a real control plane, under the real operator; pods end as the tests say."""

import json
from pathlib import Path
from typing import Any

from tests.cluster.audit import AuditFilter
from tests.cluster.control_plane import ControlPlane
from tests.operator.evaluation_bench import Bench, Stage
from tests.operator.evaluation_samples import catalog_manifest
from tests.support.openai_server import OpenAIServer

GATE = {"metric": "label", "op": "AtLeast", "value": "0.50", "bound": "Lower"}


def test_the_real_runner_measures_and_the_gates_are_decided(bench: Bench, tmp_path: Path) -> None:
    gates = [GATE, {"metric": "coverage", "op": "AtLeast", "value": "1"}]
    bench.apply_run({"gates": gates, "metrics": [{"name": "label", "type": "Classification"}]})
    assert bench.play(tmp_path) == 0
    assert bench.wait_for("Complete", "Measured")[0] == "True"
    status = bench.status()
    assert status["progress"] == {"done": 6, "total": 6}
    figures = {r["metric"]: r for r in status["results"]}
    assert figures["label.accuracy"]["value"] == "0.5"
    assert figures["label"]["revision"] == bench.status("fm", "small")["revisions"]["active"]
    assert {g["metric"]: g["verdict"] for g in status["gates"]}["coverage"] == "Passed"
    assert bench.condition("Ready")[0] == "True"
    assert bench.condition("GatePassed")[1] in {"Failed", "Inconclusive"}
    bench.wait("its Event, which follows the status", lambda: len(bench.events("GateDecided")) == 1)


def test_a_failure_that_may_pass_is_told_while_it_is_tried_again(bench: Bench, tmp_path: Path) -> None:
    failing = {"name": "classify", "version": 3, "messages": [{"role": "User", "content": "out of order"}]}
    bench.apply_catalog({"templates": [*catalog_manifest()["spec"]["templates"], failing]})
    bench.apply_run({"template": "classify@3", "execution": {"retries": 0}})
    assert bench.play(tmp_path) == 4
    said = json.loads((tmp_path / "termination-0").read_text())["error"]
    bench.wait("the runner's sentence", lambda: said in bench.condition("Ready")[2])
    assert bench.condition("Ready")[1] == "Running"
    assert bench.condition("Complete")[0] == "Unknown"


def test_prompts_that_no_try_can_render_are_given_up_at_once(bench: Bench, tmp_path: Path) -> None:
    unknown = {"name": "classify", "version": 3, "messages": [{"role": "User", "content": "{{ absent }}"}]}
    templates = [*catalog_manifest()["spec"]["templates"], {**unknown, "variables": [{"name": "absent"}]}]
    bench.apply_catalog({"templates": templates})
    bench.apply_run({"template": "classify@3"})
    assert bench.play(tmp_path) == 2
    status, message = bench.wait_for("Complete", "TooManyErrors")
    assert status == "False"
    assert message.startswith("small: none of 6 examples was answered; ")


def test_one_set_of_inputs_means_one_job_and_then_no_write_at_all(
    bench: Bench, crds_installed: ControlPlane, stage: Stage
) -> None:
    bench.apply_run({"gates": [GATE]})
    name = bench.job()["metadata"]["name"]
    bench.measure()
    bench.wait_for("GatePassed", "Passed")
    bench.wait("a time to live", lambda: "ttlSecondsAfterFinished" in bench.job()["spec"])
    bench.wait("the end of the Job", lambda: "completionTime" in bench.job()["status"])
    looks = 'fmops_reconcile_total{kind="EvaluationRun",result="done"}'
    before, mark = stage.operator.metric(looks) or 0, crds_installed.audit_offset()
    bench.api.merge(bench.path("er", bench.run), {"metadata": {"annotations": {"look": "again"}}})
    bench.wait("another look", lambda: (stage.operator.metric(looks) or 0) > before)
    mine = crds_installed.audit_events(AuditFilter(user=stage.user, namespace=bench.namespace), offset=mark)
    assert [event for event in mine if event.name.startswith(bench.run)] == []
    assert bench.jobs() == [name]


def test_a_finished_job_that_is_gone_is_not_made_again(bench: Bench) -> None:
    bench.apply_run()
    name = bench.job()["metadata"]["name"]
    bench.measure()
    bench.wait_for("Ready", "Measured")
    bench.delete("job", name)
    bench.apply_run({"historyLimit": 3})
    bench.wait_for("Ready", "Measured")
    assert bench.jobs() == []
    assert bench.plans() == [name]


def test_changed_inputs_supersede_a_running_job(bench: Bench) -> None:
    bench.apply_run()
    first = bench.job()["metadata"]["name"]
    bench.pod()
    bench.apply_run({"examples": {"sets": ["golden"], "limit": 4}})
    bench.wait("another Job", lambda: bench.jobs() not in ([first], []))
    (second,) = bench.jobs()
    assert second != first
    bench.wait("the old plan to go", lambda: bench.plans() == [second])
    bench.wait("the new total", lambda: bench.status()["progress"] == {"done": 0, "total": 4})
    assert "history" not in bench.status() or bench.status()["history"] == []


def test_changed_inputs_move_results_to_the_history(bench: Bench) -> None:
    bench.apply_run({"gates": [GATE], "historyLimit": 1})
    bench.measure(value="0.70")
    bench.wait_for("GatePassed", "Passed")
    first = bench.status()["inputsHash"]
    for retries in (1, 2):
        bench.apply_run({"gates": [GATE], "historyLimit": 1, "execution": {"retries": retries}})
        bench.wait("new inputs", lambda: bench.status()["inputsHash"] != first)
        bench.measure(value="0.72")
        bench.wait_for("GatePassed", "Passed")
    (past,) = bench.status()["history"]
    assert past["inputsHash"] not in {first, bench.status()["inputsHash"]}
    assert past["gate"] == "True"
    assert [r["value"] for r in past["results"] if r["metric"] == "label"] == ["0.72"]
    assert len(bench.events("Superseded")) == 2


def test_a_moved_gate_is_decided_anew_without_another_job(bench: Bench) -> None:
    bench.apply_run({"gates": [GATE]})
    bench.measure()
    bench.wait_for("GatePassed", "Passed")
    jobs = bench.jobs()
    bench.apply_run({"gates": [{**GATE, "value": "0.99"}]})
    status, message = bench.wait_for("GatePassed", "Failed")
    assert (status, message) == ("False", "small: label lower bound at 0.95 at least 0.99: 0.70 [0.60, 0.80]")
    assert bench.condition("Ready")[0] == "True"
    assert bench.jobs() == jobs


def test_suspend_stops_the_pods_and_lets_them_go_on(bench: Bench) -> None:
    bench.apply_run()
    bench.pod()
    bench.apply_run({"execution": {"suspend": True}})
    bench.wait_for("Ready", "Suspended")
    bench.wait("no pod", lambda: bench.pods() == [])
    assert bench.job()["spec"]["suspend"] is True
    assert bench.condition("Complete")[0] == "Unknown"
    bench.apply_run()
    bench.wait_for("Ready", "Running")
    bench.measure()
    bench.wait_for("Ready", "Measured")


def test_every_candidate_is_kept_as_it_comes(bench: Bench, server: OpenAIServer) -> None:
    bench.apply_model("large", server.url)
    bench.apply_run({"candidates": {"models": [{"name": "small"}, {"name": "large"}]}, "execution": {"parallelism": 2}})
    bench.measure(1, "small")
    bench.wait("half", lambda: bench.status().get("progressText") == "6/12")
    assert bench.condition("Complete")[0] == "Unknown"
    assert {r["model"] for r in bench.status()["results"]} == {"small"}
    bench.measure(0, "large")
    bench.wait_for("Complete", "Measured")
    assert bench.status()["progressText"] == "12/12"


def test_bad_input_fails_at_once_and_stays_so_until_somebody_acts(bench: Bench) -> None:
    bench.apply_run()
    name = bench.job()["metadata"]["name"]
    bench.end_pod(0, 2, json.dumps({"model": "small", "error": "small: no example can be rendered"}))
    status, message = bench.wait_for("Complete", "JobFailed")
    assert status == "False"
    assert message.startswith("small: no example can be rendered; ")
    assert bench.condition("Stalled")[0] == "True"
    assert "ttlSecondsAfterFinished" not in bench.job()["spec"]
    assert bench.condition("GatePassed")[0] == "Unknown"
    bench.delete("job", name)
    bench.wait_for("Ready", "Running")
    bench.measure()
    bench.wait_for("Ready", "Measured")


def test_a_run_that_takes_too_long_says_so_and_goes_on_with_more_time(bench: Bench) -> None:
    bench.apply_run({"execution": {"attemptTimeout": "1s", "runTimeout": "1s"}})
    bench.job()
    status, message = bench.wait_for("Complete", "RunTimedOut")
    assert (status, message) == ("False", "not measured within execution.runTimeout: small")
    bench.apply_run({"execution": {"attemptTimeout": "1s", "runTimeout": "1h"}})
    bench.wait_for("Ready", "Running")
    bench.measure()
    bench.wait_for("Ready", "Measured")


def test_other_resources_make_the_job_anew_for_the_same_inputs(bench: Bench) -> None:
    bench.apply_run()
    before = bench.job()["metadata"]
    bench.apply_run({"execution": {"resources": {"requests": {"cpu": "1"}}}})
    bench.wait("another Job of the same name", lambda: bench.job()["metadata"]["uid"] != before["uid"])
    after = bench.job()
    assert after["metadata"]["name"] == before["name"]
    assert after["spec"]["template"]["spec"]["containers"][0]["resources"] == {"requests": {"cpu": "1"}}


def test_a_quota_that_refuses_the_job_is_quoted(bench: Bench) -> None:
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"}}
    bench.apply({**quota, "spec": {"hard": {"count/jobs.batch": "0"}}})
    try:
        bench.wait("the quota", lambda: "hard" in bench.status("resourcequota", "none"), "resourcequota", "none")
        bench.apply_run()
        status, message = bench.wait_for("Complete", "JobRefused")
        assert status == "False"
        assert "exceeded quota: none" in message
        assert bench.condition("Stalled")[0] == "True"
    finally:
        bench.delete("resourcequota", "none")


def test_children_of_other_inputs_that_a_crash_left_behind_are_cleaned_up(bench: Bench) -> None:
    bench.apply_run()
    job = bench.job()
    stray: dict[str, Any] = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            **{k: job["metadata"][k] for k in ("labels", "ownerReferences")},
            "name": f"{bench.run}-0000000000",
        },
        "spec": {"template": job["spec"]["template"], "suspend": True},
    }
    template = stray["spec"]["template"]
    template["metadata"] = {"labels": {"of": "stray"}}
    bench.apply(stray)
    bench.wait("only the right Job", lambda: bench.jobs() == [job["metadata"]["name"]])


def test_a_job_changed_by_hand_comes_back(bench: Bench) -> None:
    bench.apply_run()
    name = bench.job()["metadata"]["name"]
    change = {
        "metadata": {"labels": {"fmops.dev/bundle": "wrong"}},
        "spec": {"suspend": True, "activeDeadlineSeconds": 5},
    }
    bench.api.merge(bench.path("job", name), change)

    def restored() -> bool:
        job = bench.job()
        spec = job["spec"]
        bundle = job["metadata"]["labels"]["fmops.dev/bundle"]
        return (bundle, spec["suspend"], spec["activeDeadlineSeconds"]) == (bench.bundles()[-1], False, 21600)

    bench.wait("the Job as it was", restored)
