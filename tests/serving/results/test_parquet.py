"""Parquet files: what DuckDB, which is not ours, reads out of them."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from fmops_serving.evaluate.errors import SinkFailed
from fmops_serving.results.columns import COLUMNS
from fmops_serving.results.parquet import write_results
from tests.serving.evaluate.plans import Order, number_in, write_order
from tests.serving.evaluate.runs import right, run
from tests.support.openai_server import Asked, Behaviour, Says, Status, openai_server

DOCS = Path(__file__).parents[3] / "docs" / "results.md"


def sometimes_wrong(asked: Asked) -> Behaviour:
    number = number_in(asked.prompt)
    if number == 1:
        return Status(400, body='{"error": {"message": "no"}}')
    return Says("I cannot say.") if number == 2 else right(asked)


@pytest.fixture
def measured(tmp_path: Path) -> Order:
    """Twelve examples, of which one has no answer and one an answer that names no class."""
    with openai_server(sometimes_wrong) as server:
        order = write_order(tmp_path, server.url)
        assert run(order).exit_code == 0
    return order


def query(order: Order, sql: str) -> list[tuple[Any, ...]]:
    return duckdb.execute(sql.format(files=order.run.root / "results" / "**" / "*.parquet")).fetchall()


def test_one_line_of_duckdb_gives_the_figures_by_model(measured: Order) -> None:
    line = "SELECT model, count(*), avg(scores['exact']) FROM '{files}' GROUP BY model"
    assert query(measured, line) == [("tiny", 12, 10 / 11)]


def test_every_row_says_what_was_asked_what_came_and_what_it_is_worth(measured: Order) -> None:
    found = query(
        measured,
        "SELECT namespace, run, inputs_hash, revision, template, example_set, repeat, label, messages[2].content,"
        " output, scores, classes, attempts, request_time > 0 FROM '{files}' WHERE example = 'golden/e00003'",
    )
    assert found == [
        ("support", "quality", "9d1c0a77e4", "7f3c9a1e02", "triage@3", "golden", 0, "other", "Ticket number 3", "other",
         {"exact": 1.0, "f1": 1.0}, {"f1": "other"}, 1, True)
    ]  # fmt: skip


def test_no_answer_is_null_and_unscored_and_never_a_zero(measured: Order) -> None:
    found = query(measured, "SELECT output, error LIKE '%(400)%', scores FROM '{files}' WHERE error IS NOT NULL")
    assert found == [(None, True, {})]


def test_an_answer_that_names_no_class_has_a_score_and_no_class(measured: Order) -> None:
    found = query(measured, "SELECT scores['f1'], classes FROM '{files}' WHERE example = 'golden/e00002'")
    assert found == [(0.0, {"f1": None})]


def test_the_columns_are_those_of_the_documentation(measured: Order) -> None:
    described = query(measured, "DESCRIBE SELECT * EXCLUDE model FROM '{files}'")
    listed = [line.split("|")[1:4] for line in DOCS.read_text().splitlines() if line.startswith("| `")]
    table = {name.strip().strip("`"): (kind.strip().strip("`"), text.strip()) for name, kind, text in listed}
    assert [column.name for column in COLUMNS] == [name for name, *_ in described]
    for column, (name, kind, *_) in zip(COLUMNS, described, strict=True):
        assert table[name] == (kind.replace('"', ""), column.description)


def test_the_manifest_of_a_candidate_has_the_digest_of_every_file(measured: Order) -> None:
    manifest = json.loads(measured.run.candidate_manifest("tiny").read_text())
    assert set(manifest["files"]) == {
        "answers/model=tiny/part-00000.jsonl", "answers/model=tiny/summary.json", "answers/model=tiny/findings.json",
        "results/model=tiny/part-00000.parquet",
    }  # fmt: skip
    for name, told in manifest["files"].items():
        content = (measured.run.root / name).read_bytes()
        assert told == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    assert manifest["signatures"]["f1"].startswith("classification|f1|")
    assert manifest["candidate"]["revision"] == "7f3c9a1e02"


def test_the_manifest_of_a_run_has_digests_seeds_and_versions(measured: Order) -> None:
    manifest = json.loads(measured.run.manifest.read_text())
    assert manifest["digests"]["catalog"] == measured.plan.catalog_digest
    assert {"inputs", "prompt", "examples"} <= set(manifest["digests"])
    assert manifest["seeds"] == {"bootstrap": 7, "sample": None, "generation": {"triage@3": 7}}
    assert {"python", "orjson", "jinja2"} <= set(manifest["versions"])


def record(number: int, **changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "namespace": "n", "run": "r", "inputs_hash": "h", "revision": "v", "template": "t@1", "example": f"s/{number}",
        "example_set": "s", "repeat": 0,
    }  # fmt: skip
    return {**plain, **changes}


def test_a_file_without_rows_is_a_file_all_the_same(tmp_path: Path) -> None:
    write_results(tmp_path / "a.parquet", [])
    assert duckdb.read_parquet(str(tmp_path / "a.parquet")).fetchall() == []


def test_what_goes_wrong_among_the_rows_comes_through_and_leaves_no_file(tmp_path: Path) -> None:
    def broken() -> Any:
        yield record(0)
        raise SinkFailed("line 7 of rows is no row of an evaluation")

    with pytest.raises(SinkFailed, match="line 7 of rows"):
        write_results(tmp_path / "a.parquet", broken())
    assert list(tmp_path.iterdir()) == []


def test_a_value_of_another_type_is_one_sentence_that_does_not_quote_it(tmp_path: Path) -> None:
    with pytest.raises(SinkFailed) as raised:
        write_results(tmp_path / "a.parquet", [record(0, attempts="what a user wrote")])
    assert str(raised.value) == f"cannot write {tmp_path}/a.parquet: a row has a value of another type than its column"
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SinkFailed, match=r"cannot write .*/file/a.parquet: "):
        write_results(tmp_path / "file" / "a.parquet", [record(0)])


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    code = (
        "import resource, signal; from pathlib import Path\n"
        "from fmops_serving.results.parquet import write_results\n"
        "from tests.serving.results.test_parquet import record\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        f"write_results(Path('{tmp_path}/a.parquet'), (record(n, output=str(hash(n))) for n in range(50_000)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].endswith(f"SinkFailed: cannot write {tmp_path}/a.parquet: File too large")
    assert "panicked" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    code = (
        "import random, resource; from pathlib import Path\n"
        "from fmops_serving.results.parquet import write_results\n"
        "from tests.serving.results.test_parquet import record\n"
        "import fmops_serving.results.graded\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "rows = (record(n, output=random.randbytes(2048).hex()) for n in range(40_000))\n"
        f"write_results(Path('{tmp_path}/a.parquet'), rows)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (tmp_path / "a.parquet").stat().st_size > 80 * 1024**2
    assert int(done.stdout) < 60, "MiB more, for 160 MiB of answers"
