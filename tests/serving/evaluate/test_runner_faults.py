"""The runner against endpoints that fail: what is tried again, what is given up, and what it says."""

import socket
from pathlib import Path

import pytest

from tests.serving.evaluate.plans import number_in, write_order
from tests.serving.evaluate.runs import right, rows, run, summary
from tests.support.openai_server import HTML, Asked, Behaviour, Bytes, Hangs, Status, chunk, openai_server

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
