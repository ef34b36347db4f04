"""`fmops evaluate` and the endpoints it is pointed at: names, several of them, and ones gone wrong."""

import socket
from pathlib import Path

import pytest

from tests.serving.evaluate.laptop import condition, evaluate, resource, run_spec, status, write
from tests.serving.evaluate.plans import catalog_spec
from tests.serving.evaluate.runs import right
from tests.support.openai_server import HTML, Behaviour, Bytes, Hangs, Status, openai_server

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
        ("gone", "Inconclusive"),
        ("tiny", "Passed"),
    ]
    assert (condition(folder, "Complete"), condition(folder, "GatePassed")) == (
        ("False", "JobFailed"),
        ("Unknown", "Undecided"),
    )


def test_a_candidate_that_is_away_now_has_no_figures_in_the_reports_of_an_earlier_time(folder: Path) -> None:
    both = run_spec(candidates={"models": [{"name": "tiny"}, {"name": "gone"}]}, gates=[])
    write(folder, resource("EvaluationRun", "quality", both), resource("PromptCatalog", "support", catalog_spec(20)))
    with openai_server(right) as server:
        evaluate(folder, "--endpoint", f"gone={server.url}", endpoint=server.url)
        assert "Without figures" not in (folder / "out" / "report.html").read_text()
        done = evaluate(folder, "--endpoint", "gone=http://127.0.0.1:9/v1", endpoint=server.url)
    assert done.exit_code == 4
    page = (folder / "out" / "report.html").read_text()
    assert "Without figures: <strong>gone</strong>" in page
    assert "http://127.0.0.1:9/v1/models cannot be reached" in page
    assert (folder / "out" / "junit.xml").exists(), "what was not measured is an error there"
    assert evaluate(folder, "--endpoint", "gone=http://127.0.0.1:9/v1", endpoint="http://127.0.0.1:9/v1").exit_code == 4
    assert not (folder / "out" / "report.html").exists(), "nothing was measured, so nothing is reported"


CLAUDE = {"provider": {"api": "Anthropic", "baseURL": "https://api.anthropic.com/v1", "model": "claude-x"}}


def test_another_dialect_is_asked_through_a_gateway_by_the_models_own_name(folder: Path) -> None:
    write(
        folder,
        resource("EvaluationRun", "quality", run_spec()),
        resource("PromptCatalog", "support", catalog_spec(2)),
        resource("FoundationModel", "tiny", {"task": "Chat", "source": CLAUDE}),
    )
    alone = evaluate(folder)
    assert (alone.exit_code, "speaks Anthropic, which is asked through a gateway" in alone.stderr) == (2, True)
    with openai_server(right, ["team/tiny", "team/other"]) as server:
        evaluate(folder, endpoint=server.url)
    assert {asked.body["model"] for asked in server.asked} == {"tiny"}
