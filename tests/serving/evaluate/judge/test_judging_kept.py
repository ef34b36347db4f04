"""What the runner keeps of judging, and what it keeps nowhere."""

import json
from pathlib import Path

import duckdb
from click.testing import CliRunner

from fmops_serving.evaluate.runner import main
from tests.serving.evaluate.judge.courts import court, figures, judged_rows, verdict
from tests.serving.evaluate.runs import run
from tests.support.openai_server import Says


def test_rows_are_kept_beside_the_answers(tmp_path: Path) -> None:
    with court(tmp_path) as here:
        order = here.order(count=3)
        run(order)
    rows = {row["example"]: row for row in judged_rows(order)}
    row = rows["golden/e00002"]
    assert row["scores"] == {"helpfulness": 4.0, "accuracy": 3.0}
    assert row["reasons"] == {"helpfulness": "about helpfulness", "accuracy": "about accuracy"}
    assert row["raw"] == [verdict(helpfulness=4, accuracy=3)]
    assert (row["form"], row["cause"], row["error"], row["attempts"]) == ("json", None, None, 1)
    assert row["prompt_tokens"] == 3
    assert len(rows) == 3


def test_a_judge_key_comes_from_the_environment_and_is_kept_nowhere(tmp_path: Path) -> None:
    with court(tmp_path) as here:
        order = here.order(count=2)
        planned = order.plan.judges[0] if order.plan.judges else None
        assert planned
        keyed = planned.model_copy(update={"endpoint": planned.endpoint.model_copy(update={"api_key_variable": "KEY"})})
        plan = order.plan.model_copy(update={"judges": [keyed]})
        (tmp_path / "plan.json").write_text(plan.model_dump_json(by_alias=True))
        assert run(order).exit_code == 2
        assert run(order, KEY="sk-judge").exit_code == 0
        assert {a.headers["Authorization"] for a in here.judge.asked} == {"Bearer sk-judge"}
        assert {a.headers.get("Authorization") for a in here.candidate.asked} == {None}
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and b"sk-judge" in p.read_bytes()]


def test_texts_are_in_the_rows_and_nowhere_else(tmp_path: Path) -> None:
    with court(tmp_path, lambda _: Says("unreadable SECRET words")) as here:
        order = here.order()
        done = run(order)
    assert "SECRET" in order.run.judgements("tiny", "general").read_text()
    for text in (done.stdout, done.stderr, (tmp_path / "summary").read_text(), order.run.manifest.read_text()):
        assert "SECRET" not in text


def test_without_a_sink_judging_works_all_the_same(tmp_path: Path) -> None:
    with court(tmp_path, lambda _: Says(verdict(helpfulness=3, accuracy=3))) as here:
        order = here.order()
        place = order.arguments.index("--sink")
        done = CliRunner().invoke(main, order.arguments[:place] + order.arguments[place + 2 :])
    assert done.exit_code == 0, done.stderr
    assert figures(order)["general"].value == "3"


def test_scores_stand_beside_those_of_metrics(tmp_path: Path) -> None:
    with court(tmp_path) as here:
        order = here.order(
            count=3, judges=[{}, {"name": "second"}], juries=[{"name": "panel", "judges": ["general", "second"]}]
        )
        done = run(order)
    assert done.exit_code == 0, done.stderr
    rows = duckdb.read_parquet(str(order.run.results("tiny"))).project("example, scores").fetchall()
    judged = {"": 2.5, ".helpfulness": 4.0, ".accuracy": 1.0}
    wanted = {f"{name}{part}": score for name in ("general", "second", "panel") for part, score in judged.items()}
    assert dict(rows)["golden/e00000"] == {"exact": 1.0, **wanted}
    assert "general.accuracy" in order.run.page.read_text()
    listed = json.loads(order.run.candidate_manifest("tiny").read_text())["files"]
    assert "judgements/judge=second/model=tiny/part-00000.jsonl" in listed
    assert [each["name"] for each in json.loads(order.run.manifest.read_text())["rubrics"]] == ["general"]
