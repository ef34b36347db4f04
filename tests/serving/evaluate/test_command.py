"""`fmops evaluate`: manifests and an endpoint in, figures, verdicts and an exit status out."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from fmops_api.evaluationrunstatus import EvaluationRunStatus
from fmops_serving.__main__ import fmops
from tests.serving.evaluate.plans import catalog_spec, label_of, number_in
from tests.support.openai_server import HTML, Asked, Behaviour, Bytes, Hangs, Says, Status, openai_server

GATES = [
    {"metric": "f1", "op": "AtLeast", "value": "0.5", "bound": "Lower", "confidence": "0.9"},
    {"metric": "coverage", "op": "AtLeast", "value": "0.98"},
]


def right(asked: Asked) -> Behaviour:
    return Says(label_of(number_in(asked.prompt)))


def resource(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "fmops.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def run_spec(**changes: Any) -> dict[str, Any]:
    spec = {
        "candidates": {"models": [{"name": "tiny"}]},
        "catalog": {"name": "support"},
        "template": "triage@production",
        "examples": {"sets": ["golden"], "split": "Test"},
        "metrics": [{"name": "f1", "type": "Classification"}, {"name": "latency", "type": "Latency"}],
        "gates": GATES,
        "execution": {"maxInFlight": 4, "retries": 1, "attemptTimeout": "2s"},
    }
    return {**spec, **changes}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Manifests of one run on 20 examples."""
    write(
        tmp_path,
        resource("EvaluationRun", "quality", run_spec()),
        resource("PromptCatalog", "support", catalog_spec(20)),
    )
    return tmp_path


def write(folder: Path, *objects: dict[str, Any]) -> None:
    (folder / "all.yaml").write_text(yaml.safe_dump_all(objects, allow_unicode=True))


def evaluate(folder: Path, *more: str, endpoint: str = "", **environment: str) -> Result:
    chosen = ["--endpoint", f"tiny={endpoint}"] if endpoint else []
    arguments = ["evaluate", "-f", str(folder / "all.yaml"), *chosen, "--output", str(folder / "out"), *more]
    done = CliRunner().invoke(fmops, arguments, env=environment, prog_name="fmops")
    assert isinstance(done.exception, SystemExit | None), done.exception
    return done


def status(folder: Path) -> EvaluationRunStatus:
    return EvaluationRunStatus.model_validate_json((folder / "out" / "summary.json").read_bytes())


def condition(folder: Path, wanted: str) -> tuple[str, str]:
    return next((c.status, c.reason) for c in status(folder).conditions if c.type == wanted)


def test_a_run_whose_gates_pass_ends_with_0_and_keeps_everything(folder: Path) -> None:
    with openai_server(right) as server:
        done = evaluate(folder, endpoint=server.url)
    assert done.exit_code == 0, done.output
    found = status(folder)
    assert {(r.metric, r.confidence) for r in found.results} >= {
        ("f1", "0.95"),
        ("f1", "0.9"),
        ("latency.request.p95", "0.95"),
    }
    assert [(gate.metric, gate.verdict) for gate in found.gates] == [("f1", "Passed"), ("coverage", "Passed")]
    assert found.progress is not None
    assert (found.progress.done, found.progress.total) == (20, 20)
    assert (condition(folder, "Complete"), condition(folder, "GatePassed")) == (
        ("True", "Measured"),
        ("True", "Passed"),
    )
    assert {str(p.relative_to(folder / "out")) for p in (folder / "out").rglob("*") if p.is_file()} == {
        "manifest.json", "summary.json", "answers/model=tiny/part-00000.jsonl", "answers/model=tiny/summary.json",
        "answers/model=tiny/_SUCCESS",
    }  # fmt: skip
    for word in ("f1.accuracy", "latency.timeToFirstToken.p50", "Passed", "lower bound at 0.9 at least 0.5"):
        assert word in done.stdout


def test_a_failed_gate_ends_with_3(folder: Path) -> None:
    with openai_server(lambda _: Says("billing")) as server:
        done = evaluate(folder, endpoint=server.url)
    assert done.exit_code == 3
    assert [gate.verdict for gate in status(folder).gates] == ["Failed", "Passed"]
    assert condition(folder, "GatePassed") == ("False", "Failed")


def test_a_gate_that_cannot_be_decided_ends_with_3(folder: Path) -> None:
    with openai_server(right) as server:
        done = evaluate(folder, "--limit", "1", endpoint=server.url)
    assert done.exit_code == 3
    assert status(folder).gates[0].verdict == "Inconclusive"
    assert len(server.asked) == 1


def test_a_second_start_asks_nothing_again(folder: Path) -> None:
    with openai_server(right) as server:
        evaluate(folder, endpoint=server.url)
        first = status(folder).results
        done = evaluate(folder, endpoint=server.url)
    assert done.exit_code == 0
    assert sum(server.prompts.values()) == 20
    assert status(folder).results == first


def test_a_changed_prompt_is_asked_anew_and_old_answers_do_not_count(folder: Path) -> None:
    with openai_server(right) as server:
        evaluate(folder, endpoint=server.url)
        changed = catalog_spec(20)
        changed["templates"][0]["messages"][0]["content"] = "Another wording."
        write(folder, resource("EvaluationRun", "quality", run_spec()), resource("PromptCatalog", "support", changed))
        done = evaluate(folder, endpoint=server.url)
    assert done.exit_code == 0
    assert sum(server.prompts.values()) == 40
    assert {r.n for r in status(folder).results} == {20}


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 75), (signal.SIGKILL, -9)])
def test_a_stopped_evaluation_goes_on_where_it_was(folder: Path, number: int, expected: int) -> None:
    let_go = threading.Event()

    def behave(asked: Asked) -> Behaviour:
        return right(asked) if number_in(asked.prompt) < 5 or let_go.is_set() else Hangs()

    rows = folder / "out" / "answers" / "model=tiny" / "part-00000.jsonl"
    write(folder, resource("EvaluationRun", "quality", run_spec(execution={"maxInFlight": 4, "attemptTimeout": "100s"})),
          resource("PromptCatalog", "support", catalog_spec(20)))  # fmt: skip
    with openai_server(behave) as server:
        command = [sys.executable, "-m", "fmops_serving", "evaluate", "-f", str(folder / "all.yaml"),
                   "--endpoint", f"tiny={server.url}", "--output", str(folder / "out")]  # fmt: skip
        running = subprocess.Popen(command, stderr=subprocess.PIPE)
        waiting = threading.Event()
        while running.poll() is None and not (rows.exists() and rows.read_bytes().count(b"\n") == 5):
            waiting.wait(0.05)
        running.send_signal(number)
        said = running.communicate()[1].decode()
        assert (running.returncode, "Traceback" in said) == (expected, False), said
        assert not (folder / "out" / "summary.json").exists()
        let_go.set()
        assert evaluate(folder, endpoint=server.url).exit_code == 0
    assert [server.prompts[f"Ticket number {n}"] for n in range(5)] == [1] * 5
    assert {r.n for r in status(folder).results} == {20}


def test_two_candidates_are_measured_and_one_that_is_away_does_not_keep_the_other_from_it(folder: Path) -> None:
    models = {"models": [{"name": "tiny"}, {"name": "gone"}]}
    write(folder, resource("EvaluationRun", "quality", run_spec(candidates=models)),
          resource("PromptCatalog", "support", catalog_spec(20)))  # fmt: skip
    with openai_server(right) as server, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        away = f"gone=http://127.0.0.1:{free.getsockname()[1]}/v1"
        done = evaluate(folder, "--endpoint", away, endpoint=server.url)
    assert done.exit_code == 4
    assert "fmops: gone: " in done.stderr
    assert "cannot be reached: Connection refused" in done.stderr
    assert {r.model for r in status(folder).results} == {"tiny"}
    assert [(g.model, g.verdict) for g in status(folder).gates if g.metric == "f1"] == [
        ("tiny", "Passed"),
        ("gone", "Inconclusive"),
    ]
    assert (condition(folder, "Complete"), condition(folder, "GatePassed")) == (
        ("False", "JobFailed"),
        ("Unknown", "Undecided"),
    )


NAMES = [
    ("the candidate's own name, when it is served", ["other", "tiny"], "tiny"),
    ("the only model served", ["HuggingFaceTB/SmolLM2"], "HuggingFaceTB/SmolLM2"),
    ("the candidate's own name, when several others are served", ["a", "b"], "tiny"),
    ("the candidate's own name, when models are not listed", Status(404), "tiny"),
]


@pytest.mark.parametrize(("models", "expected"), [n[1:] for n in NAMES], ids=[n[0] for n in NAMES])
def test_the_name_that_is_sent(folder: Path, models: list[str] | Behaviour, expected: str) -> None:
    with openai_server(right, models) as server:
        evaluate(folder, endpoint=server.url)
    assert {asked.body["model"] for asked in server.asked} == {expected}


def test_a_provider_among_the_files_needs_no_endpoint_and_its_key_comes_from_the_environment(folder: Path) -> None:
    with openai_server(right, ["gpt-2026", "gpt-x"]) as server:
        model = resource("FoundationModel", "tiny", {
            "task": "Chat",
            "source": {"provider": {"api": "OpenAI", "baseURL": server.url, "model": "gpt-2026",
                                    "apiKeySecretRef": {"name": "openai", "key": "key"}}},
        })  # fmt: skip
        write(
            folder,
            resource("EvaluationRun", "quality", run_spec()),
            resource("PromptCatalog", "support", catalog_spec(20)),
            model,
        )
        done = evaluate(folder, "--api-key", "tiny=OPENAI_KEY", OPENAI_KEY="sk-secret")
    assert done.exit_code == 0, done.output
    assert {asked.body["model"] for asked in server.asked} == {"gpt-2026"}
    assert {asked.headers["Authorization"] for asked in server.asked} == {"Bearer sk-secret"}
    assert not [p for p in (folder / "out").rglob("*") if p.is_file() and "sk-secret" in p.read_text()]


def test_examples_come_from_a_config_map_among_the_files(folder: Path) -> None:
    spec = catalog_spec(4)
    examples = spec["exampleSets"][0].pop("examples")
    spec["exampleSets"][0]["source"] = "disk"
    spec["sources"] = [{"name": "disk", "configMap": {"name": "golden", "key": "examples.jsonl"}}]
    lines = "\n".join(json.dumps(example) for example in examples)
    config_map = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "golden"},
        "data": {"examples.jsonl": lines},
    }
    write(
        folder,
        resource("EvaluationRun", "quality", run_spec(gates=[])),
        resource("PromptCatalog", "support", spec),
        config_map,
    )
    with openai_server(right) as server:
        assert evaluate(folder, endpoint=server.url).exit_code == 0
    assert len(server.asked) == 4


AWAY: list[tuple[str, list[str] | Behaviour, str]] = [
    ("answers with a web page", HTML, "answered with a web page; is this the root of an OpenAI API"),
    ("answers with other JSON", Bytes(b'{"ok": true}', "application/json"), "did not answer with a list of models"),
    ("closes half-way", Bytes(b"{", cut=True), "closed the connection half-way"),
    ("refuses the key", Status(401), "refuses the API key (401): give it with --api-key MODEL=VARIABLE"),
    ("fails", Status(502), "answered with status 502"),
]


@pytest.mark.parametrize(("models", "sentence"), [a[1:] for a in AWAY], ids=[a[0] for a in AWAY])
def test_an_endpoint_that_cannot_be_used_is_one_sentence_and_status_4(
    folder: Path, models: list[str] | Behaviour, sentence: str
) -> None:
    with openai_server(right, models) as server:
        done = evaluate(folder, endpoint=server.url)
    assert done.exit_code == 4
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (folder / "out" / "summary.json").exists()
    assert server.asked == []


def test_an_endpoint_that_hangs_is_one_sentence_and_status_4(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fmops_serving.evaluate.laptop.served.PATIENCE", 0.5)
    with openai_server(right, Hangs()) as server:
        done = evaluate(folder, endpoint=server.url)
    assert done.exit_code == 4
    assert "/v1/models did not answer within 0.5 s" in done.stderr


def test_a_model_that_hangs_is_one_sentence_and_status_4(folder: Path) -> None:
    with openai_server(lambda _: Hangs()) as server:
        done = evaluate(folder, "--limit", "2", endpoint=server.url)
    assert done.exit_code == 4
    assert "tiny: none of 2 examples was answered; the endpoint gave no complete answer within 2 s" in done.stderr


def without_run(folder: Path) -> None:
    write(folder, resource("PromptCatalog", "support", catalog_spec(2)))


def without_catalog(folder: Path) -> None:
    write(folder, resource("EvaluationRun", "quality", run_spec()))


def with_run(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        write(
            folder,
            resource("EvaluationRun", "quality", run_spec(**changes)),
            resource("PromptCatalog", "support", catalog_spec(2)),
        )

    return change


def with_text(text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / "all.yaml").write_text(text) and None


def two_runs(folder: Path) -> None:
    runs = [resource("EvaluationRun", name, run_spec()) for name in ("one", "two")]
    write(folder, *runs, resource("PromptCatalog", "support", catalog_spec(2)))


def gone(folder: Path) -> None:
    (folder / "all.yaml").unlink()


def wrong_version(folder: Path) -> None:
    text = (folder / "all.yaml").read_text()
    (folder / "all.yaml").write_text(text.replace("fmops.dev/v1alpha1", "fmops.dev/v2", 1))


URL = "http://127.0.0.1:9/v1"
BAD: list[tuple[str, Callable[[Path], None] | None, list[str], str]] = [
    ("a file that is not there", gone, [], "there is no such file"),
    ("no YAML", with_text("a: b\n\tc: d\n"), [], "all.yaml:2: column 1: is no YAML: a tab stands where spaces must"),
    ("an unknown kind", with_text("apiVersion: fmops.dev/v1alpha1\nkind: EvaluationRum\nmetadata: {name: x}\n"), [], "did you mean EvaluationRun?"),
    ("a wrong version", wrong_version, [], "is fmops.dev/v2, and EvaluationRun is of fmops.dev/v1alpha1"),
    ("no run", without_run, [], "the files hold no EvaluationRun"),
    ("no catalogue", without_catalog, [], "wants the PromptCatalog support, which is not among the files"),
    ("two runs", two_runs, [], "2 EvaluationRuns (one, two): say which with --run"),
    ("a run that is not there", None, ["--run", "qualty"], "did you mean quality?"),
    ("a template that is not there", with_run(template="triage@9"), [], "spec.template: PromptCatalog support has no triage@9"),
    ("an example set that is not there", with_run(examples={"sets": ["gold"]}), [], "no example set gold; did you mean golden?"),
    ("a gate on nothing", with_run(gates=[{"metric": "f2", "op": "AtLeast", "value": "1"}]), [], "a gate names one of the run's metrics"),
    ("a field that is not there", with_run(templat="x"), [], "spec.templat: there is no such field; did you mean template?"),
    ("an endpoint that is no URL", None, ["--endpoint", "other=localhost"], "is not the URL of an API"),
    ("an endpoint without a name", None, ["--endpoint", URL], "is not of the form MODEL=URL"),
    ("an endpoint twice", None, ["--endpoint", f"tiny={URL}"], "names tiny twice"),
    ("an endpoint of no candidate", None, ["--endpoint", f"tinny={URL}"], "no candidate of that name; did you mean tiny?"),
    ("a key that is not there", None, ["--api-key", "tiny=NO_SUCH_KEY"], "the environment variable NO_SUCH_KEY holds no API key"),
    ("a limit of none", None, ["--limit", "0"], "0 is not in the range x>=1"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "more", "sentence"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_bad_input_is_one_sentence_and_status_2(
    folder: Path, change: Callable[[Path], None] | None, more: list[str], sentence: str
) -> None:
    if change:
        change(folder)
    done = evaluate(folder, *more, endpoint=URL)
    assert done.exit_code == 2, done.output
    assert sentence in done.stderr.splitlines()[-1]
    assert not (folder / "out").exists()


def test_a_candidate_without_an_endpoint_is_named(folder: Path) -> None:
    done = evaluate(folder)
    assert (done.exit_code, done.stderr) == (2, "fmops: candidate tiny has no endpoint: add --endpoint tiny=URL\n")


def test_an_output_that_cannot_be_written_is_one_sentence_and_status_5(folder: Path) -> None:
    (folder / "out").write_text("a file")
    with openai_server(right) as server:
        done = evaluate(folder, endpoint=server.url)
    assert done.exit_code == 5
    assert done.stderr.startswith("fmops: cannot ")
    assert len(done.stderr.splitlines()) == 1


def test_a_read_only_output_is_one_sentence_and_status_5(folder: Path) -> None:
    with openai_server(right) as server:
        done = evaluate(folder, "--output", "/proc/fmops", endpoint=server.url)
    assert done.exit_code == 5
    assert done.stderr.startswith("fmops: cannot write /proc/fmops/manifest.json: ")


def test_the_quickstart_is_evaluated_as_it_stands(tmp_path: Path) -> None:
    quickstart = Path(__file__).parents[3] / "examples" / "quickstart"
    with openai_server(lambda _: Says("billing")) as server:
        arguments = [
            "evaluate",
            "-f",
            str(quickstart),
            "--endpoint",
            f"smollm2={server.url}",
            "--output",
            str(tmp_path / "out"),
        ]
        done = CliRunner().invoke(fmops, arguments)
    assert done.exit_code == 3, done.output
    assert {r.n for r in status(tmp_path).results} == {len(server.asked)}
    assert len(server.asked) >= 60
    assert os.listdir(tmp_path) == ["out"]
