"""Two thousand prompts at an endpoint with every fault at once: each ends scored, or unscored with its cause."""

import json
from collections import Counter
from pathlib import Path

from fmops_api.metric import Metric
from tests.serving.evaluate.plans import number_in, write_order
from tests.serving.evaluate.runs import right, rows, run, summary
from tests.support.openai_server import HTML, Asked, Behaviour, Bytes, Hangs, Says, Status, chunk, openai_server

COUNT, KINDS = 2000, 40
EACH = COUNT // KINDS
STALLED = 3
"""Prompts that stall: each costs its time-outs."""
EMPTY = b'data: {"choices": []}\n\ndata: [DONE]\n\n'
BROKEN_OFF = b'data: {"error": {"message": "out of memory", "code": 500}}\n\n'
PASSING: dict[int, Behaviour] = {
    0: Status(429, {"Retry-After": "0"}),
    1: Status(429),
    2: Status(500),
    3: Bytes(chunk("bil"), cut=True),
    4: Bytes(chunk("bil")),
    5: Bytes(b"data: {oops\n\n"),
}
"""Faults of a first try, after which the right answer comes."""
LASTING: dict[int, tuple[Behaviour, str]] = {
    10: (Status(500), "the endpoint answered with status 500"),
    11: (Bytes(chunk("bil"), cut=True), "the endpoint closed the connection half-way"),
    12: (Bytes(chunk("bil")), "the endpoint closed the stream half-way"),
    13: (Bytes(b"data: {oops\n\n"), "the endpoint sent what is not JSON"),
    14: (Bytes(EMPTY), "the endpoint sent no answer"),
    15: (Bytes(BROKEN_OFF), "the endpoint answered with status 500"),
    16: (HTML, "the endpoint answered with a web page, not as an OpenAI API"),
    17: (Status(400, body='{"error": {"code": "content_filter"}}'), "the endpoint refused the request (400)"),
}
"""Faults of every try, and what is said of them."""
FILTERED = 20
"""Answers that a filter of the endpoint emptied: they came, and name no class."""


def behave(asked: Asked) -> Behaviour:
    """Give each kind of prompt its own fault."""
    kind = number_in(asked.prompt) % KINDS
    if kind in PASSING and asked.before == 0:
        return PASSING[kind]
    if kind in LASTING:
        return LASTING[kind][0]
    if kind == FILTERED:
        return Says("", "content_filter")
    return Hangs() if _stalls(number_in(asked.prompt)) else right(asked)


def _stalls(number: int) -> bool:
    return number % KINDS == KINDS - 1 and number < STALLED * KINDS


def test_every_prompt_ends_scored_or_unscored_with_its_cause(tmp_path: Path) -> None:
    execution = {"max_in_flight": 128, "retries": 1, "attempt_timeout": "3s", "max_error_fraction": "0.3"}
    metrics = [Metric(name="f1", type="Classification"), Metric(name="exact", type="ExactMatch")]
    with openai_server(behave) as server:
        order = write_order(tmp_path, server.url, count=COUNT, metrics=metrics, execution=execution)
        done = run(order)
    assert done.exit_code == 0, done.stderr
    found = summary(order)
    missing = len(LASTING) * EACH + STALLED
    assert (found.answered, found.errors, found.total) == (COUNT - missing, missing, COUNT)
    assert {r.n + r.unscored for r in found.results if r.metric != "truncated"} == {COUNT}
    figures = {r.metric: r for r in found.results if r.confidence == "0.95"}
    assert (figures["exact"].n, figures["exact"].unscored) == (COUNT - missing, missing)
    assert figures["coverage"].value == str(round((COUNT - missing) / COUNT, 4))
    # Only what a filter emptied is wrong: a fault is never an answer.
    assert figures["exact"].value == str(round(1 - EACH / (COUNT - missing), 4))
    causes = Counter(row["error"].partition(":")[0] for row in rows(order) if row["error"])
    told = Counter(sentence for _, sentence in LASTING.values() for _ in range(EACH))
    assert causes == told + Counter({"the endpoint gave no complete answer within 3 s": STALLED})
    named = json.loads(order.run.findings("tiny").read_bytes())["causes"]
    assert sum(cause["count"] for cause in named) == missing
    lines = order.run.scores("tiny").read_bytes().splitlines()
    assert len(lines) == len({json.loads(line)["example"] for line in lines}) == COUNT
