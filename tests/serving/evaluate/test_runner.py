"""The runner: prompts in, rows, figures and a summary out."""

import json
from pathlib import Path

from click.testing import CliRunner

from fmops_api.evaluationplan import Candidate, EvaluationSummary
from fmops_api.foundationmodel import Task
from fmops_serving.evaluate.runner import main
from tests.serving.evaluate.plans import LABELS, label_of, number_in, write_order
from tests.serving.evaluate.runs import Pausing, right, rows, run, run_apart, start_and_wait_for_rows, summary
from tests.support.openai_server import Asked, Behaviour, Hangs, Says, Status, openai_server


def test_a_candidate_is_measured_kept_and_summed_up(tmp_path: Path) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url)
        done = run_apart(order)
    assert done.returncode == 0, done.stderr
    found = summary(order)
    assert (found.answered, found.errors, found.total, found.error) == (12, 0, 12, "")
    assert found.rows == "support/quality/9d1c0a77e4/answers/model=tiny"
    by_name = {(r.metric, r.confidence): r for r in found.results}
    wanted = {"f1", "f1.accuracy", "exact", "latency.request.p95", "latency.timeToFirstToken.p50", "coverage"}
    assert set(by_name) >= {(metric, "0.95") for metric in wanted} | {("f1", "0.99")}
    assert {by_name[name, "0.95"].value for name in ("f1", "exact", "coverage", "f1.recall")} == {"1"}
    assert {r.revision for r in found.results} == {"7f3c9a1e02"}
    assert len(rows(order)) == 12
    assert order.run.complete("tiny").exists()
    assert EvaluationSummary.model_validate_json(order.run.summary("tiny").read_bytes()).results == found.results
    assert json.loads(order.run.manifest.read_text())["plan"] == order.plan.to_manifest()


def test_the_request_carries_prompt_and_sampling_and_asks_for_a_stream_with_usage(tmp_path: Path) -> None:
    with openai_server(right) as server:
        run(write_order(tmp_path, server.url, count=1))
    (asked,) = server.asked
    assert asked.body == {
        "model": "tiny",
        "messages": [
            {"role": "system", "content": "Answer with one label."},
            {"role": "user", "content": "Ticket number 0"},
        ],
        "temperature": 0.0,
        "max_tokens": 8,
        "seed": 7,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert "Authorization" not in asked.headers


def test_a_completion_model_is_asked_for_a_completion(tmp_path: Path) -> None:
    with openai_server(right) as server:
        candidate = Candidate(name="tiny", url=server.url, model="base", task=Task.COMPLETION)
        order = write_order(tmp_path, server.url, candidates=[candidate])
        assert run(order).exit_code == 0
    assert {asked.body["prompt"].split("\n\n")[0] for asked in server.asked} == {"Answer with one label."}
    assert next(r.value for r in summary(order).results if r.metric == "exact") == "1"


def test_the_key_comes_from_the_environment_and_is_kept_nowhere(tmp_path: Path) -> None:
    with openai_server(right) as server:
        candidate = Candidate(name="tiny", url=server.url, model="tiny", api_key_variable="TINY_KEY")
        order = write_order(tmp_path, server.url, candidates=[candidate])
        assert run(order, TINY_KEY="sk-secret\n").exit_code == 0
    assert {asked.headers["Authorization"] for asked in server.asked} == {"Bearer sk-secret"}
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"sk-secret" in path.read_bytes()]


def test_an_example_that_the_template_cannot_take_is_unscored_with_the_reason(tmp_path: Path) -> None:
    with openai_server(lambda _: Says("billing")) as server:
        order = write_order(tmp_path, server.url, count=3, execution={"max_error_fraction": "0.5"})
        bundle = tmp_path / "bundle.json"
        text = bundle.read_text().replace("number 1", "number 1" + "x" * 100)
        bundle.write_text(text)
        from fmops_serving.prompts.catalog import parse  # noqa: PLC0415

        digest = parse(text).digest
        plan = order.plan.model_copy(update={"catalog_digest": digest})
        (tmp_path / "plan.json").write_text(plan.model_dump_json(by_alias=True))
        assert run(order).exit_code == 0
    assert next(row["error"] for row in rows(order) if row["error"]).startswith("triage@3: ")
    assert (summary(order).answered, summary(order).errors) == (2, 1)


def test_answers_that_were_cut_off_are_counted(tmp_path: Path) -> None:
    with openai_server(lambda _: Says("billing and", finish_reason="length")) as server:
        order = write_order(tmp_path, server.url, count=4)
        run(order)
    assert summary(order).truncated == 4


def test_requests_are_in_flight_together_and_no_more_than_allowed(tmp_path: Path) -> None:
    with openai_server(lambda asked: Says(label_of(number_in(asked.prompt)), first=0.2)) as server:
        run(write_order(tmp_path, server.url, count=24, execution={"max_in_flight": 6}))
    assert server.most_at_once == 6


def test_a_slow_answer_holds_up_nobody_else(tmp_path: Path) -> None:
    behave = Pausing(free=0)

    def one_waits(asked: Asked) -> Behaviour:
        if number_in(asked.prompt) == 0 and not behave.let_go.is_set():
            return Hangs()
        return right(asked)

    with openai_server(one_waits) as server:
        order = write_order(tmp_path, server.url, count=30, execution={"max_in_flight": 2})
        runner = start_and_wait_for_rows(order, 29)
        runner.kill()
        runner.communicate()
    assert server.prompts["Ticket number 0"] == 1


def test_without_a_sink_figures_are_handed_back_all_the_same(tmp_path: Path) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url)
        place = order.arguments.index("--sink")
        done = CliRunner().invoke(main, order.arguments[:place] + order.arguments[place + 2 :])
    assert done.exit_code == 0, done.stderr
    assert (summary(order).answered, summary(order).rows) == (12, "")
    assert not (tmp_path / "sink").exists()


def test_end_user_text_is_in_the_rows_and_nowhere_else(tmp_path: Path) -> None:
    body = '{"error": {"message": "cannot take Ticket number 3"}}'
    with openai_server(
        lambda asked: Status(400, body=body) if number_in(asked.prompt) == 3 else right(asked)
    ) as server:
        order = write_order(tmp_path, server.url)
        done = run(order)
    assert "Ticket number" in order.rows.read_text()
    for text in (done.stdout, done.stderr, (tmp_path / "summary").read_text(), order.run.manifest.read_text()):
        assert "Ticket number 3" not in text


def test_labels_of_the_set_are_the_classes(tmp_path: Path) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url, count=3)
        run(order)
    assert json.loads(order.run.manifest.read_text())["labels"] == sorted(LABELS)
