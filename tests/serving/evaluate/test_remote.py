"""A sink in an object store: a real S3 server takes rows while the work goes on, and results at its end."""

import json
from pathlib import Path

import duckdb

from fmops_api.evaluationplan import Candidate
from fmops_api.performance import Performance
from tests.serving.evaluate.judge.pairwise.duels import ring
from tests.serving.evaluate.lakes import ANSWERS, Lake, fresh
from tests.serving.evaluate.plans import write_order
from tests.serving.evaluate.runs import right, run, summary
from tests.support.object_store import KEYS
from tests.support.openai_server import Says, openai_server


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


def test_a_pod_that_shares_nothing_but_the_store_adds_the_ladder_to_the_reports(tmp_path: Path, lake: Lake) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url, performance=Performance(concurrency=[2], requests=10, warmup=0))
        assert run(order, *lake.options, **KEYS).exit_code == 0
        assert b"Under load" not in lake.objects()["report.html"]
        done = run(fresh(tmp_path / "measure", order), *lake.options, "--stage", "measure", **KEYS)
        assert done.exit_code == 0, done.output
        asked = len(server.asked)
        assert run(fresh(tmp_path / "again", order), *lake.options, "--stage", "measure", **KEYS).exit_code == 0
        assert len(server.asked) == asked, "a second pod measures no level again"
    found = lake.objects()
    assert {"performance/model=tiny/c2.json", "performance/model=tiny/summary.json"} <= set(found)
    assert b"Under load" in found["report.html"]
    assert b"f1" in found["report.html"]
