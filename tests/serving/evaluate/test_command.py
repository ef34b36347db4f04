"""`fmops evaluate`: manifests and an endpoint in, figures, verdicts and an exit status out."""

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

from click.testing import CliRunner

from fmops_serving.__main__ import fmops
from tests.serving.evaluate.laptop import condition, evaluate, resource, run_spec, status, write
from tests.serving.evaluate.plans import catalog_spec, number_in
from tests.serving.evaluate.runs import right
from tests.support.openai_server import Asked, Behaviour, Hangs, Says, openai_server


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
        "answers/model=tiny/scores.jsonl", "answers/model=tiny/_SUCCESS", "answers/model=tiny/manifest.json",
        "answers/model=tiny/findings.json",
        "results/model=tiny/part-00000.parquet", "report.html", "report.md", "junit.xml",
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
    assert {r.n for r in status(folder).results if "betweenTokens" not in r.metric} == {20}


def test_an_evaluation_stopped_by_ctrl_c_goes_on_where_it_was(folder: Path) -> None:
    let_go = threading.Event()

    def behave(asked: Asked) -> Behaviour:
        return right(asked) if number_in(asked.prompt) < 5 or let_go.is_set() else Hangs()

    rows = folder / "out" / "answers" / "model=tiny" / "part-00000.jsonl"
    patient = run_spec(execution={"maxInFlight": 4, "attemptTimeout": "280s"})
    write(folder, resource("EvaluationRun", "quality", patient), resource("PromptCatalog", "support", catalog_spec(20)))
    with openai_server(behave) as server:
        command = [sys.executable, "-m", "fmops_serving", "evaluate", "-f", str(folder / "all.yaml"),
                   "--endpoint", f"tiny={server.url}", "--output", str(folder / "out")]  # fmt: skip
        running = subprocess.Popen(command, stderr=subprocess.PIPE)
        waiting = threading.Event()
        while running.poll() is None and not (rows.exists() and rows.read_bytes().count(b"\n") == 5):
            waiting.wait(0.05)
        running.send_signal(signal.SIGINT)
        said = running.communicate()[1].decode()
        assert (running.returncode, "Traceback" in said) == (130, False), said
        assert not (folder / "out" / "summary.json").exists()
        let_go.set()
        assert evaluate(folder, endpoint=server.url).exit_code == 0
    assert [server.prompts[f"Ticket number {n}"] for n in range(5)] == [1] * 5
    assert {r.n for r in status(folder).results if "betweenTokens" not in r.metric} == {20}


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
    assert not [p for p in (folder / "out").rglob("*") if p.is_file() and b"sk-secret" in p.read_bytes()]


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
    assert {r.n for r in status(tmp_path).results if "betweenTokens" not in r.metric} == {len(server.asked)}
    assert len(server.asked) >= 60
