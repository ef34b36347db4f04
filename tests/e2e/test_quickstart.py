"""The quickstart does what the README says: a real model serves, and is evaluated with honest numbers."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from fmops_api.evaluationrun import EvaluationRun
from fmops_api.evaluationrunstatus import Verdict
from fmops_api.gates import decide, overall
from fmops_api.promptcatalog import PromptCatalog
from tests.cluster.demo import CATALOG, KINDS, MODEL, NAMESPACE, RUN, Installed, leader_metrics
from tests.cluster.demo_client import Client
from tests.cluster.demo_show import pick_series
from tests.cluster.demo_watch import condition, has_measured, is_ready, wait_for
from tests.cluster.kubectl import Kubectl

pytestmark = [pytest.mark.node, pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def run(kubectl: Kubectl) -> EvaluationRun:
    """The quickstart's run once it measured the model that serves."""
    model = wait_for(kubectl, MODEL, is_ready)
    return EvaluationRun.parse(wait_for(kubectl, RUN, has_measured(model)))


def test_the_model_becomes_ready_because_the_operator_itself_got_an_answer(kubectl: Kubectl) -> None:
    model = wait_for(kubectl, MODEL, is_ready)
    assert condition(model, "Serving") == "True"
    assert condition(model, "SourceResolved") == "True"
    assert condition(model, "EngineAvailable") == "True"
    assert model["status"]["readyReplicas"] == 1
    assert condition(model, "Stalled") != "True"


def test_the_catalogue_is_bound_by_its_digest(kubectl: Kubectl) -> None:
    catalog = PromptCatalog.parse(wait_for(kubectl, CATALOG, is_ready))
    assert catalog.status.digest
    assert catalog.status.counts
    assert catalog.status.counts.labelled >= 60


def test_every_share_is_measured_with_an_interval_around_it(run: EvaluationRun) -> None:
    measured = {r.metric: r for r in run.status.results if r.value is not None}
    accuracy = next(r for name, r in measured.items() if "accuracy" in name)
    assert accuracy.n >= 60
    assert accuracy.low is not None
    assert accuracy.high is not None
    assert accuracy.value is not None
    assert Decimal(accuracy.low) < Decimal(accuracy.value) < Decimal(accuracy.high)
    assert "coverage" in measured


def test_the_gate_is_decided_from_the_bounds(run: EvaluationRun) -> None:
    assert run.spec.gates
    again = decide(run.spec.gates, run.status.results, [MODEL.name])
    assert run.status.gates == again
    conditions = {c.type: c.status for c in run.status.conditions}
    assert conditions["Complete"] == "True"
    means = {Verdict.PASSED: "True", Verdict.FAILED: "False", Verdict.INCONCLUSIVE: "Unknown"}
    assert conditions["GatePassed"] == means[overall([each.verdict for each in again])]


def test_every_answer_is_kept_as_a_row(run: EvaluationRun, installed: Installed) -> None:
    folder = installed.node.folder / "volumes" / "evaluations"
    rows = rows_of(folder, run)
    assert run.status.progress
    assert len(rows) == run.status.progress.total


def rows_of(folder: Path, run: EvaluationRun) -> list[object]:
    assert run.status.inputs_hash
    files = folder.glob(f"**/{run.status.inputs_hash}/answers/**/part-*.jsonl")
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def test_kubectl_get_says_it_in_one_line_each(kubectl: Kubectl, run: EvaluationRun) -> None:
    listed = kubectl("get", KINDS, "--namespace", NAMESPACE)
    for name in (MODEL.name, CATALOG.name, run.metadata.name):
        line = next(line for line in listed.splitlines() if f"/{name} " in line)
        assert "True" in line


def test_the_leader_exports_what_was_measured(kubectl: Kubectl, client: Client, run: EvaluationRun) -> None:
    exposition = leader_metrics(kubectl, client)
    values = pick_series(exposition, ["fmops_evaluation_value"])
    assert any(f'run="{run.metadata.name}"' in line for line in values)
