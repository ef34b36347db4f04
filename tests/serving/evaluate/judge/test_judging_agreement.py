"""Juries, and how far a judge agrees with people."""

import json
from pathlib import Path

import krippendorff
import numpy as np
import pytest

from fmops_api.evaluationplan import Candidate, Figure
from tests.serving.evaluate.judge.courts import court, figures, of_number, rubric, verdict
from tests.serving.evaluate.runs import run, summary
from tests.support.openai_server import Asked, Behaviour, Says


def test_several_judges_and_their_jury(tmp_path: Path) -> None:
    def by_model(asked: Asked) -> Behaviour:
        number = of_number(asked)
        scores = {"a": 1 + number % 5, "b": 1 + number % 5, "c": 5 - number % 5}
        if asked.body["model"] == "b" and number == 0:
            return Says("no idea")
        return Says(verdict(helpfulness=4, accuracy=scores[asked.body["model"]]))

    judges = [{"name": f"judge{name.upper()}", "model": {"name": name}} for name in "abc"]
    with court(tmp_path, by_model) as here:
        members = [judge["name"] for judge in judges]
        order = here.order(count=10, judges=judges, juries=[{"name": "panel", "judges": members}])
        done = run(order)
    assert done.exit_code == 0, done.stderr
    summed = json.loads(order.run.summary("tiny").read_text())["results"]
    found = {r["metric"]: r for r in summed if r["confidence"] == "0.95"}
    assert found["judgeB"]["unscored"] == 1
    assert (found["panel"]["n"], found["panel"].get("unscored", 0)) == (10, 0)
    assert found["panel.accuracy"]["value"] == "3.2", "medians: of 1 and 5 where one judge is silent, else that of two"
    up, down = [1 + n % 5 for n in range(10)], [5 - n % 5 for n in range(10)]
    data = np.array([up, [np.nan, *up[1:]], down], dtype=float)
    expected = krippendorff.alpha(reliability_data=data, level_of_measurement="ordinal")
    assert float(found["panel.accuracy.alpha"]["value"]) == pytest.approx(expected, abs=1e-4)
    assert "value" not in found["panel.helpfulness.alpha"], "where all say 4 there is nothing to agree on"
    assert found["panel"]["signature"].startswith("jury|judgeA+judgeB+judgeC|median|")


def test_agreement_with_people(tmp_path: Path) -> None:
    people = [{"helpfulness": 4, "accuracy": 1 + n % 5} for n in range(30)] + [{"accuracy": 1}] * 10

    def judge(asked: Asked) -> Behaviour:
        number = of_number(asked)
        return Says(verdict(helpfulness=4 if number else 5, accuracy=1 + number % 5 if number < 30 else 2))

    with court(tmp_path, judge) as here:
        order = here.order(count=4, people=people, judge={"calibration": {"sets": ["people"]}})
        done = run(order)
        (one, *_) = [a for a in here.judge.asked if "judged answer 7" in a.prompt]
    assert done.exit_code == 0, done.stderr
    assert "| user:\n| Ticket people 7\n" in one.prompt
    found = figures(order)
    assert found["general.helpfulness.kappa"].n == 30
    assert found["general.accuracy.kappa"].n == 40
    assert float(found["general.accuracy.kappa"].value or 0) > 0.9
    assert found["general.kappa"].value == "0", "the worst criterion counts"
    assert found["general"].n == 4
    kept = order.run.calibration("general").read_text().splitlines()
    assert len(kept) == 40


def test_only_the_first_candidate_calibrates(tmp_path: Path) -> None:
    with court(tmp_path) as here:
        two = [Candidate(name=name, url=here.candidate.url, model=name) for name in ("first", "second")]
        order = here.order(
            count=2, people=[{"helpfulness": 4, "accuracy": 1}], judge={"calibration": {"sets": ["people"]}},
            candidates=two,
        )  # fmt: skip
        for index in ("0", "1"):
            assert run(order, "--index", index).exit_code == 0
    assert len([a for a in here.judge.asked if "judged answer" in a.prompt]) == 1
    assert "general.kappa" not in figures(order)


def test_a_summary_with_many_criteria_keeps_to_the_limit_and_the_agreement(tmp_path: Path) -> None:
    names = [f"criterion-{n}-with-a-name-of-some-length" for n in range(16)]
    scores = dict.fromkeys(names, 4)
    with court(tmp_path, lambda _: Says(verdict(**scores))) as here:
        order = here.order(
            count=3, rubric=rubric(names), people=[scores, dict.fromkeys(names, 5)],
            judge={"calibration": {"sets": ["people"]}},
        )  # fmt: skip
        plan = order.plan.model_copy(update={"figures": [*order.plan.figures, Figure(metric="general.kappa")]})
        (tmp_path / "plan.json").write_text(plan.model_dump_json(by_alias=True))
        assert run(order).exit_code == 0
    assert summary(order).omitted > 0
    assert figures(order)["general.kappa"].value == "0"
