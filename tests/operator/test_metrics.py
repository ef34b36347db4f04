"""The metrics: what each object gives, and that its series go with it."""

from typing import Any

import pytest
from prometheus_client import generate_latest

from fmops_operator.manifest import Key
from fmops_operator.metrics import Metrics, documented
from tests.operator.evaluation_samples import run_manifest
from tests.operator.model_samples import model_manifest

CARD = {"card": {"openness": "OpenWeights", "license": {"spdx": "Apache-2.0"}}}


def condition(kind: str, status: str) -> dict[str, str]:
    return {"type": kind, "status": status, "reason": "R"}


def series(manifest: dict[str, Any]) -> set[str]:
    """Every series of one object, as /metrics shows it."""
    metrics = Metrics()
    before = set(generate_latest(metrics.registry).decode().splitlines())
    metrics.observe(Key(manifest["kind"], "support", manifest["metadata"]["name"]), manifest)
    lines = generate_latest(metrics.registry).decode().splitlines()
    assert len(lines) == len(set(lines)), "Prometheus takes no series twice"
    return set(lines) - before


def test_a_model_gives_readiness_conditions_replicas_and_what_it_is() -> None:
    status = {
        "replicas": 2,
        "readyReplicas": 1,
        "conditions": [condition("Ready", "True"), condition("FitsAccelerator", "Unknown")],
    }
    source = 'source="persistentVolumeClaim",task="Chat"'
    what = f'license="Apache-2.0",name="small",namespace="support",openness="OpenWeights",{source}'
    assert series({**model_manifest(CARD), "status": status}) == {
        'fmops_foundationmodel_ready{name="small",namespace="support"} 1.0',
        'fmops_foundationmodel_condition{name="small",namespace="support",status="True",type="Ready"} 1.0',
        'fmops_foundationmodel_condition{name="small",namespace="support",status="Unknown",type="FitsAccelerator"} 1.0',
        'fmops_foundationmodel_replicas{name="small",namespace="support"} 2.0',
        'fmops_foundationmodel_ready_replicas{name="small",namespace="support"} 1.0',
        f"fmops_foundationmodel_info{{{what}}} 1.0",
    }


def test_a_model_that_nobody_has_looked_at_is_not_ready() -> None:
    assert 'fmops_foundationmodel_ready{name="small",namespace="support"} 0.0' in series(model_manifest())


@pytest.mark.parametrize(
    ("verdict", "passed"), [("True", {"1.0"}), ("False", {"0.0"}), ("Unknown", set())], ids=["passed", "failed", "open"]
)
def test_a_run_gives_figures_with_bounds_and_verdicts(verdict: str, passed: set[str]) -> None:
    status = {
        "results": [
            {"model": "a", "metric": "label", "value": "0.8", "low": "0.7", "high": "0.9"},
            {"model": "a", "metric": "label", "confidence": "0.9", "value": "0.8", "low": "0.72", "high": "0.88"},
            {"model": "a", "metric": "label", "against": "Baseline", "value": "-0.1", "low": "-0.2"},
            {"model": "a", "metric": "latency.request.p95"},
        ],
        "gates": [
            {"model": "a", "metric": "label", "verdict": "Passed", "required": "at least 0.5"},
            {"model": "a", "metric": "label", "verdict": "Passed", "required": "at most 0.99"},
            {"model": "a", "metric": "label", "against": "Baseline", "verdict": "Failed"},
        ],
        "finishedAt": "1970-01-01T00:01:00Z",
        "conditions": [condition("Complete", "True"), condition("GatePassed", verdict)],
    }
    place = 'namespace="support",run="quality"'
    figure, difference = (f'against="{against}",metric="label",model="a",{place}' for against in ("", "Baseline"))
    assert series({**run_manifest(), "status": status}) == {
        f"fmops_evaluation_value{{{figure}}} 0.8",
        f"fmops_evaluation_low{{{figure}}} 0.7",
        f"fmops_evaluation_high{{{figure}}} 0.9",
        f"fmops_evaluation_value{{{difference}}} -0.1",
        f"fmops_evaluation_low{{{difference}}} -0.2",
        f'fmops_evaluation_gate{{{figure},verdict="Passed"}} 1.0',
        f'fmops_evaluation_gate{{{difference},verdict="Failed"}} 1.0',
        f"fmops_evaluation_complete{{{place}}} 1.0",
        f"fmops_evaluation_last_success_timestamp_seconds{{{place}}} 60.0",
        *(f"fmops_evaluation_gate_passed{{{place}}} {value}" for value in passed),
    }


def test_the_series_of_a_deleted_object_disappear() -> None:
    metrics, key = Metrics(), Key("FoundationModel", "support", "small")
    metrics.observe(key, model_manifest())
    assert 'name="small"' in generate_latest(metrics.registry).decode()
    metrics.observe(key, None)
    assert 'name="small"' not in generate_latest(metrics.registry).decode()


def test_every_metric_that_is_served_is_documented_and_the_other_way_round() -> None:
    metrics = Metrics()
    metrics.gauges(lambda: 1.0, lambda: 2.0, lambda: 1.0)
    metrics.looked("FoundationModel", "done", 0.1)
    served = {
        (line.split()[2].removesuffix("_created"), line.split()[3])
        for line in generate_latest(metrics.registry).decode().splitlines()
        if line.startswith("# TYPE") and not line.split()[2].endswith("_created")
    }
    assert served == {(each.name, each.type) for each in documented()}
    assert all(each.help.endswith(".") for each in documented())


def test_a_run_that_chooses_gives_ranks_and_the_choice() -> None:
    ranking = [{"model": "a", "rank": 1, "reason": "r"}, {"model": "b", "reason": "not ranked: f1 was not measured"}]
    status = {"ranking": ranking, "selected": {"model": "a", "reason": "r"}}
    place = 'namespace="support",run="quality"'
    assert series({**run_manifest(), "status": status}) == {
        f'fmops_evaluation_rank{{model="a",{place}}} 1.0',
        f'fmops_evaluation_selected{{model="a",{place}}} 1.0',
        f"fmops_evaluation_complete{{{place}}} 0.0",
    }


@pytest.mark.parametrize(("stale", "value"), [("True", {"1.0"}), ("False", {"0.0"}), ("Unknown", set())])
def test_a_run_that_grows_old_says_so(stale: str, value: set[str]) -> None:
    found = series({**run_manifest(), "status": {"conditions": [condition("Stale", stale)]}})
    place = 'namespace="support",run="quality"'
    assert {each for each in found if "stale" in each} == {f"fmops_evaluation_stale{{{place}}} {v}" for v in value}
