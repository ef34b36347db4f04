"""Candidates behind one address: they share what may be on its way there, and none of them waits for the others."""

from collections import Counter
from pathlib import Path

import pytest

from fmops_api.evaluationplan import Candidate, EvaluationPlan, PlannedJudge
from fmops_api.judge import Judge
from fmops_serving.evaluate.pace import Paces
from tests.serving.evaluate.laptop import evaluate, resource, run_spec, write
from tests.serving.evaluate.plans import catalog_spec, write_order
from tests.serving.evaluate.runs import run
from tests.support.openai_server import Says, openai_server

COUNT = 20


def candidate(name: str, url: str) -> Candidate:
    return Candidate(name=name, url=url, model=name)


def judge(url: str) -> PlannedJudge:
    spec = {"name": "general", "model": {"name": "large"}, "rubric": "general@1"}
    return PlannedJudge(judge=Judge.model_validate(spec), endpoint=candidate("large", url))


@pytest.mark.parametrize(
    ("judges", "url", "expected"),
    [
        pytest.param([], "http://one/v1", 2, id="two of three candidates"),
        pytest.param([], "HTTP://One/other", 2, id="an address is its host and port, whatever the path"),
        pytest.param([], "http://two:8000/v1", 1, id="another host is another address"),
        pytest.param([judge("http://judges/v1")], "http://judges/v1", 3, id="every candidate's judge"),
        pytest.param([judge("http://two:8000/v1")], "http://two:8000/v1", 3, id="a candidate that judges as well"),
    ],
)
def test_who_asks_an_address(tmp_path: Path, judges: list[PlannedJudge], url: str, expected: int) -> None:
    urls = {"a": "http://one/v1", "b": "http://one/v1/", "c": "http://two:8000/v1"}
    plan: EvaluationPlan = write_order(
        tmp_path, "http://tiny/v1", candidates=[candidate(*each) for each in urls.items()], judges=judges or None
    ).plan
    assert plan.sharers(url) == expected


def test_an_address_has_one_pace_of_which_each_process_keeps_to_its_part() -> None:
    paces = Paces(lambda url: 3 if "one" in url else 1)
    assert paces.at("http://one/v1/chat/completions", 16) is paces.at("http://one/v1", 16)
    assert [paces.at(url, 16).limit for url in ("http://one/v1", "http://two/v1")] == [5, 16]
    assert Paces(lambda _: 20).at("http://one/v1", 4).limit == 1


def test_on_a_laptop_two_candidates_take_turns_at_one_endpoint(tmp_path: Path) -> None:
    models = [{"name": "small"}, {"name": "large"}]
    spec = run_spec(candidates={"models": models}, execution={"parallelism": 2, "maxInFlight": 4}, gates=[])
    write(
        tmp_path, resource("EvaluationRun", "quality", spec), resource("PromptCatalog", "support", catalog_spec(COUNT))
    )
    with openai_server(lambda _: Says("billing", first=0.02), ["small", "large"]) as server:
        endpoints = [part for name in ("small", "large") for part in ("--endpoint", f"{name}={server.url}")]
        assert evaluate(tmp_path, *endpoints).exit_code == 0
    assert server.most_at_once <= 4
    first = Counter(asked.body["model"] for asked in server.asked[:COUNT])
    assert min(first["small"], first["large"]) >= COUNT // 4, "neither is asked only when the other is done"


def test_runners_that_run_at_once_keep_to_their_part_of_the_endpoint(tmp_path: Path) -> None:
    with openai_server(lambda _: Says("billing", first=0.02)) as server:
        both = [candidate("tiny", server.url), candidate("other", server.url)]
        order = write_order(tmp_path, server.url, count=COUNT, candidates=both, execution={"max_in_flight": 8})
        assert run(order, "--index", "0", "--at-once", "2").exit_code == 0
        assert 1 < server.most_at_once <= 4
