"""The runner as the Job starts it, against an endpoint with faults: rows, figures, summary and exit status."""

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fmops_api.evaluationplan import SUMMARY_LIMIT, Candidate, EvaluationSummary
from fmops_api.foundationmodel import Task
from fmops_serving.evaluate.runner import main
from tests.serving.evaluate.plans import LABELS, Order, label_of, number_in, write_order
from tests.support.openai_server import HTML, Asked, Behaviour, Bytes, Hangs, Says, Status, chunk, openai_server

RUNNER = [sys.executable, "-m", "fmops_serving.evaluate"]


def run(order: Order, *more: str, **environment: str) -> Result:
    """Start the runner in this process, as `python -m fmops_serving.evaluate` does."""
    done = CliRunner().invoke(main, [*order.arguments, *more], env=environment, prog_name="fmops")
    assert isinstance(done.exception, SystemExit | None), done.exception
    return done


def run_apart(order: Order, *before: str) -> subprocess.CompletedProcess[str]:
    """Start the runner in a process of its own."""
    command = [*before, *RUNNER, *order.arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert "Traceback" not in done.stderr
    return done


def summary(order: Order) -> EvaluationSummary:
    message = (order.folder / "summary").read_bytes()
    assert len(message) <= SUMMARY_LIMIT
    return EvaluationSummary.model_validate_json(message)


def rows(order: Order) -> list[dict[str, Any]]:
    return [json.loads(line) for line in order.rows.read_text().splitlines()]


def right(asked: Asked) -> Behaviour:
    return Says(label_of(number_in(asked.prompt)))


def test_a_candidate_is_measured_kept_and_summed_up(tmp_path: Path) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url)
        done = run_apart(order)
    assert done.returncode == 0, done.stderr
    found = summary(order)
    assert (found.answered, found.errors, found.total, found.error) == (12, 0, 12, "")
    assert found.rows == "support/quality/9d1c0a77e4/answers/model=tiny"
    by_name = {(r.metric, r.confidence): r for r in found.results}
    assert set(by_name) >= {("f1", "0.95"), ("f1", "0.99"), ("f1.accuracy", "0.95"), ("exact", "0.95"),
                            ("latency.request.p95", "0.95"), ("latency.timeToFirstToken.p50", "0.95"), ("coverage", "0.95")}  # fmt: skip
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


PASSING = [
    ("too many requests, with Retry-After", Status(429, {"Retry-After": "1"})),
    ("errors of the server", Status(500)),
    ("a web page", HTML),
    ("a connection cut half-way", Bytes(chunk("bil"), cut=True)),
    ("a stream that stops half-way", Bytes(chunk("bil"))),
    ("broken JSON", Bytes(b"data: {oops\n\n")),
]


@pytest.mark.parametrize("fault", [fault for _, fault in PASSING], ids=[name for name, _ in PASSING])
def test_what_may_pass_is_tried_again_and_counts_for_nothing_in_the_figures(tmp_path: Path, fault: Behaviour) -> None:
    with openai_server(
        lambda asked: fault if asked.before == 0 and number_in(asked.prompt) < 3 else right(asked)
    ) as server:
        order = write_order(tmp_path, server.url)
        assert run(order).exit_code == 0
    assert {row["attempts"] for row in rows(order) if number_in(row["messages"][-1]["content"]) < 3} == {2}
    found = {r.metric: r for r in summary(order).results}
    assert (found["f1"].value, found["coverage"].value, found["latency.request.p50"].n) == ("1", "1", 12)


def test_retry_after_is_honoured_by_every_request_in_flight(tmp_path: Path) -> None:
    times: dict[str, list[float]] = {"refused": [], "answered": []}

    def behave(asked: Asked) -> Behaviour:
        refused = not times["refused"]
        times["refused" if refused else "answered"].append(asked.at)
        return Status(429, {"Retry-After": "2"}) if refused else right(asked)

    with openai_server(behave) as server:
        order = write_order(tmp_path, server.url, count=3, execution={"max_in_flight": 1})
        assert run(order).exit_code == 0
    assert min(times["answered"]) - times["refused"][0] >= 2


def test_what_never_comes_is_unscored_and_never_a_zero(tmp_path: Path) -> None:
    def behave(asked: Asked) -> Behaviour:
        return Status(500) if number_in(asked.prompt) == 5 else right(asked)

    with openai_server(behave) as server:
        order = write_order(tmp_path, server.url, execution={"retries": 1})
        done = run(order)
    assert done.exit_code == 0
    assert server.prompts["Ticket number 5"] == 2
    found = {(r.metric, r.confidence): r for r in summary(order).results}
    assert (summary(order).answered, summary(order).errors) == (11, 1)
    for metric in ("f1", "f1.accuracy", "exact"):
        assert (found[metric, "0.95"].value, found[metric, "0.95"].n, found[metric, "0.95"].unscored) == ("1", 11, 1)
    assert found["coverage", "0.95"].value == "0.9167"
    assert found["errors", "0.95"].value == "0.0833"
    (bad,) = [row for row in rows(order) if row["error"]]
    assert (bad["output"], bad["attempts"]) == (None, 2)
    assert bad["error"].startswith("the endpoint answered with status 500")


def test_a_refused_request_is_never_tried_again(tmp_path: Path) -> None:
    def behave(asked: Asked) -> Behaviour:
        return Status(400) if number_in(asked.prompt) == 5 else right(asked)

    with openai_server(behave) as server:
        order = write_order(tmp_path, server.url)
        assert run(order).exit_code == 0
    assert set(server.prompts.values()) == {1}
    assert summary(order).errors == 1


def test_an_example_that_the_template_cannot_take_is_unscored_with_the_reason(tmp_path: Path) -> None:
    with openai_server(lambda _: Says("billing")) as server:
        order = write_order(tmp_path, server.url, count=3)
        bundle = tmp_path / "bundle.json"
        text = bundle.read_text().replace("number 1", "number 1" + "x" * 100)
        bundle.write_text(text)
        from fmops_serving.prompts.catalog import parse  # noqa: PLC0415

        digest = parse(text).digest
        plan = order.plan.model_copy(update={"catalog_digest": digest})
        (tmp_path / "plan.json").write_text(plan.model_dump_json(by_alias=True))
        assert run(order).exit_code == 0
    assert [row["error"] for row in rows(order) if row["error"]][0].startswith("triage@3: ")
    assert (summary(order).answered, summary(order).errors) == (2, 1)


def test_answers_that_were_cut_off_are_counted(tmp_path: Path) -> None:
    with openai_server(lambda _: Says("billing and", finish_reason="length")) as server:
        order = write_order(tmp_path, server.url, count=4)
        run(order)
    assert summary(order).truncated == 4


STOPPING: list[tuple[str, Behaviour, str]] = [
    ("a wrong key", Status(401), "tiny: the endpoint refuses the API key (401)"),
    ("a forbidden model", Status(403), "tiny: the endpoint forbids the request with this API key (403)"),
    ("an unknown model", Status(404), "tiny: the endpoint has no such model or path (404)"),
]


@pytest.mark.parametrize(("behaviour", "sentence"), [s[1:] for s in STOPPING], ids=[s[0] for s in STOPPING])
def test_what_no_retry_mends_stops_the_run_at_once(tmp_path: Path, behaviour: Behaviour, sentence: str) -> None:
    with openai_server(lambda _: behaviour) as server:
        order = write_order(tmp_path, server.url, count=40)
        done = run(order)
    assert done.exit_code == 4
    assert f"fmops: {sentence}" in done.stderr.splitlines()
    assert summary(order).error == sentence
    assert max(server.prompts.values()) == 1
    assert len(server.asked) <= 4
    assert not order.run.complete("tiny").exists()


HOPELESS: list[tuple[str, Behaviour, str]] = [
    ("hangs", Hangs(), "gave no complete answer within 1 s"),
    ("answers with a web page", HTML, "answered with a web page"),
    ("always closes half-way", Bytes(chunk("a"), cut=True), "closed the connection half-way"),
    ("always fails", Status(503), "answered with status 503"),
]


@pytest.mark.parametrize(("behaviour", "sentence"), [s[1:] for s in HOPELESS], ids=[s[0] for s in HOPELESS])
def test_an_endpoint_that_never_answers_is_one_sentence(tmp_path: Path, behaviour: Behaviour, sentence: str) -> None:
    with openai_server(lambda _: behaviour) as server:
        order = write_order(tmp_path, server.url, count=4, execution={"attempt_timeout": "1s", "retries": 1})
        done = run(order)
    assert done.exit_code == 4
    assert summary(order).error.startswith("tiny: none of 4 examples was answered; the endpoint ")
    assert sentence in summary(order).error


def test_an_endpoint_that_is_down_is_left_long_before_every_example_was_tried(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        order = write_order(
            tmp_path,
            f"http://127.0.0.1:{free.getsockname()[1]}/v1",
            count=400,
            execution={"retries": 0, "max_in_flight": 16},
        )
        done = run(order)
    assert done.exit_code == 4
    assert "tiny: the last 32 requests failed; the endpoint cannot be reached" in summary(order).error
    assert len(rows(order)) < 100


def test_a_run_that_takes_too_long_says_how_far_it_came(tmp_path: Path) -> None:
    slow = {"run_timeout": "2s", "attempt_timeout": "1500ms", "retries": 20, "max_in_flight": 1}
    with openai_server(lambda asked: right(asked) if number_in(asked.prompt) < 2 else Hangs()) as server:
        order = write_order(tmp_path, server.url, execution=slow)
        done = run(order)
    assert done.exit_code == 4
    assert summary(order).error == "tiny: runTimeout (2s) passed with 2 of 12 examples done"


class Pausing:
    """Answers `free` prompts at once; the others wait until the test lets go."""

    def __init__(self, free: int) -> None:
        self.free = free
        self.given = 0
        self.let_go = threading.Event()

    def __call__(self, asked: Asked) -> Behaviour:
        self.given += 1
        return right(asked) if self.given <= self.free or self.let_go.is_set() else Hangs()


def start_and_wait_for_rows(order: Order, wanted: int) -> subprocess.Popen[bytes]:
    runner = subprocess.Popen([*RUNNER, *order.arguments], stderr=subprocess.PIPE)
    waiting = threading.Event()
    while runner.poll() is None:
        if order.rows.exists() and order.rows.read_bytes().count(b"\n") >= wanted:
            return runner
        waiting.wait(0.05)
    raise AssertionError(f"the runner ended early: {runner.communicate()[1].decode()}")


@pytest.mark.parametrize(
    ("number", "status", "torn"),
    [(signal.SIGKILL, -9, b""), (signal.SIGKILL, -9, b'{"example":"golden/e0'), (signal.SIGTERM, 75, b"")],
    ids=["kill -9", "kill -9 that tears the last line", "SIGTERM"],
)
def test_a_stopped_run_goes_on_without_asking_a_finished_prompt_again(
    tmp_path: Path, number: int, status: int, torn: bytes
) -> None:
    behave = Pausing(free=7)
    with openai_server(behave) as server:
        order = write_order(tmp_path, server.url, count=20)
        runner = start_and_wait_for_rows(order, 7)
        runner.send_signal(number)
        said = runner.communicate()[1].decode()
        assert runner.returncode == status, said
        assert "Traceback" not in said
        finished = {row["messages"][-1]["content"] for row in rows(order)}
        with order.rows.open("ab") as file:
            file.write(torn)
        before = server.prompts.copy()
        behave.let_go.set()
        done = run(order)
    assert done.exit_code == 0, done.stderr
    assert len(finished) == 7
    assert {prompt: server.prompts[prompt] - before[prompt] for prompt in finished} == dict.fromkeys(finished, 0)
    assert len(rows(order)) == 20
    assert (summary(order).answered, summary(order).total) == (20, 20)


def test_a_stopped_run_says_so_in_its_summary(tmp_path: Path) -> None:
    with openai_server(Pausing(free=3)) as server:
        order = write_order(tmp_path, server.url)
        runner = start_and_wait_for_rows(order, 3)
        runner.terminate()
        runner.communicate()
    assert summary(order).error.startswith("stopped from outside")


def test_a_finished_run_is_scored_again_without_an_endpoint(tmp_path: Path) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url)
        run(order)
        first = summary(order)
    again = write_order(tmp_path, server.url, metrics=[order.plan.metrics[0]])
    done = run(again)
    assert done.exit_code == 0, done.stderr
    assert [r for r in first.results if r.metric.startswith("f1")] == [
        r for r in summary(again).results if r.metric.startswith("f1")
    ]


def test_errors_are_asked_again_by_the_next_start(tmp_path: Path) -> None:
    with openai_server(
        lambda asked: Status(400) if asked.before == 0 and number_in(asked.prompt) == 2 else right(asked)
    ) as server:
        order = write_order(tmp_path, server.url)
        run(order)
        assert summary(order).errors == 1
        run(order)
    assert (summary(order).answered, summary(order).errors) == (12, 0)
    assert sum(server.prompts.values()) == 13


def test_another_prompt_under_the_same_example_is_asked(tmp_path: Path) -> None:
    with openai_server(right) as server:
        run(write_order(tmp_path, server.url))
        other = [Candidate(name="tiny", url=server.url, model="tiny", revision="another")]
        order = write_order(tmp_path, server.url, candidates=other)
        assert run(order).exit_code == 0
    assert set(server.prompts.values()) == {2}
    assert summary(order).answered == 12


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


def break_plan(order: Order) -> None:
    (order.folder / "plan.json").write_text('{"namespace": "x"}')


def break_json(order: Order) -> None:
    (order.folder / "plan.json").write_text("{")


def remove_plan(order: Order) -> None:
    (order.folder / "plan.json").unlink()


def break_bundle(order: Order) -> None:
    (order.folder / "bundle.json").write_text("[]")


def change_bundle(order: Order) -> None:
    bundle = order.folder / "bundle.json"
    bundle.write_text(bundle.read_text().replace("number 1", "number one"))


def plan_as(**changes: Any) -> Callable[[Order], None]:
    def change(order: Order) -> None:
        plan = order.plan.model_copy(update=changes)
        (order.folder / "plan.json").write_text(plan.model_dump_json(by_alias=True))

    return change


EMBEDDER = Candidate(name="bge", url="http://x/v1", model="bge", task=Task.EMBEDDING)
KEYED = Candidate(name="gpt", url="http://x/v1", model="gpt", api_key_variable="NO_SUCH_KEY")
BAD: list[tuple[str, Callable[[Order], None], list[str], str]] = [
    ("a plan that is not there", remove_plan, [], "plan.json: No such file or directory"),
    ("a plan that is not JSON", break_json, [], "is not valid"),
    ("a plan without its parts", break_plan, [], "run"),
    ("a bundle that is no catalogue", break_bundle, [], "is not valid"),
    ("a bundle that is another than planned", change_bundle, [], "the plan wants sha256:"),
    ("an index beyond the candidates", plan_as(), ["--index", "1"], "index 1 names no candidate"),
    ("no index for two candidates", plan_as(candidates=[EMBEDDER, KEYED]), [], "say which with --index"),
    ("a template that is not there", plan_as(template="triage@4"), [], "no template triage@4"),
    ("a model that cannot answer prompts", plan_as(candidates=[EMBEDDER]), [], "bge has task Embedding"),
    ("a key that is not there", plan_as(candidates=[KEYED]), [], "NO_SUCH_KEY holds no API key"),
    ("an unknown option", plan_as(), ["--oops"], "--oops"),
]


@pytest.mark.parametrize(("change", "more", "sentence"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_bad_input_is_one_sentence_and_status_2(
    tmp_path: Path, change: Callable[[Order], None], more: list[str], sentence: str
) -> None:
    order = write_order(tmp_path, "http://127.0.0.1:9/v1")
    change(order)
    done = run(order, *more)
    assert done.exit_code == 2
    assert sentence in done.stderr.splitlines()[-1]


def test_bad_input_reaches_the_operator_too(tmp_path: Path) -> None:
    order = write_order(tmp_path, "http://127.0.0.1:9/v1", template="triage@4")
    run(order)
    assert summary(order).error == "the bundle has no template triage@4"


def test_a_sink_that_cannot_be_written_is_one_sentence_and_status_5(tmp_path: Path) -> None:
    order = write_order(tmp_path, "http://127.0.0.1:9/v1")
    (tmp_path / "sink").write_text("a file, no folder")
    done = run(order)
    assert done.exit_code == 5
    assert done.stderr.startswith("fmops: cannot write ")
    assert summary(order).error.endswith("Not a directory")


def test_a_full_disk_stops_the_run_and_what_fits_is_kept(tmp_path: Path) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url, count=40)
        done = run_apart(order, "bash", "-c", 'ulimit -f 8; trap "" XFSZ; exec "$@"', "-")
        assert done.returncode == 5, done.stderr
        assert "part-00000.jsonl: File too large" in done.stderr
        assert not order.run.summary("tiny").exists()
        assert not order.run.complete("tiny").exists()
        asked = sum(server.prompts.values())
        assert run(order).exit_code == 0
    assert 0 < asked < 40
    assert len(rows(order)) == 40
    assert set(server.answered.values()) <= {1, 2}
    assert sum(server.prompts.values()) <= 40 + 4


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
