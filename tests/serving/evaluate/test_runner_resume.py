"""The runner stopped in the middle: it goes on and asks no finished prompt again."""

import signal
from pathlib import Path

import pytest

from fmops_api.evaluationplan import Candidate
from tests.serving.evaluate.plans import number_in, write_order
from tests.serving.evaluate.runs import Pausing, right, rows, run, run_apart, start_and_wait_for_rows, summary
from tests.support.openai_server import Status, openai_server


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
        stopped = summary(order).error if number == signal.SIGTERM else "stopped"
        finished = {row["messages"][-1]["content"] for row in rows(order)}
        with order.rows.open("ab") as file:
            file.write(torn)
        before = server.prompts.copy()
        behave.let_go.set()
        done = run(order)
    assert done.exit_code == 0, done.stderr
    assert stopped.startswith("stopped")
    assert len(finished) == 7
    assert {prompt: server.prompts[prompt] - before[prompt] for prompt in finished} == dict.fromkeys(finished, 0)
    assert len(rows(order)) == 20
    assert (summary(order).answered, summary(order).total) == (20, 20)


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
