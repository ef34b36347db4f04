"""What an EvaluationRun refers to, on a real control plane: missing, unsuitable, away, and how it reaches the pods."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.operator.evaluation_bench import Bench, answer
from tests.support.openai_server import Asked, Behaviour, OpenAIServer, Status, openai_server


@pytest.mark.parametrize(
    ("spec", "reason", "sentence", "kstatus"),
    [
        pytest.param(
            {"catalog": {"name": "absent"}},
            "CatalogNotFound",
            "spec.catalog.name: there is no PromptCatalog absent",
            "Reconciling",
            id="a catalogue that is not there may come yet",
        ),
        pytest.param(
            {"template": "classify@staging"},
            "TemplateNotFound",
            "spec.template: PromptCatalog CATALOG has no template classify@staging; it has "
            "classify@1, classify@2, classify@production",
            "Stalled",
            id="a label that no template has",
        ),
        pytest.param(
            {"examples": {"sets": ["gold"]}},
            "ExamplesNotFound",
            "spec.examples: the catalogue has no example set gold; did you mean golden?",
            "Stalled",
            id="a set that is not there",
        ),
        pytest.param(
            {"examples": {"sets": ["golden"], "split": "Dev"}},
            "ExamplesNotFound",
            "spec.examples: no examples of split Dev in golden",
            "Stalled",
            id="a set that is empty for the split",
        ),
        pytest.param(
            {"candidates": {"models": [{"name": "nobody"}]}},
            "CandidateNotFound",
            "spec.candidates.models: there is no FoundationModel nobody",
            "Reconciling",
            id="a model that is not there may come yet",
        ),
        pytest.param(
            {"sink": {"persistentVolumeClaim": {"claimName": "lake"}}},
            "SinkNotFound",
            "spec.sink.persistentVolumeClaim: there is no PersistentVolumeClaim lake",
            "Reconciling",
            id="a claim that is not there may come yet",
        ),
    ],
)
def test_inputs_that_are_not_there_make_no_job(
    bench: Bench, spec: dict[str, Any], reason: str, sentence: str, kstatus: str
) -> None:
    bench.wait_for("Ready", "Serving", "fm", "small")
    bench.apply_run(spec)
    assert bench.wait_for("Ready", reason) == ("False", sentence.replace("CATALOG", bench.catalog))
    assert bench.condition(kstatus)[:2] == ("True", reason)
    assert bench.jobs() == []


def test_examples_without_labels_cannot_be_classified(bench: Bench) -> None:
    sets = [{"name": "golden", "examples": [{"id": "a", "input": "x"}]}]
    bench.apply_catalog({"exampleSets": sets})
    bench.apply_run()
    status, message = bench.wait_for("InputsResolved", "ExamplesUnscorable")
    expected = "spec.metrics[label]: Classification compares with a label, and no chosen example has one"
    assert (status, message) == ("False", expected)


def test_a_model_that_answers_no_prompts_is_unsuitable(bench: Bench, server: OpenAIServer) -> None:
    bench.apply_model("embedder", server.url, task="Embedding")
    bench.apply_run({"candidates": {"models": [{"name": "embedder"}]}})
    assert "embedder has task Embedding" in bench.wait_for("Ready", "CandidateUnsuitable")[1]


def test_measuring_begins_when_the_candidate_serves_and_a_finished_run_outlives_its_absence(bench: Bench) -> None:
    away = True

    def come_and_go(asked: Asked) -> Behaviour:
        return Status(500) if away else answer(asked)

    with openai_server(come_and_go) as moody:
        bench.apply_model("moody", moody.url)
        bench.apply_run({"candidates": {"models": [{"name": "moody"}]}})
        assert "FoundationModel moody: " in bench.wait_for("Ready", "CandidateNotReady")[1]
        assert bench.jobs() == []
        away = False
        bench.measure(model="moody")
        bench.wait_for("Ready", "Measured")
        moody.models = Status(500)
        bench.apply_model("moody", moody.url, card={"languages": ["en"]})
        bench.wait_for("InputsResolved", "CandidateNotReady")
        assert bench.condition("Complete")[0] == "True"
        assert len(bench.jobs()) == 1


def test_a_sink_is_mounted_and_the_report_says_where_rows_are(bench: Bench) -> None:
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "lake"}}
    bench.apply_run({"sink": {"persistentVolumeClaim": {"claimName": "lake", "path": "evals"}}})
    bench.wait_for("ResultsKept", "SinkNotFound")
    bench.apply({**claim, "spec": {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}}})
    bench.measure()
    bench.wait_for("ResultsKept", "Kept")
    status = bench.status()
    assert status["report"] == f"pvc://lake/evals/{bench.namespace}/{bench.run}/{status['inputsHash']}"


def test_a_provider_key_reaches_the_pod_by_reference_only(bench: Bench, server: OpenAIServer, tmp_path: Path) -> None:
    bench.apply(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, "stringData": {"openai": "sk-secret"}}
    )
    reference = {"name": "keys", "key": "openai"}
    provider = {"baseURL": server.url, "model": "tiny", "apiKeySecretRef": reference}
    manifest = {"apiVersion": "fmops.dev/v1alpha1", "kind": "FoundationModel", "metadata": {"name": "gpt"}}
    bench.apply({**manifest, "spec": {"task": "Chat", "source": {"provider": provider}}})
    bench.apply_run({"candidates": {"models": [{"name": "gpt"}]}})
    (container,) = bench.pod()["spec"]["containers"]
    keys = [e for e in container["env"] if e["name"].startswith("FMOPS_API_KEY")]
    assert keys == [{"name": "FMOPS_API_KEY_0", "valueFrom": {"secretKeyRef": reference}}]
    assert "sk-secret" not in json.dumps(bench.api.items(bench.path("configmap")))
    assert bench.play(tmp_path) == 2, "no kubelet put the key into the runner's environment"
    assert "FMOPS_API_KEY_0" in bench.wait_for("Ready", "JobFailed")[1]
