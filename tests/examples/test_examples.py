"""Every example holds: for fmops validate, for kustomize, and against the API server's own schema of our kinds."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from fmops_serving.__main__ import fmops
from tests.cluster.build import built_programs
from tests.cluster.paths import REPOSITORY
from tests.support.openai_server import Says, openai_server

EXAMPLES = REPOSITORY / "examples"
RUNS = sorted(each.parent.name for each in EXAMPLES.glob("*/*evaluation*.yaml"))
FOLDERS = [*RUNS, "providers", "balancing", "gitops/base"]
STAGES = ("dev", "preprod", "prod")


def validate(*files: Path) -> Result:
    arguments = [part for file in files for part in ("-f", str(file))]
    return CliRunner().invoke(fmops, ["validate", *arguments])


@pytest.mark.parametrize("folder", FOLDERS)
def test_fmops_validate_finds_nothing(folder: str) -> None:
    done = validate(EXAMPLES / folder)
    assert done.exit_code == 0, done.output


def test_the_comparison_stands_on_the_quickstart_and_a_provider() -> None:
    others = (EXAMPLES / "quickstart", EXAMPLES / "providers" / "provider.yaml")
    done = validate(EXAMPLES / "baseline", *others)
    assert done.exit_code == 0, done.output
    assert "not among" not in done.output


@pytest.mark.cluster
@pytest.mark.parametrize("stage", STAGES)
def test_kustomize_builds_each_stage_and_what_it_builds_is_valid(stage: str, tmp_path: Path) -> None:
    built = subprocess.run(
        [str(built_programs() / "kubectl"), "kustomize", str(EXAMPLES / "gitops" / "overlays" / stage)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    objects = list(yaml.safe_load_all(built))
    assert {o["metadata"]["namespace"] for o in objects} == {f"support-{stage}"}
    assert sorted(o["kind"] for o in objects) == ["EvaluationRun", "FoundationModel", "PromptCatalog"]
    (tmp_path / "built.yaml").write_text(built)
    done = validate(tmp_path / "built.yaml")
    assert done.exit_code == 0, done.output


def test_argo_cd_judges_every_kind_by_the_one_script() -> None:
    script = (EXAMPLES / "gitops" / "argocd" / "health.lua").read_text()
    patch = yaml.safe_load((EXAMPLES / "gitops" / "argocd" / "health-patch.yaml").read_text())
    kinds = ("FoundationModel", "PromptCatalog", "EvaluationRun")
    assert patch["data"] == {f"resource.customizations.health.fmops.dev_{kind}": script for kind in kinds}


def test_the_quickstart_has_sixty_tickets_or_more_with_four_labels() -> None:
    catalog = yaml.safe_load((EXAMPLES / "quickstart" / "20-catalog.yaml").read_text())
    examples = catalog["spec"]["exampleSets"][0]["examples"]
    assert len(examples) >= 60
    assert len({example["label"] for example in examples}) == 4


def test_the_example_of_a_chain_is_measured_with_its_variant_and_its_shape(tmp_path: Path) -> None:
    facts = "- the customer says {{ 7*7 }}"
    with (
        openai_server(lambda _: Says(facts), ["large"]) as large,
        openai_server(lambda _: Says('{"topic": "billing"}'), ["small"]) as small,
    ):
        command = [sys.executable, "-m", "fmops_serving", "evaluate", "-f", str(EXAMPLES / "chains")]
        places = ["--endpoint", f"small={small.url}", "--endpoint", f"large={large.url}", "--output", str(tmp_path)]
        done = subprocess.run([*command, *places], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((tmp_path / "summary.json").read_text())["results"]
    assert {r["metric"]: r.get("value") for r in results}["topic.accuracy"] == "0.5"
    assert len(large.asked) == len(small.asked) == 4
    for asked in small.asked:
        assert asked.prompt.startswith("### Ticket\n")
        assert f"### Facts\n{facts}\n" in asked.prompt
        assert asked.body["response_format"]["json_schema"]["strict"] is True
