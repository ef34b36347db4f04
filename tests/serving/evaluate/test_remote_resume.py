"""Pods that end early go on from what they sent to the object store."""

import json
import signal
import threading
from pathlib import Path

import pytest

from fmops_serving.evaluate import parts
from fmops_serving.evaluate.parts import Parts
from fmops_serving.objectstore.place import Place
from fmops_serving.objectstore.store import Store
from tests.serving.evaluate.judge.courts import court
from tests.serving.evaluate.lakes import ANSWERS, Lake, apart, fresh
from tests.serving.evaluate.plans import write_order
from tests.serving.evaluate.runs import Pausing, run, summary
from tests.support.object_store import KEYS
from tests.support.openai_server import openai_server


def test_a_pod_that_is_killed_goes_on_from_what_was_sent(tmp_path: Path, lake: Lake) -> None:
    behave = Pausing(free=7)
    with openai_server(behave) as server:
        order = write_order(tmp_path, server.url, count=20, execution={"max_in_flight": 2, "attempt_timeout": "280s"})
        runner = apart(order, lake)
        waiting = threading.Event()
        while runner.poll() is None and len(lake.rows()) < 7:
            waiting.wait(0.1)
        runner.kill()
        runner.communicate()
        behave.let_go.set()
        again = fresh(tmp_path / "again", order)
        assert run(again, *lake.options, **KEYS).exit_code == 0
        assert sum(server.prompts.values()) == 20 + 2, "only what was on its way is asked twice"
    assert len(lake.rows()) == 20
    assert summary(again).answered == 20


def test_a_pod_that_is_stopped_sends_its_last_rows_first(tmp_path: Path, lake: Lake) -> None:
    behave = Pausing(free=5)
    with openai_server(behave) as server:
        order = write_order(tmp_path, server.url, count=20, execution={"max_in_flight": 2, "attempt_timeout": "280s"})
        runner = apart(order, lake)
        waiting = threading.Event()
        while runner.poll() is None and not (order.rows.exists() and order.rows.read_bytes().count(b"\n") == 5):
            waiting.wait(0.05)
        runner.send_signal(signal.SIGTERM)
        said = runner.communicate()[1].decode()
    assert (runner.returncode, "Traceback" in said) == (75, False), said
    assert len(lake.rows()) == 5


def test_verdicts_are_in_the_store_and_not_asked_for_again(tmp_path: Path, lake: Lake) -> None:
    given = [{"helpfulness": 4, "accuracy": 1 + n} for n in range(3)]
    with court(tmp_path) as here:
        order = here.order(count=4, judge={"calibration": {"sets": ["people"]}}, people=given)
        done = run(order, *lake.options, **KEYS)
        assert done.exit_code == 0, done.output
        again = fresh(tmp_path / "again", order)
        assert run(again, *lake.options, **KEYS).exit_code == 0
        assert (len(here.candidate.asked), len(here.judge.asked)) == (4, 4 + 3)
    found = lake.objects()
    judged, held = "judgements/judge=general/model=tiny/part-00000.jsonl", "calibration/judge=general/part-00000.jsonl"
    assert (found[judged].count(b"\n"), found[held].count(b"\n")) == (4, 3)
    assert {judged, held} <= json.loads(found[f"{ANSWERS}/manifest.json"])["files"].keys()


async def test_rows_are_cut_into_parts_at_line_ends(
    tmp_path: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "LARGEST_PART", 10)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    there = Store(Place(f"s3://lake/{lake.name}", lake.server.endpoint))
    rows = tmp_path / "part-00000.jsonl"
    rows.write_bytes(b"1234\n678\n" + b"x" * 25 + b"\n12\nhalf")
    sent = Parts(there, "a", rows)
    await sent.send()
    assert [lake.server.objects(f"{lake.name}/a")[f"part-0000{n}.jsonl"] for n in range(3)] == [
        b"1234\n678\n", b"x" * 25 + b"\n", b"12\n",
    ]  # fmt: skip
    rows.write_bytes(rows.read_bytes() + b" a line\n")
    await sent.send()
    other = tmp_path / "elsewhere" / "part-00000.jsonl"
    brought = Parts(there, "a", other)
    await brought.restore()
    assert other.read_bytes() == rows.read_bytes()
    assert brought.parts == sent.parts
