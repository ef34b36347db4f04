"""The answer cache: what was asked for earlier inputs of the run is taken again, and nothing else is."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fmops_api.evaluationplan import AnswerCache, Candidate
from fmops_api.metric import Metric
from fmops_serving.evaluate.recall import UNPINNED, oldest
from fmops_serving.evaluate.rows import Row
from tests.serving.evaluate.embed.test_embedding import COSINE, desk
from tests.serving.evaluate.judge.courts import court
from tests.serving.evaluate.judge.pairwise.duels import ring
from tests.serving.evaluate.plans import METRICS, Order, number_in, write_order
from tests.serving.evaluate.runs import right, rows, run, summary
from tests.support.object_store import KEYS, object_store
from tests.support.openai_server import OpenAIServer, Status, openai_server

COUNT = 8
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PINNED = Candidate(name="own", url="http://own/v1", model="own", pinned=True)
PROVIDER = Candidate(name="gpt", url="http://gpt/v1", model="gpt")


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """An endpoint that answers, but for one prompt that it refuses."""
    with openai_server(lambda asked: Status(400) if number_in(asked.prompt) == 7 else right(asked)) as running:
        yield running


def order(folder: Path, server: OpenAIServer, inputs_hash: str = "later00000", **changes: Any) -> Order:
    """Write a plan for other inputs than before, with a cache."""
    changes = {"cache": AnswerCache(), "execution": {"max_error_fraction": "0.9"}, **changes}
    return write_order(folder, server.url, count=COUNT, inputs_hash=inputs_hash, **changes)


def asked_by(order: Order, server: OpenAIServer, *more: str, **environment: str) -> list[int]:
    """Run, and give the numbers of the examples that were asked."""
    before = len(server.asked)
    done = run(order, *more, **environment)
    assert done.exit_code == 0, done.stderr
    return sorted(number_in(each.prompt) for each in server.asked[before:])


@pytest.fixture
def earlier(tmp_path: Path, server: OpenAIServer) -> Order:
    """The run on its first inputs."""
    first = order(tmp_path, server, "first00000")
    assert asked_by(first, server) == list(range(COUNT))
    return first


def test_other_metrics_ask_only_what_has_no_answer(tmp_path: Path, server: OpenAIServer, earlier: Order) -> None:
    later = order(tmp_path, server, metrics=[*METRICS, Metric(name="long", type="Rouge", variant="L")])
    assert asked_by(later, server) == [7]
    found = summary(later)
    assert (found.answered, found.cached, found.errors) == (COUNT - 1, COUNT - 1, 1)
    assert {row["cached"] for row in rows(later) if not row["error"]} == {"first00000"}


def test_latency_never_comes_from_answers_that_were_taken_again(
    tmp_path: Path, server: OpenAIServer, earlier: Order
) -> None:
    later = order(tmp_path, server)
    asked_by(later, server)
    of_latency = [r for r in summary(later).results if r.metric == "latency.request.p50"]
    assert [(r.value, r.n, r.unscored) for r in of_latency] == [(None, 0, COUNT)]
    curves = json.loads(later.run.findings("tiny").read_bytes())["curves"]
    assert {curve["n"] for curve in curves} == {0}


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        pytest.param({"cache": None}, list(range(COUNT)), id="without the cache everything is asked"),
        pytest.param({"repeats": 2}, sorted([*range(COUNT), 7]), id="a further repeat asks for further answers"),
        pytest.param({"revision": "0000000000"}, list(range(COUNT)), id="another revision is another model"),
        pytest.param({"model": "tiny-2"}, list(range(COUNT)), id="another name is another model"),
        pytest.param(
            {"cache": AnswerCache(since="2100-01-01T00:00:00Z")},
            list(range(COUNT)),
            id="what a schedule asks for anew is asked anew",
        ),
    ],
)
def test_what_can_change_an_answer_is_asked(
    tmp_path: Path, server: OpenAIServer, earlier: Order, changes: dict[str, Any], asked: list[int]
) -> None:
    of_model: dict[str, Any] = {name: changes[name] for name in ("revision", "model") if name in changes}
    plan_changes = {name: value for name, value in changes.items() if name not in of_model}
    if of_model:
        plan_changes["candidates"] = [earlier.plan.candidates[0].model_copy(update=of_model)]
    assert asked_by(order(tmp_path, server, **plan_changes), server) == asked


def edited(order: Order, change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> None:
    """Change every row of an order."""
    lines = [json.dumps(change(row)) for row in rows(order)]
    order.rows.write_text("".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"at": "2026-01-01T00:00:00+00:00"}, id="too old, of a model that may change under its name"),
        pytest.param({"finish_reason": "content_filter"}, id="emptied by a filter"),
        pytest.param({"finish_reason": "length", "output": ""}, id="cut off before it began"),
        pytest.param({"error": "the endpoint gave no complete answer within 1 s"}, id="no answer"),
        pytest.param({"at": "yesterday"}, id="of no known time"),
        pytest.param({"example": ["x"]}, id="of no example"),
    ],
)
def test_what_is_no_sound_answer_is_asked_again(
    tmp_path: Path, server: OpenAIServer, earlier: Order, change: dict[str, Any]
) -> None:
    edited(earlier, lambda row: {**row, **change})
    assert asked_by(order(tmp_path, server), server) == list(range(COUNT))


def test_rows_of_another_version_of_the_runner_are_left_alone(
    tmp_path: Path, server: OpenAIServer, earlier: Order
) -> None:
    manifest = json.loads(earlier.run.manifest.read_bytes())
    earlier.run.manifest.write_text(json.dumps({**manifest, "runner": "0.0.0"}))
    assert asked_by(order(tmp_path, server), server) == list(range(COUNT))


def test_damaged_lines_are_counted_and_a_half_written_one_is_no_damage(
    tmp_path: Path, server: OpenAIServer, earlier: Order
) -> None:
    content = earlier.rows.read_bytes()
    first, second, *_ = content.splitlines(keepends=True)
    damaged = content.replace(first, b"{oops\n").replace(second, b'["no row"]\n')
    earlier.rows.write_bytes(damaged + b'{"example": "golden/e0')
    later = order(tmp_path, server)
    before = len(server.asked)
    done = run(later)
    assert len(server.asked) - before == 3
    assert "2 lines of earlier inputs cannot be read" in done.stderr
    assert summary(later).cached == COUNT - 3


def test_a_run_killed_in_the_middle_of_taking_over_goes_on(
    tmp_path: Path, server: OpenAIServer, earlier: Order
) -> None:
    later = order(tmp_path, server)
    taken = [{**row, "cached": "first00000"} for row in rows(earlier)[:3]]
    later.rows.parent.mkdir(parents=True)
    later.rows.write_text("".join(json.dumps(row) + "\n" for row in taken) + '{"example": "gol')
    assert asked_by(later, server) == [7]
    keys = [(row["example"], row["repeat"]) for row in rows(later)]
    assert len(keys) == len(set(keys)) == COUNT


def test_from_an_object_store_the_same_is_taken(tmp_path: Path, server: OpenAIServer) -> None:
    with object_store(tmp_path / "store") as store:
        options = ["--store", "s3://lake/fmops", "--store-endpoint", store.endpoint]
        for number, inputs_hash in enumerate(("first00000", "later00000")):
            pod = tmp_path / inputs_hash  # each pod begins with an empty folder
            pod.mkdir()
            asked = asked_by(order(pod, server, inputs_hash), server, *options, **KEYS)
            assert asked == (list(range(COUNT)) if number == 0 else [7])
        objects = store.objects("fmops/support/quality/later00000/answers/model=tiny")
        assert objects["part-00000.jsonl"].count(b"first00000") == COUNT - 1


def test_verdicts_on_the_same_answers_are_taken_again(tmp_path: Path) -> None:
    with court(tmp_path) as here:
        assert run(here.order(cache=AnswerCache(), inputs_hash="first00000")).exit_code == 0
        asked = len(here.judge.asked)
        again = here.order(cache=AnswerCache(), inputs_hash="later00000")
        assert run(again).exit_code == 0
        assert (asked > 0, len(here.judge.asked)) == (True, asked)


@pytest.mark.parametrize(
    ("cache", "models", "expected"),
    [
        pytest.param(AnswerCache(), [PINNED], datetime.min.replace(tzinfo=UTC), id="weights that cannot change"),
        pytest.param(AnswerCache(), [PINNED, PROVIDER], NOW - UNPINNED, id="one that can, such as a step's model"),
        pytest.param(AnswerCache(since="2026-11-23T11:00:00Z"), [PROVIDER], NOW - timedelta(hours=1), id="a schedule"),
        pytest.param(AnswerCache(since="2026-11-20T11:00:00Z"), [PROVIDER], NOW - UNPINNED, id="the later of both"),
    ],
)
def test_since_when_answers_count(cache: AnswerCache, models: list[Candidate], expected: datetime) -> None:
    assert oldest(cache, models, NOW) == expected


def test_an_answer_taken_twice_still_names_the_inputs_that_asked() -> None:
    row = Row("golden/e0", 0, "h", [], "x", "stop", 3, 1, 0.1, 0.2, 1, None, NOW.isoformat())
    assert row.recalled_from("first").recalled_from("second").cached == "first"
    assert replace(row, output="").reusable


def test_texts_that_were_embedded_for_earlier_inputs_are_not_embedded_again(tmp_path: Path) -> None:
    with desk(tmp_path, cache=AnswerCache()) as here:
        assert run(here.order).exit_code == 0
        embedders = [each.model_copy(update={"pinned": True}) for each in here.order.plan.embedders or ()]
        changes: dict[str, Any] = {"embedders": embedders, "cache": AnswerCache(), "inputs_hash": "later00000"}
        later = write_order(tmp_path, here.server.url, 8, [*METRICS, COSINE], **changes)
        assert run(later).exit_code == 0
        assert len(here.texts) == 4, "once each, for both inputs"
        assert here.figure().n == 8
        moved = [each.model_copy(update={"revision": "e2"}) for each in embedders]
        changes |= {"embedders": moved, "inputs_hash": "moved00000"}
        assert run(write_order(tmp_path, here.server.url, 8, [COSINE], **changes)).exit_code == 0
        assert len(here.texts) == 8


def test_pairs_that_were_compared_for_earlier_inputs_are_not_compared_again(tmp_path: Path) -> None:
    with ring(tmp_path, count=4, cache=AnswerCache()) as here:
        here.answer()
        assert here.compare().exit_code == 0
        plan = here.order.plan.model_copy(update={"inputs_hash": "later00000"})
        (tmp_path / "plan.json").write_text(plan.model_dump_json(by_alias=True, indent=2))
        here.answer()
        assert here.compare().exit_code == 0
        assert len(here.judges.asked) == 8, "both orders of four pairs, once"
    assert here.figures()["duel"].n == 4
