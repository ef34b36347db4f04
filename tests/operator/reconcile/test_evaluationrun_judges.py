"""EvaluationRuns with judges, on a real control plane under the real operator."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.operator.evaluation_bench import Bench
from tests.operator.evaluation_samples import PEOPLE, RUBRIC, catalog_manifest
from tests.support.openai_server import Asked, Behaviour, OpenAIServer, Says, Status, Whole, openai_server

JUDGE = {"name": "general", "model": {"name": "large"}, "rubric": "general@1"}
CALIBRATED = {**JUDGE, "calibration": {"sets": ["people"], "minKappa": "0.5"}}
GATE = {"metric": "general.helpfulness", "op": "AtLeast", "value": "3"}


def judging(asked: Asked) -> Behaviour:
    """Judge everything alike, which agrees with nobody."""
    if asked.prompt == "ping":
        return Whole("pong")
    parts = {name: {"reason": "so", "score": 4} for name in ("helpfulness", "accuracy")}
    return Says(json.dumps(parts))


def apply_catalog(bench: Bench, *, version: int = 1) -> None:
    sets = [*catalog_manifest()["spec"]["exampleSets"], PEOPLE]
    bench.apply_catalog({"rubrics": [{**RUBRIC, "version": version}], "exampleSets": sets})


def test_a_judge_is_measured_told_and_not_trusted_until_it_agrees(
    bench: Bench, server: OpenAIServer, tmp_path: Path
) -> None:
    apply_catalog(bench)
    with openai_server(judging) as of_judge:
        bench.apply_model("large", of_judge.url)
        bench.apply_run({"judges": [CALIBRATED], "gates": [GATE]})
        assert bench.play(tmp_path) == 0
    assert bench.wait_for("JudgeTrusted", "LowAgreement")[0] == "False"
    assert "judge general: kappa 0" in bench.condition("JudgeTrusted")[2]
    assert bench.wait_for("GatePassed", "Inconclusive")[0] == "Unknown"
    assert bench.condition("Complete")[0] == "True"
    (gate,) = bench.status()["gates"]
    assert "below minKappa 0.5" in gate["observed"]
    figures = {result["metric"]: result for result in bench.status()["results"]}
    assert (figures["general.helpfulness"]["value"], figures["general.helpfulness"]["n"]) == ("4", 6)
    job = bench.jobs()
    less = {**CALIBRATED, "calibration": {"sets": ["people"], "minKappa": "0.0001"}}
    bench.apply_run({"judges": [less], "gates": [GATE]})
    bench.wait("the same verdict anew", lambda: "minKappa 0.0001" in bench.condition("JudgeTrusted")[2])
    assert bench.jobs() == job, "how much is enough needs no new verdicts"


@pytest.mark.parametrize(
    ("spec", "reason", "words"),
    [
        pytest.param(
            {"judges": [{**JUDGE, "rubric": "general@9"}]},
            "RubricNotFound",
            "spec.judges[general].rubric: the catalogue has no rubric general@9",
            id="a rubric that is not there",
        ),
        pytest.param(
            {"judges": [{**JUDGE, "model": {"name": "nobody"}}]},
            "JudgeNotFound",
            "spec.judges[general].model: there is no FoundationModel nobody",
            id="a model that is not there may come yet",
        ),
        pytest.param(
            {"judges": [{**JUDGE, "calibration": {"sets": ["golden"]}}]},
            "JudgeUnsuitable",
            "no example of these sets has a judgement with a score for accuracy, helpfulness",
            id="nobody judged",
        ),
        pytest.param(
            {"judges": [JUDGE], "gates": [{**GATE, "value": "7"}]},
            "GateUnsuitable",
            "7 is off the scale",
            id="a gate off the scale",
        ),
    ],
)
def test_judges_that_cannot_judge_make_no_job(
    bench: Bench, server: OpenAIServer, spec: dict[str, Any], reason: str, words: str
) -> None:
    apply_catalog(bench)
    bench.apply_model("large", server.url)
    bench.wait_for("Ready", "Serving", "fm", "large")
    bench.apply_run(spec)
    status, message = bench.wait_for("Ready", reason)
    assert status == "False"
    assert words in message
    assert bench.jobs() == []


def test_an_embedding_model_judges_nothing(bench: Bench, server: OpenAIServer) -> None:
    apply_catalog(bench)
    bench.apply_model("embedder", server.url, task="Embedding")
    bench.apply_run({"judges": [{**JUDGE, "model": {"name": "embedder"}}]})
    assert "only Chat models judge" in bench.wait_for("Ready", "JudgeUnsuitable")[1]


def test_measuring_waits_for_the_judge(bench: Bench) -> None:
    apply_catalog(bench)
    away = True
    with openai_server(lambda asked: Status(500) if away else judging(asked)) as moody:
        bench.apply_model("moody", moody.url)
        bench.apply_run({"judges": [{**JUDGE, "model": {"name": "moody"}}]})
        assert "FoundationModel moody: " in bench.wait_for("Ready", "JudgeNotReady")[1]
        assert bench.jobs() == []
        away = False
        bench.job()


def test_another_judge_supersedes(bench: Bench, server: OpenAIServer) -> None:
    apply_catalog(bench)
    for name in ("large", "larger"):
        bench.apply_model(name, server.url)
    bench.apply_run({"judges": [JUDGE]})
    bench.wait_for("Ready", "Running")
    first = bench.status()["inputsHash"]
    bench.apply_run({"judges": [{**JUDGE, "model": {"name": "larger"}}]})
    bench.wait("inputs with the other judge", lambda: bench.status()["inputsHash"] != first)
    second = bench.status()["inputsHash"]
    bench.apply_model("larger", server.url.replace("127.0.0.1", "localhost"))
    bench.wait("inputs with its new revision", lambda: bench.status()["inputsHash"] not in {first, second})
    bench.wait("one Job, for the last inputs", lambda: bench.jobs() == [f"{bench.run}-{bench.status()['inputsHash']}"])
    bench.wait("both to be told", lambda: len(bench.events("Superseded")) == 2)


def test_a_provider_key_of_a_judge_reaches_the_pod_by_reference_only(bench: Bench, server: OpenAIServer) -> None:
    apply_catalog(bench)
    bench.apply(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "judges"}, "stringData": {"key": "sk-secret"}}
    )
    reference = {"name": "judges", "key": "key"}
    provider = {"baseURL": server.url, "model": "tiny", "apiKeySecretRef": reference}
    manifest = {"apiVersion": "fmops.dev/v1alpha1", "kind": "FoundationModel", "metadata": {"name": "paid"}}
    bench.apply({**manifest, "spec": {"task": "Chat", "source": {"provider": provider}}})
    bench.apply_run({"judges": [{**JUDGE, "model": {"name": "paid"}}]})
    (container,) = bench.pod()["spec"]["containers"]
    keys = [e for e in container["env"] if "API_KEY" in e["name"]]
    assert keys == [{"name": "FMOPS_JUDGE_API_KEY_0", "valueFrom": {"secretKeyRef": reference}}]
    assert "sk-secret" not in json.dumps(bench.api.items(bench.path("configmap")))
