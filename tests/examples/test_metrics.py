"""The example of many metrics, run as it stands against an endpoint that answers some questions rightly."""

from pathlib import Path

import yaml
from click.testing import CliRunner

from fmops_api.evaluationrunstatus import EvaluationRunStatus
from fmops_api.metrictype import MetricType
from fmops_serving.__main__ import fmops
from tests.cluster.paths import REPOSITORY
from tests.support.openai_server import Asked, Says, openai_server

FOLDER = REPOSITORY / "examples" / "metrics"
ANSWERS = {
    "At how many degrees Celsius does water boil?": "At 100 degrees.",
    "How far away is the moon, in kilometres?": "About 384400 km",
    "What share of 80 is 36, in per cent?": "0.45",
    "What is the capital of France?": "<think>Not Lyon.</think>\n\nParis.",
    "Wie viele Sekunden hat eine Stunde?": "3600 Sekunden",
    "法国的首都是哪里？": "巴黎。",
}


ELSEWHERE = {MetricType.CLASSIFICATION, MetricType.COSINE, MetricType.COST}
"""Shown by examples/quickstart and examples/judged, and Cost in docs/metrics-of-evaluation.md."""


def test_every_metric_is_shown_that_has_no_example_of_its_own() -> None:
    run = yaml.safe_load((FOLDER / "30-evaluation.yaml").read_text())
    assert {metric["type"] for metric in run["spec"]["metrics"]} == set(MetricType) - ELSEWHERE


def test_it_is_evaluated_and_every_metric_has_a_figure(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Says:
        return Says(ANSWERS.get(asked.prompt, "I'm sorry, but I can't help with that."), between=0.02)

    with openai_server(answer, ["assistant"]) as server:
        arguments = [
            "evaluate",
            "-f",
            str(FOLDER),
            "--run",
            "every-metric",
            "--endpoint",
            f"assistant={server.url}",
            "--output",
            str(tmp_path),
        ]
        done = CliRunner().invoke(fmops, arguments)
    assert done.exit_code == 3, done.output
    assert "By tag and language" in done.output
    status = EvaluationRunStatus.model_validate_json((tmp_path / "summary.json").read_bytes())
    values = {result.metric: result.value for result in status.results}
    assert None not in values.values()
    assert (values["exact"], values["number"], values["json"], values["refusal"]) == ("0.3", "0.8", "0", "0.4")
    assert {(r.slice, r.value) for r in status.slices if r.metric == "number"} >= {
        ("language=en", "1"),
        ("language=de", "1"),
        ("tag=arithmetic", "1"),
    }
    assert {gate.metric: str(gate.verdict) for gate in status.gates}["refusal"] == "Failed"
