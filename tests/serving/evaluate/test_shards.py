"""A candidate asked in shards: each example once, and the figures of a single runner."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fmops_api.shard import Shard
from fmops_serving.evaluate.runner import main
from tests.serving.evaluate.lakes import ANSWERS, Lake, fresh
from tests.serving.evaluate.plans import METRICS, Order, write_order
from tests.serving.evaluate.runs import Pausing, right, rows, run, start_and_wait_for_rows, summary
from tests.serving.evaluate.test_budget import TOKENS
from tests.serving.evaluate.test_same_everywhere import COUNT, OutOfOrder
from tests.support.object_store import KEYS
from tests.support.openai_server import openai_server


def asking(index: int, shards: int) -> list[str]:
    return ["--stage", "ask", "--shards", str(shards), "--index", str(index)]


def ask_all(order: Order, shards: int) -> None:
    for index in range(shards):
        done = run(order, *asking(index, shards))
        assert done.exit_code == 0, done.stderr


def rows_of(order: Order, number: int, shards: int) -> list[dict[str, Any]]:
    return [json.loads(line) for line in order.run.rows("tiny", Shard(number, shards)).read_text().splitlines()]


def placed(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_scores_and_figures_are_the_bytes_of_a_single_runner(tmp_path: Path) -> None:
    changes: dict[str, Any] = {"repeats": 2, "metrics": METRICS[:2]}
    with openai_server(OutOfOrder(set(range(0, COUNT, 2)))) as server:
        alone = write_order(placed(tmp_path / "alone"), server.url, count=COUNT, **changes)
        assert run(alone).exit_code == 0
        server.behave = OutOfOrder(set(range(0, COUNT, 3)))
        split = write_order(placed(tmp_path / "split"), server.url, count=COUNT, **changes)
        before = server.prompts.copy()
        ask_all(split, 3)
        assert [len(rows_of(split, number, 3)) for number in range(3)] == [28, 26, 26]
        assert set((server.prompts - before).values()) == {2}, "each example once for each repeat"
        assert not split.run.summary("tiny").exists(), "a shard scores nothing"
        assert run(split).exit_code == 0
    for path in (alone.run.scores("tiny"), alone.run.summary("tiny")):
        assert path.read_bytes() == (split.run.root / path.relative_to(alone.run.root)).read_bytes(), path.name
    found = [json.loads(order.run.findings("tiny").read_bytes()) for order in (alone, split)]
    assert {**found[0], "curves": []} == {**found[1], "curves": []}


def test_what_a_shard_hands_back_counts_and_has_no_figures(tmp_path: Path) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url)
        run(order, *asking(1, 4))
    found = summary(order)
    assert (found.model, found.shard, found.answered, found.total) == ("tiny", "shard 2 of 4", 3, 3)
    assert found.results == []


@pytest.mark.parametrize("torn", [b"", b'{"example":"golden/e0'], ids=["whole lines", "a torn last line"])
def test_a_killed_shard_goes_on_and_repeats_what_was_on_its_way_alone(tmp_path: Path, torn: bytes) -> None:
    behave, shard = Pausing(free=5), Shard(1, 2)
    with openai_server(behave) as server:
        order = write_order(tmp_path, server.url, count=20, execution={"max_in_flight": 2})
        runner = start_and_wait_for_rows(order, 5, *asking(1, 2), shard=shard)
        runner.kill()
        runner.communicate()
        behave.let_go.set()
        with order.run.rows("tiny", shard).open("ab") as file:
            file.write(torn)
        ask_all(order, 2)
        assert [len(rows_of(order, number, 2)) for number in range(2)] == [10, 10]
        assert run(order).exit_code == 0
        assert sum(server.prompts.values()) <= 20 + 2
    assert (summary(order).answered, rows(order)) == (20, [])


def test_what_a_shard_left_torn_is_asked_by_who_scores(tmp_path: Path) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url)
        ask_all(order, 2)
        first = order.run.rows("tiny", Shard(0, 2))
        first.write_bytes(first.read_bytes()[:-20])
        assert run(order).exit_code == 0
        assert sum(server.prompts.values()) == 13
    assert (summary(order).answered, len(rows(order))) == (12, 1)


@pytest.mark.parametrize("shards", [None, 2, 5])
def test_another_number_of_shards_asks_nothing_again(tmp_path: Path, shards: int | None) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url)
        run(order, *asking(0, 3))
        run(order, *asking(2, 3))
        if shards:
            ask_all(order, shards)
        assert run(order).exit_code == 0
        assert set(server.prompts.values()) == {1}
    assert (summary(order).answered, sum(server.prompts.values())) == (12, 12)


def test_each_shard_may_spend_its_part_and_who_scores_what_they_left(tmp_path: Path) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url, execution={"max_in_flight": 1})
        budget = ["--budget-tokens", str(6 * TOKENS)]
        for index in range(2):
            assert run(order, *asking(index, 2), *budget).exit_code == 0
            assert summary(order).answered == 3
        assert run(order, *budget).exit_code == 6
        assert "spent 24 tokens of a share of 24 of execution.budget; 6 of 12" in summary(order).error
        assert len(server.asked) == 6
        assert run(order, "--budget-tokens", str(12 * TOKENS)).exit_code == 0
        assert len(server.asked) == 12


def test_shards_in_pods_of_their_own_meet_in_an_object_store(tmp_path: Path, lake: Lake) -> None:
    with openai_server(right) as server:
        order = write_order(placed(tmp_path / "order"), server.url)
        pods = [fresh(tmp_path / f"pod-{number}", order) for number in range(4)]
        for number in (0, 1, 0):
            assert run(pods[number], *asking(number, 2), *lake.options, **KEYS).exit_code == 0
        done = run(pods[2], *lake.options, **KEYS)
        assert done.exit_code == 0, done.stderr
        assert set(server.prompts.values()) == {1}
        assert run(pods[3], *lake.options, **KEYS).exit_code == 0, "a pod that was lost after it scored"
        assert set(server.prompts.values()) == {1}
    found = lake.objects()
    kept = [f"{ANSWERS}/part-0000{number}-of-00002-00000.jsonl" for number in range(2)]
    assert [found[name].count(b"\n") for name in kept] == [6, 6]
    assert set(kept) <= json.loads(found[f"{ANSWERS}/manifest.json"])["files"].keys()
    assert summary(pods[2]).answered == summary(pods[3]).answered == 12


@pytest.mark.parametrize(
    ("options", "status", "sentence"),
    [
        (["--shards", "2"], 2, "--shards goes with --stage ask; the other stages find what shards have asked"),
        (["--stage", "ask", "--shards", "2"], 2, "the plan has 1 candidates of 2 shards: say which with --index"),
        (asking(2, 2), 2, "index 2 names no candidate: the plan has 1 candidates of 2 shards, counted from 0"),
        (asking(0, 64), 2, "64 is not in the range 1<=x<=32"),
    ],
)
def test_orders_that_cannot_be(tmp_path: Path, options: list[str], status: int, sentence: str) -> None:
    done = run(write_order(tmp_path, "http://127.0.0.1:9/v1"), *options)
    assert done.exit_code == status
    assert sentence in done.stderr


def test_a_shard_without_a_place_for_its_rows_asks_nothing(tmp_path: Path) -> None:
    order = write_order(tmp_path, "http://127.0.0.1:9/v1")
    arguments = [each for each in order.arguments if each not in ("--sink", str(tmp_path / "sink"))]
    done = CliRunner().invoke(main, [*arguments, *asking(0, 2)], prog_name="fmops")
    assert done.exit_code == 2
    assert "--stage ask leaves its rows to another pod: say where with --sink" in done.stderr
