"""An evaluation of two stages on a real control plane: answers first, then the comparison with the baseline."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.audit import AuditFilter
from tests.cluster.control_plane import ControlPlane
from tests.operator.evaluation_bench import Bench, Stage
from tests.operator.evaluation_samples import RUBRIC, catalog_manifest
from tests.support.openai_server import Asked, Behaviour, OpenAIServer, Says, Whole, openai_server

GATE = {"metric": "exact", "against": "Baseline", "op": "AtLeast", "value": "-0.5", "bound": "Lower"}
CLAIM = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "scores"}}


def first_is_better(asked: Asked) -> Behaviour:
    """Hold whatever stands first for the better one."""
    return Whole("pong") if asked.prompt == "ping" else Says(json.dumps({"reason": "so", "verdict": "A"}))


@pytest.fixture
def pair(bench: Bench, server: OpenAIServer) -> Bench:
    """Two models and a place for their rows."""
    bench.apply_model("large", server.url)
    storage = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    bench.apply({**CLAIM, "spec": storage})
    return bench


def spec(**changes: Any) -> dict[str, Any]:
    return {
        "candidates": {"models": [{"name": "small"}, {"name": "large"}]},
        "baseline": {"name": "large"},
        "metrics": [{"name": "exact", "type": "ExactMatch"}],
        "gates": [GATE],
        "sink": {"persistentVolumeClaim": {"claimName": "scores"}},
        "execution": {"parallelism": 2},
        **changes,
    }


def difference(model: str, low: str) -> str:
    """Write what a runner of the second stage hands back."""
    result = {
        "model": model,
        "metric": "exact",
        "against": "Baseline",
        "value": "0",
        "low": low,
        "high": "0.1",
        "n": 60,
    }
    return json.dumps({"model": model, "results": [result]})


def answered(bench: Bench) -> str:
    """End the first stage; gives the name of its Job."""
    name: str = bench.job()["metadata"]["name"]
    bench.measure(0, "large")
    bench.measure(1, "small")
    return name


def test_the_real_runner_answers_and_then_compares(pair: Bench, tmp_path: Path) -> None:
    pair.apply_run(spec())
    name = pair.job()["metadata"]["name"]
    assert pair.wait_for("Compared", "Waiting")[0] == "Unknown"
    assert pair.play(tmp_path, 0) == 0
    assert pair.play(tmp_path, 1) == 0
    pair.wait("the Job of the comparison", lambda: len(pair.pods_of(f"{name}-compare")) == 1)
    pair.wait("the status to say so", lambda: pair.condition("Answered")[0] == "True")
    assert pair.condition("Complete")[0] == "Unknown"
    (pod,) = pair.pods_of(f"{name}-compare")
    assert pod["spec"]["containers"][0]["args"][-2:] == ["--stage", "compare"]
    assert pair.play(tmp_path, 0) == 0
    assert pair.wait_for("Complete", "Measured")[0] == "True"
    assert pair.condition("Compared")[0] == "True"
    found = [r for r in pair.status()["results"] if r.get("against") == "Baseline"]
    assert {(r["model"], r["metric"], r["value"], r["n"]) for r in found} == {
        ("small", metric, "0", 6) for metric in ("exact", "coverage", "errors", "truncated")
    }
    (gate,) = pair.status()["gates"]
    assert (gate["model"], gate["against"], gate["verdict"]) == ("small", "Baseline", "Passed")
    assert pair.status()["progressText"] == "12/12"
    assert len(pair.events("ComparisonStarted")) == 1


def test_a_finished_comparison_is_left_alone(pair: Bench, crds_installed: ControlPlane, stage: Stage) -> None:
    pair.apply_run(spec())
    name = answered(pair)
    pair.wait("the comparison", lambda: len(pair.pods_of(f"{name}-compare")) == 1)
    pair.end_pod(0, 0, difference("small", "-0.1"))
    pair.wait_for("GatePassed", "Passed")
    pair.wait(
        "both Jobs to be clear", lambda: all("ttlSecondsAfterFinished" in job["spec"] for job in both(pair, name))
    )
    pair.wait("the end of both", lambda: all("completionTime" in job["status"] for job in both(pair, name)))
    looks = 'fmops_reconcile_total{kind="EvaluationRun",result="done"}'
    before, mark = stage.operator.metric(looks) or 0, crds_installed.audit_offset()
    pair.api.merge(pair.path("er", pair.run), {"metadata": {"annotations": {"look": "again"}}})
    pair.wait("another look", lambda: (stage.operator.metric(looks) or 0) > before)
    mine = crds_installed.audit_events(AuditFilter(user=stage.user, namespace=pair.namespace), offset=mark)
    assert [event for event in mine if event.name.startswith(pair.run)] == []
    pair.apply_run(spec(gates=[{**GATE, "value": "0.05"}]))
    pair.wait_for("GatePassed", "Inconclusive")
    assert sorted(pair.jobs()) == [name, f"{name}-compare"]


def both(bench: Bench, name: str) -> list[dict[str, Any]]:
    return [bench.get("job", name), bench.get("job", f"{name}-compare")]


def test_changed_inputs_supersede_the_jobs_of_both_stages(pair: Bench) -> None:
    pair.apply_run(spec())
    name = answered(pair)
    pair.wait("the comparison", lambda: len(pair.pods_of(f"{name}-compare")) == 1)
    pair.apply_run(spec(repeats=2))
    pair.wait("only the new Job", lambda: len(pair.jobs()) == 1 and pair.jobs() != [name])
    pair.wait("the new total", lambda: pair.status()["progress"]["total"] == 24)
    assert pair.condition("Compared")[1] == "Waiting"


def test_a_comparison_that_fails_is_told_and_is_no_bad_score(pair: Bench) -> None:
    pair.apply_run(spec())
    name = answered(pair)
    pair.wait("the comparison", lambda: len(pair.pods_of(f"{name}-compare")) == 1)
    pair.end_pod(0, 2, json.dumps({"model": "small", "error": "large was not measured"}))
    status, message = pair.wait_for("Compared", "JobFailed")
    assert (status, message.split(";")[0]) == ("False", "small: large was not measured")
    assert pair.condition("Answered")[0] == "True"
    assert pair.condition("Complete")[:2] == ("False", "JobFailed")
    assert pair.condition("GatePassed")[:2] == ("Unknown", "Undecided")
    pair.delete("job", f"{name}-compare")
    pair.wait("another try", lambda: len(pair.pods_of(f"{name}-compare")) == 1)
    pair.end_pod(0, 0, difference("small", "-0.1"))
    pair.wait_for("Ready", "Measured")


def test_suspend_stops_the_comparison_as_well(pair: Bench) -> None:
    pair.apply_run(spec())
    name = answered(pair)
    pair.wait("the comparison", lambda: len(pair.pods_of(f"{name}-compare")) == 1)
    pair.apply_run(spec(execution={"parallelism": 2, "suspend": True}))
    pair.wait_for("Compared", "Suspended")
    pair.wait("no pod", lambda: pair.pods_of(f"{name}-compare") == [])
    assert pair.condition("Answered")[0] == "True"


def test_a_judge_that_compares_is_asked_by_the_second_stage_with_its_key(pair: Bench, tmp_path: Path) -> None:
    people = [
        {"id": word.lower(), "input": "ticket", "comparison": {"a": "one", "b": "another", "better": word}}
        for word in ("A", "B")
    ]
    sets = [*catalog_manifest()["spec"]["exampleSets"], {"name": "compared", "examples": people}]
    pair.apply_catalog({"rubrics": [RUBRIC], "exampleSets": sets})
    pair.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "paid"}, "stringData": {"key": "sk-secret"}})
    with openai_server(first_is_better) as judge:
        reference = {"name": "paid", "key": "key"}
        provider = {"baseURL": judge.url, "model": "tiny", "apiKeySecretRef": reference}
        pair.apply_model("paid", judge.url, source={"provider": provider})
        duel = {"name": "duel", "model": {"name": "paid"}, "rubric": "general@1", "mode": "Pairwise"}
        duel |= {"calibration": {"sets": ["compared"]}}
        gate = {"metric": "duel", "against": "Baseline", "op": "AtLeast", "value": "0.5", "bound": "Point"}
        pair.apply_run(spec(judges=[duel], gates=[gate]))
        name = pair.job()["metadata"]["name"]
        for index in (0, 1):
            assert "FMOPS" not in json.dumps(pair.pod(index)["spec"])
            assert pair.play(tmp_path, index) == 0
        asked = len(judge.asked)
        pair.wait("the Job of the comparison", lambda: len(pair.pods_of(f"{name}-compare")) == 1)
        (pod,) = pair.pods_of(f"{name}-compare")
        keys = [each for each in pod["spec"]["containers"][0]["env"] if "API_KEY" in each["name"]]
        assert keys == [{"name": "FMOPS_JUDGE_API_KEY_0", "valueFrom": {"secretKeyRef": reference}}]
        assert pair.play(tmp_path, 0, {"FMOPS_JUDGE_API_KEY_0": "sk-secret"}) == 0
        assert len([each for each in judge.asked[asked:] if each.prompt != "ping"]) == 2 * 6 + 2 * 2
    # The first answer is always the better one: of two pairs that people told apart the orders make two ties.
    status, message = pair.wait_for("JudgeTrusted", "LowAgreement")
    assert (status, message.split(",")[0]) == ("False", "judge duel: kappa 0")
    assert pair.wait_for("GatePassed", "Inconclusive")[0] == "Unknown"
    figures = {r["metric"]: r["value"] for r in pair.status()["results"] if r.get("against")}
    assert (figures["duel"], figures["duel.positionFlipRate"]) == ("0.5", "1")
