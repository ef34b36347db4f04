"""`fmops evaluate` with a judge: the same manifests, its condition and its gates."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serving.evaluate.judge.courts import good, of_number, people, right, rubric, verdict
from tests.serving.evaluate.laptop import condition, evaluate, resource, run_spec, status, write
from tests.serving.evaluate.plans import catalog_spec
from tests.support.openai_server import Asked, Behaviour, OpenAIServer, Says, Status, openai_server

GATE = {"metric": "general", "op": "AtLeast", "value": "2"}
JUDGED = [{"helpfulness": 4, "accuracy": 1 + n % 5} for n in range(9)] + [{"helpfulness": 2, "accuracy": 5}]


def manifests(folder: Path, judge: dict[str, Any] | None = None, **run: Any) -> Path:
    spec = {**catalog_spec(10), "rubrics": [rubric()]}
    spec["exampleSets"].append(people(JUDGED))
    judges = [{"name": "general", "model": {"name": "large"}, "rubric": "general@1", **(judge or {})}]
    write(
        folder,
        resource("EvaluationRun", "quality", run_spec(**{"judges": judges, "gates": [GATE], **run})),
        resource("PromptCatalog", "support", spec),
    )
    return folder


def agrees(asked: Asked) -> Behaviour:
    """Judge as the people did."""
    number = of_number(asked)
    return Says(verdict(helpfulness=2 if number == 9 else 4, accuracy=1 + number % 5))


@pytest.fixture
def candidate() -> Iterator[OpenAIServer]:
    with openai_server(right) as server:
        yield server


CALIBRATED = {"calibration": {"sets": ["people"], "minKappa": "0.61"}}


def test_a_trusted_judge_opens_a_gate(tmp_path: Path, candidate: OpenAIServer) -> None:
    manifests(tmp_path, CALIBRATED)
    with openai_server(agrees, ["large"]) as judge:
        done = evaluate(tmp_path, "--endpoint", f"large={judge.url}", endpoint=candidate.url)
    assert done.exit_code == 0, done.output
    assert condition(tmp_path, "JudgeTrusted") == ("True", "JudgesAgree")
    found = {result.metric: result.value for result in status(tmp_path).results}
    assert found["general.kappa"] == "1"
    assert (tmp_path / "out/judgements/judge=general/model=tiny/part-00000.jsonl").exists()
    assert "general.helpfulness" in done.stdout


def test_a_judge_that_does_not_agree_with_people_opens_no_gate(tmp_path: Path, candidate: OpenAIServer) -> None:
    manifests(tmp_path, CALIBRATED)
    with openai_server(lambda _: Says(verdict(helpfulness=5, accuracy=5)), ["large"]) as judge:
        done = evaluate(tmp_path, "--endpoint", f"large={judge.url}", endpoint=candidate.url)
    assert done.exit_code == 3, done.output
    assert condition(tmp_path, "JudgeTrusted") == ("False", "LowAgreement")
    assert condition(tmp_path, "GatePassed") == ("Unknown", "Inconclusive")
    (gate,) = status(tmp_path).gates
    assert (gate.verdict, gate.observed.partition("; ")[2]) == (
        "Inconclusive",
        "judge general: kappa 0, n=10 is below minKappa 0.61",
    )
    assert "JudgeTrusted is False: judge general: kappa 0, n=10 is below minKappa 0.61" in done.stdout


def test_a_candidate_that_judges_itself_is_told(tmp_path: Path) -> None:
    manifests(tmp_path, {"model": {"name": "tiny"}})
    both: Any = lambda asked: good(asked) if "response_format" in asked.body else right(asked)  # noqa: E731
    with openai_server(both) as server:
        done = evaluate(tmp_path, endpoint=server.url)
    assert done.exit_code == 3, done.output
    assert condition(tmp_path, "JudgeTrusted") == ("False", "SelfJudging")
    assert "judge general is tiny, which judges itself here" in done.stdout


def test_without_calibration_the_gate_decides_and_the_condition_is_open(
    tmp_path: Path, candidate: OpenAIServer
) -> None:
    manifests(tmp_path)
    with openai_server(good, ["large"]) as judge:
        done = evaluate(tmp_path, "--endpoint", f"large={judge.url}", endpoint=candidate.url)
    assert done.exit_code == 0, done.output
    assert condition(tmp_path, "JudgeTrusted") == ("Unknown", "NotCalibrated")


@pytest.mark.parametrize(
    ("models", "words"),
    [(Status(503), "answered with status 503"), (Status(401), "refuses the API key (401)")],
    ids=["down", "another key"],
)
def test_a_judge_that_is_away_is_told_before_anything_is_asked(
    tmp_path: Path, candidate: OpenAIServer, models: Behaviour, words: str
) -> None:
    manifests(tmp_path)
    with openai_server(good, models) as judge:
        done = evaluate(tmp_path, "--endpoint", f"large={judge.url}", endpoint=candidate.url)
    assert done.exit_code == 4
    assert "fmops: judge large: " in done.stderr
    assert words in done.stderr
    assert candidate.asked == []


def test_a_judge_needs_an_endpoint(tmp_path: Path, candidate: OpenAIServer) -> None:
    done = evaluate(manifests(tmp_path), endpoint=candidate.url)
    assert done.exit_code == 2
    assert "fmops: judge large has no endpoint: add --endpoint large=URL" in done.stderr


@pytest.mark.parametrize(
    ("judge", "run", "words"),
    [
        (
            {"rubric": "generl@1"},
            {},
            "spec.judges[general].rubric: the catalogue has no rubric generl@1; did you mean general@1?",
        ),
        (
            {"calibration": {"sets": ["golden"]}},
            {},
            "calibration.sets: no example of these sets has a judgement with a score for accuracy, helpfulness",
        ),
        (
            {"calibration": {"sets": ["peopl"]}},
            {},
            "the catalogue has no example set peopl; did you mean people?",
        ),
        ({}, {"gates": [{**GATE, "value": "6"}]}, "spec.gates[0].value: 6 is off the scale: general goes from 1 to 5"),
        (
            {},
            {"gates": [{**GATE, "metric": "general.helpfulnes"}]},
            "spec.gates[0].metric: general@1 has no helpfulnes; did you mean helpfulness?",
        ),
    ],
    ids=["no such rubric", "nobody judged", "no such set", "off the scale", "no such criterion"],
)
def test_what_does_not_fit_is_told_by_file_and_line(
    tmp_path: Path, candidate: OpenAIServer, judge: dict[str, Any], run: dict[str, Any], words: str
) -> None:
    done = evaluate(manifests(tmp_path, judge, **run), "--endpoint", "large=http://h/v1", endpoint=candidate.url)
    assert done.exit_code == 2
    assert "all.yaml:" in done.stderr
    assert words in done.stderr
    assert candidate.asked == []


def test_the_manifest_says_who_judged_by_what(tmp_path: Path, candidate: OpenAIServer) -> None:
    manifests(tmp_path)
    with openai_server(good, ["large"]) as judge:
        evaluate(tmp_path, "--endpoint", f"large={judge.url}", endpoint=candidate.url)
    record = json.loads((tmp_path / "out/manifest.json").read_text())
    (planned,) = record["plan"]["judges"]
    assert (planned["endpoint"]["name"], planned["judge"]["rubric"]) == ("large", "general@1")
