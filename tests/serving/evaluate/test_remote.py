"""A sink in an object store: a real S3 server takes rows while the work goes on, and results at its end."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from fmops_api.evaluationplan import Candidate
from fmops_serving.evaluate import parts, remote
from fmops_serving.evaluate.parts import Parts
from fmops_serving.evaluate.runner import main
from fmops_serving.objectstore import store
from fmops_serving.objectstore.store import Place, Store
from tests.serving.evaluate.judge.courts import court
from tests.serving.evaluate.judge.pairwise.duels import ring
from tests.serving.evaluate.plans import Order, write_order
from tests.serving.evaluate.runs import RUNNER, Pausing, right, run, summary
from tests.support.object_store import KEYS, ObjectStoreServer, object_store
from tests.support.openai_server import Says, openai_server

RUN = "fmops/support/quality/9d1c0a77e4"
ANSWERS = "answers/model=tiny"


@pytest.fixture(scope="module")
def lake_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStoreServer]:
    with object_store(tmp_path_factory.mktemp("object-store")) as server:
        yield server


@pytest.fixture
def lake(lake_server: ObjectStoreServer, request: pytest.FixtureRequest) -> "Lake":
    return Lake(lake_server, request.node.name.replace("[", "-").replace("]", ""))


class Lake:
    """A folder of its own for one test."""

    def __init__(self, server: ObjectStoreServer, name: str) -> None:
        self.server = server
        self.name = name
        self.options = ["--store", f"s3://lake/{name}/fmops", "--store-endpoint", server.endpoint]

    def objects(self) -> dict[str, bytes]:
        return self.server.objects(f"{self.name}/{RUN}")

    def rows(self) -> list[dict[str, Any]]:
        found = self.objects()
        lines = b"".join(found[name] for name in sorted(found) if "/part-" in name and name.endswith(".jsonl"))
        return [json.loads(line) for line in lines.splitlines()]


def apart(order: Order, lake: Lake) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*RUNNER, *order.arguments, *lake.options], env=environment(), stderr=subprocess.PIPE)


def environment() -> dict[str, str]:
    return {**os.environ, **KEYS}


def fresh(folder: Path, order: Order) -> Order:
    """Give the same order to a pod of its own, which begins with an empty folder."""
    folder.mkdir()
    for name in ("plan.json", "bundle.json"):
        (folder / name).write_bytes((order.folder / name).read_bytes())
    return Order(folder, order.plan)


def test_everything_of_a_candidate_is_in_the_store(tmp_path: Path, lake: Lake) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url)
        done = run(order, *lake.options, **KEYS)
    assert done.exit_code == 0, done.output
    found = lake.objects()
    assert set(found) == {
        "manifest.json", f"{ANSWERS}/part-00000.jsonl", f"{ANSWERS}/scores.jsonl", f"{ANSWERS}/summary.json",
        f"{ANSWERS}/findings.json", f"{ANSWERS}/manifest.json", f"{ANSWERS}/_SUCCESS",
        "results/model=tiny/part-00000.parquet", "report.html", "report.md",
    }  # fmt: skip
    assert len(lake.rows()) == 12
    assert b"tiny" in found["report.html"]
    assert summary(order).rows == "support/quality/9d1c0a77e4/answers/model=tiny"
    listed = json.loads(found[f"{ANSWERS}/manifest.json"])["files"]
    assert {name: told["bytes"] for name, told in listed.items()} == {name: len(found[name]) for name in listed}
    assert f"{ANSWERS}/part-00000.jsonl" in listed


def test_duckdb_reads_the_store_behind_the_server(tmp_path: Path, lake: Lake) -> None:
    with openai_server(right) as server:
        run(write_order(tmp_path, server.url), *lake.options, **KEYS)
    files = lake.server.folder / "lake" / lake.name / "**" / "*.parquet"
    found = duckdb.read_parquet(str(files), hive_partitioning=True).aggregate("model, avg(scores['exact'])", "model")
    assert found.fetchall() == [("tiny", 1.0)]


def test_pods_that_share_nothing_but_the_store_compare_with_the_baseline(tmp_path: Path, lake: Lake) -> None:
    with openai_server(right) as base, openai_server(lambda _: Says("nothing")) as other:
        candidates = [
            Candidate(name=name, url=server.url, model=name) for name, server in (("base", base), ("tiny", other))
        ]
        order = write_order(tmp_path, base.url, 40, candidates=candidates, baseline="base")
        for index in ("0", "1"):
            done = run(fresh(tmp_path / index, order), *lake.options, "--index", index, **KEYS)
            assert done.exit_code == 0, done.output
    apart = fresh(tmp_path / "compare", order)
    done = run(apart, *lake.options, "--stage", "compare", "--index", "0", **KEYS)
    assert done.exit_code == 0, done.output
    [exact] = [r for r in summary(apart).results if r.metric == "exact"]
    assert (exact.against, exact.value, exact.n) == ("Baseline", "-1", 40)


def test_judges_compare_what_other_pods_have_sent_and_their_verdicts_are_sent(tmp_path: Path, lake: Lake) -> None:
    with ring(tmp_path, count=4) as here:
        order = here.order
        for index in ("0", "1"):
            done = run(fresh(tmp_path / index, order), *lake.options, "--index", index, **KEYS)
            assert done.exit_code == 0, done.output
        for place in ("compare", "again"):
            apart = fresh(tmp_path / place, order)
            done = run(apart, *lake.options, "--stage", "compare", **KEYS)
            assert done.exit_code == 0, done.output
            assert len(here.judges.asked) == 8, "a second pod asks nothing again"
    [duel] = [r for r in summary(apart).results if r.metric == "duel" and r.confidence == "0.95"]
    assert (duel.value, duel.n) == ("0.5", 4)
    found = lake.objects()
    assert found["judgements/judge=duel/model=tiny/part-00000.jsonl"].count(b"\n") == 8
    assert f"{ANSWERS}/comparison.json" in found
    assert b"duel.positionFlipRate" in found["report.html"]


def test_a_comparison_with_what_the_store_does_not_have_says_so(tmp_path: Path, lake: Lake) -> None:
    with openai_server(right) as base:
        candidates = [Candidate(name=name, url=base.url, model=name) for name in ("base", "tiny")]
        order = write_order(tmp_path, base.url, candidates=candidates, baseline="base")
        assert run(order, *lake.options, "--index", "1", **KEYS).exit_code == 0
    apart = fresh(tmp_path / "compare", order)
    assert run(apart, *lake.options, "--stage", "compare", "--index", "0", **KEYS).exit_code == 2
    assert "base was not measured" in summary(apart).error


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


def test_the_last_runner_joins_what_all_have_found(tmp_path: Path, lake: Lake) -> None:
    with openai_server(right) as server:
        both = [Candidate(name=name, url=server.url, model=name) for name in ("one", "two")]
        for index in (0, 1):
            folder = tmp_path / str(index)
            folder.mkdir()
            order = write_order(folder, server.url, candidates=both)
            assert run(order, "--index", str(index), *lake.options, **KEYS).exit_code == 0
    text = lake.objects()["report.md"].decode()
    assert "| one | 1" in text
    assert "| two | 1" in text


@pytest.mark.parametrize(
    ("uri", "keys", "words"),
    [
        ("s3://nowhere/fmops", KEYS, "s3://nowhere/fmops: there is no such bucket at http://127.0.0.1:"),
        ("s3://lake/fmops", {**KEYS, "AWS_SECRET_ACCESS_KEY": "wrong"}, "the store refuses the credentials (Signature"),
        ("s3://lake/fmops", {**KEYS, "AWS_ACCESS_KEY_ID": "nobody"}, "the store refuses the credentials (XAdminUser"),
        ("ftp://lake/fmops", KEYS, "ftp://lake/fmops cannot be opened: "),
    ],
)
def test_a_store_that_refuses_ends_with_5_before_anything_is_asked(
    tmp_path: Path, lake: Lake, uri: str, keys: dict[str, str], words: str
) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url)
        done = run(order, "--store", uri, "--store-endpoint", lake.server.endpoint, **keys)
    assert (done.exit_code, server.asked) == (5, [])
    assert words in summary(order).error
    assert not [secret for secret in keys.values() if secret in summary(order).error]
    assert len(summary(order).error.splitlines()) == 1


class Full(BaseHTTPRequestHandler):
    """A store without room, in the words of MinIO."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        said = b"<Error><Code>XMinioStorageFull</Code><Message>Storage backend has reached its limit.</Message></Error>"
        self.send_response(507)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_store_without_room_ends_with_5_and_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "RETRY_SECONDS", 0.5)
    with ThreadingHTTPServer(("127.0.0.1", 0), Full) as full, openai_server(right) as server:
        threading.Thread(target=full.serve_forever, daemon=True).start()
        order = write_order(tmp_path, server.url)
        address = f"http://127.0.0.1:{full.server_port}"
        done = run(order, "--store", "s3://lake/fmops", "--store-endpoint", address, **KEYS)
        full.shutdown()
    assert done.exit_code == 5
    assert summary(order).error == (
        "s3://lake/fmops: the store does not take support/quality/9d1c0a77e4/manifest.json: XMinioStorageFull: Storage"
        " backend has reached its limit."
    )


def test_a_store_that_is_away_ends_with_5(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "RETRY_SECONDS", 0.5)
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url)
        done = run(order, "--store", "s3://lake/fmops", "--store-endpoint", "http://127.0.0.1:9", **KEYS)
    assert done.exit_code == 5
    assert summary(order).error == "s3://lake/fmops: the store cannot be reached at http://127.0.0.1:9"


def test_a_store_that_goes_away_ends_the_asking_and_keeps_what_was_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "RETRY_SECONDS", 0.5)
    monkeypatch.setattr(remote, "SEND_EVERY", 0.2)
    behave = Pausing(free=5)
    with object_store(tmp_path / "store") as mortal, openai_server(behave) as server:
        lake = Lake(mortal, "mortal")
        order = write_order(tmp_path, server.url, count=20, execution={"max_in_flight": 2, "attempt_timeout": "280s"})

        def cut() -> None:
            waiting = threading.Event()
            while len(lake.rows()) < 5:
                waiting.wait(0.05)
            mortal.process.kill()
            with order.rows.open("a") as file:
                file.write(order.rows.read_text().splitlines()[0] + "\n")

        cutter = threading.Thread(target=cut)
        cutter.start()
        done = run(order, *lake.options, **KEYS)
        cutter.join()
        assert len(lake.rows()) == 5
    assert done.exit_code == 5
    assert "the store cannot be reached" in summary(order).error


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
    rows = tmp_path / "rows.jsonl"
    rows.write_bytes(b"1234\n678\n" + b"x" * 25 + b"\n12\nhalf")
    sent = Parts(there, "a", rows)
    await sent.send()
    assert [lake.server.objects(f"{lake.name}/a")[f"part-0000{n}.jsonl"] for n in range(3)] == [
        b"1234\n678\n", b"x" * 25 + b"\n", b"12\n",
    ]  # fmt: skip
    rows.write_bytes(rows.read_bytes() + b" a line\n")
    await sent.send()
    other = tmp_path / "elsewhere" / "rows.jsonl"
    brought = Parts(there, "a", other)
    await brought.restore()
    assert other.read_bytes() == rows.read_bytes()
    assert brought.parts == sent.parts


def test_a_store_without_a_folder_to_work_in_is_a_usage_error() -> None:
    done = CliRunner().invoke(main, ["--plan", "plan.json", "--bundle", "bundle.json", "--store", "s3://lake/x"])
    assert done.exit_code == 2
    assert "--store needs --sink: the folder that the runner works in" in done.output
