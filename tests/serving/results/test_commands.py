"""`fmops results` and `kubectl fmops results`: tables, plots and clear words for what is not there."""

import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fmops_api.evaluationplan import EvaluationSummary
from fmops_api.evaluationrunstatus import SliceResult
from fmops_serving.__main__ import fmops
from fmops_serving.evaluate.folder import RunFolder, write_json
from fmops_serving.results.plugin import plugin
from fmops_serving.results.terminal import PLOT, drawn
from tests.cluster.control_plane import ControlPlane
from tests.serving.evaluate.laptop import resource, run_spec
from tests.serving.results.folders import result, write_candidate, write_gates, write_plan


def show(folder: Path, wanted: str = "table") -> Result:
    return CliRunner().invoke(fmops, ["results", str(folder), "--format", wanted])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two candidates and a gate."""
    folder = write_plan(tmp_path / "run", "fast", "good")
    write_candidate(folder, "fast", f1="0.8", p95="0.1")
    write_candidate(folder, "good", f1="0.9", p95="0.4")
    write_gates(folder, ("fast", "f1", "Failed"), ("good", "f1", "Passed"))
    return folder.root


def test_a_table_shows_figures_intervals_and_gates(folder: Path) -> None:
    done = show(folder)
    assert done.exit_code == 0, done.output
    for words in ("quality", "latency.request.p95", "[0.85, 0.9", "●", "Failed", "at least 0.8"):
        assert words in done.output


def test_json_is_in_the_shape_of_a_status(folder: Path) -> None:
    found = json.loads(show(folder, "json").output)
    assert (found["run"], found["inputsHash"]) == ("quality", "9d1c0a77e4")
    assert {(r["model"], r["metric"]) for r in found["results"]} >= {("fast", "f1"), ("good", "coverage")}
    assert [gate["verdict"] for gate in found["gates"]] == ["Failed", "Passed"]


def test_markdown_and_junit_are_what_a_pipeline_takes(folder: Path) -> None:
    assert "| f1 | good | 0.9 | \\[0.85, 0.9" in show(folder, "md").output
    suites = ET.fromstring(show(folder, "junit").output.encode())  # noqa: S314
    assert (suites.get("tests"), suites.get("failures")) == ("2", "1")


def test_slices_are_shown_in_every_format(folder: Path) -> None:
    run = RunFolder(folder)
    for name, value in (("good", "0.75"), ("fast", None)):
        told = SliceResult(slice="tag=billing", model=name, metric="f1", value=value, low="0.5", high="0.9", n=7)
        summary = EvaluationSummary(model=name, results=[result(name, "f1", "0.9")], slices=[told])
        write_json(run.summary(name), summary.to_manifest())
    table = show(folder).output
    assert [table.count(words) for words in ("tag=billing", "0.75", "[0.5, 0.9]")] == [1, 1, 1]
    assert "| tag=billing | f1 | good | 0.75 | \\[0.5, 0.9\\] | 7 | 0 |" in show(folder, "md").output
    assert {each["slice"] for each in json.loads(show(folder, "json").output)["slices"]} == {"tag=billing"}


def test_a_folder_without_results_ends_with_2_and_a_sentence(tmp_path: Path) -> None:
    done = show(tmp_path)
    assert (done.exit_code, done.output) == (2, f"fmops: {tmp_path} holds no results: it has no manifest.json.\n")


def test_intervals_beside_each_other_are_drawn_to_one_scale() -> None:
    wide, narrow = result("a", "f1", "0.5", "0", "1"), result("b", "f1", "0.5", "0.45", "0.55")
    assert drawn(wide, [wide, narrow]) == "├" + "─" * 13 + "●" + "─" * 12 + "┤"
    assert drawn(narrow, [wide, narrow]).strip() == "├─●┤"
    assert len(drawn(wide, [wide, narrow])) == PLOT


def test_an_end_that_is_not_known_is_an_arrow() -> None:
    unbounded = result("a", "latency.request.p95", "0.5", "0.2", None)
    assert drawn(unbounded, [unbounded]).endswith("●"), "the value is the last thing known"
    beside = result("b", "latency.request.p95", "0.9", "0.8", "1.0")
    assert drawn(unbounded, [unbounded, beside]).endswith("▸")
    assert drawn(result("a", "f1", None), [beside]) == ""


def ask(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(plugin, ["results", *arguments], env=environment, prog_name="kubectl fmops")


def fake_kubectl(folder: Path, script: str) -> str:
    program = folder / "kubectl"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_without_kubectl_it_says_so(tmp_path: Path) -> None:
    done = ask("quality", PATH=str(tmp_path))
    assert (done.exit_code, done.output) == (2, "kubectl fmops: kubectl is not installed, or not on the PATH\n")


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("error: the server doesn't have a resource type \"evaluationruns\"", "is fmops installed there"),
        ("The connection to the server localhost:8080 was refused - did you specify the right host or port?",
         "the cluster does not answer: The connection to the server localhost:8080 was refused"),
        ('Error from server (Forbidden): evaluationruns.fmops.dev "quality" is forbidden', "is forbidden"),
        ("", "kubectl failed and did not say why"),
    ],
)  # fmt: skip
def test_what_kubectl_says_becomes_a_sentence(tmp_path: Path, said: str, wanted: str) -> None:
    done = ask("quality", PATH=fake_kubectl(tmp_path, f"cat >&2 <<'end'\n{said}\nend\nexit 1"))
    assert done.exit_code == 2
    assert done.output.startswith("kubectl fmops: ")
    assert wanted in done.output
    assert len(done.output.splitlines()) == 1


def test_what_is_no_run_of_ours_is_told(tmp_path: Path) -> None:
    done = ask("quality", PATH=fake_kubectl(tmp_path, "echo '{\"spec\": {}}'"))
    assert done.exit_code == 2
    assert "is of a version that this kubectl-fmops does not know" in done.output


def status() -> dict[str, Any]:
    figure = result("tiny", "f1", "0.91", "0.85", "0.96").model_dump(mode="json", by_alias=True)
    gate = {"model": "tiny", "metric": "f1", "required": "at least 0.8", "verdict": "Passed", "observed": "0.91"}
    return {"observedGeneration": 1, "results": [figure], "gates": [gate], "report": "s3://lake/support/quality/9d1c"}


def test_kubectl_finds_the_plugin_and_shows_a_run_of_the_cluster(crds_installed: ControlPlane, namespace: str) -> None:
    kubectl = crds_installed.kubectl
    kubectl.apply(resource("EvaluationRun", "quality", run_spec()), namespace=namespace)
    patch = json.dumps({"status": status()})
    kubectl("patch", "er", "quality", "-n", namespace, "--subresource=status", "--type=merge", "-p", patch)
    places = [str(Path(sys.executable).parent), kubectl.environment["PATH"]]
    environment = {**kubectl.environment, "PATH": os.pathsep.join(places)}

    def plug(*more: str) -> subprocess.CompletedProcess[str]:
        command = [shutil.which("kubectl", path=environment["PATH"]) or "", "fmops", "results", *more, "-n", namespace]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    shown = plug("quality")
    assert shown.returncode == 0, shown.stderr
    for words in ("quality", "[0.85, 0.96]", "Passed", "rows and reports: s3://lake/support/quality/9d1c"):
        assert words in shown.stdout
    assert json.loads(plug("quality", "--format", "json").stdout)["results"][0]["value"] == "0.91"
    missing = plug("qualiti")
    assert missing.returncode == 2
    assert "there is no EvaluationRun qualiti in that namespace" in missing.stderr
