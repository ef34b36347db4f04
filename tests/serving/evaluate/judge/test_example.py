"""The example folder of judges: valid, and measured end to end."""

import json
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner

from fmops_api.evaluationrunstatus import EvaluationRunStatus
from fmops_serving.__main__ import fmops
from tests.support.openai_server import Asked, Behaviour, Says, openai_server

FOLDER = Path(__file__).parents[4] / "examples" / "judges"


def test_it_is_valid() -> None:
    done = CliRunner().invoke(fmops, ["validate", "-f", str(FOLDER)])
    assert done.exit_code == 0, done.output


def _people() -> dict[str, dict[str, int]]:
    (catalog,) = yaml.safe_load_all((FOLDER / "20-catalog.yaml").read_text())
    sets: list[Any] = catalog["spec"]["exampleSets"]
    examples = next(each["examples"] for each in sets if each["name"] == "people")
    return {e["judgement"]["output"]: e["judgement"]["scores"] for e in examples}


def test_a_judge_that_scores_as_people_do_passes_its_gates(tmp_path: Path) -> None:
    people = _people()

    def judge(asked: Asked) -> Behaviour:
        answer = asked.prompt.split("=== BEGIN ANSWER ===\n| ")[1].split("\n=== END ANSWER ===")[0]
        scores = people.get(answer, dict.fromkeys(("helpfulness", "relevance", "accuracy", "detail"), 5))
        return Says(json.dumps({name: {"reason": "so", "score": score} for name, score in scores.items()}))

    with openai_server(lambda _: Says("Press the key."), ["small"]) as small, openai_server(judge, ["large"]) as large:
        ends = ["--endpoint", f"small={small.url}", "--endpoint", f"large={large.url}"]
        done = CliRunner().invoke(fmops, ["evaluate", "-f", str(FOLDER), *ends, "--output", str(tmp_path)])
    assert done.exit_code == 0, done.output
    status = EvaluationRunStatus.model_validate_json((tmp_path / "summary.json").read_bytes())
    found = {result.metric: (result.value, result.n) for result in status.results}
    assert found["general.kappa"] == ("1", 12)
    assert found["general"] == ("5", 12)
    assert {c.type: c.status for c in status.conditions} == {
        "Complete": "True", "JudgeTrusted": "True", "GatePassed": "True"
    }  # fmt: skip
