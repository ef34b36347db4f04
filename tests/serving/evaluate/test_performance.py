"""An endpoint under load: the ladder against a server whose times are known, and the formulas on given times."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fmops_api.card import Pricing
from fmops_api.evaluationplan import Candidate
from fmops_api.performance import Performance
from fmops_serving.evaluate.intervals import Interval
from fmops_serving.evaluate.performance.benchfile import bench_file
from fmops_serving.evaluate.performance.cost import cost_figures
from fmops_serving.evaluate.performance.figures import figures_of_level
from fmops_serving.evaluate.performance.kept import keep_level, kept_level
from fmops_serving.evaluate.performance.level import Level
from fmops_serving.evaluate.performance.timing import Timed
from fmops_serving.evaluate.score.figure import Figure
from tests.serving.evaluate.plans import write_order
from tests.serving.evaluate.runs import right, run, summary
from tests.support.openai_server import Asked, Behaviour, Says, Status, Whole, openai_server

LADDER = Performance(concurrency=[4, 1], requests=20, warmup=2)
TINY = Candidate(name="tiny", url="http://tiny/v1", model="tiny")


def level(*timed: Timed, duration: float = 2.0) -> Level:
    return Level(2, 0.0, duration, timed, {"the endpoint is too busy (429)": 1})


def test_the_file_has_the_figures_of_vllm_bench_serve() -> None:
    one, two = Timed(0.0, (0.5, 0.75, 1.5), 10, 3), Timed(1.0, (1.25, 1.5), 20, 2)
    found = bench_file(TINY, level(one, two))
    assert (found["completed"], found["failed"], found["num_prompts"]) == (2, 1, 3)
    assert (found["total_input_tokens"], found["total_output_tokens"]) == (30, 5)
    assert (found["request_throughput"], found["output_throughput"], found["total_token_throughput"]) == (1, 2.5, 17.5)
    assert (found["mean_ttft_ms"], found["median_ttft_ms"], found["std_ttft_ms"]) == (375, 375, 125)
    assert (found["p50_ttft_ms"], found["p95_ttft_ms"], found["p99_ttft_ms"]) == (375, 487.5, 497.5)
    assert (found["mean_tpot_ms"], found["median_itl_ms"], found["mean_e2el_ms"]) == (375, 250, 1000)
    assert found["errors_by_cause"] == {"the endpoint is too busy (429)": 1}


def test_throughput_is_bounded_by_the_rates_of_parts_of_the_time_and_latency_by_order_statistics() -> None:
    timed = [Timed(n / 20, ((n + 1) / 20,), 1, 2) for n in range(40)]
    figures = {figure.name: figure for figure in figures_of_level(level(*timed))}
    requests, tokens = figures["throughput.requests.c2"], figures["throughput.outputTokens.c2"]
    assert (requests.value, tokens.value, requests.n, requests.unscored) == (20, 40, 40, 1)
    low, high = requests.bounds(0.95)
    assert low is not None
    assert high is not None
    assert low <= 20 <= high
    assert figures["latency.request.p50.c2"].value == pytest.approx(0.05)
    assert (
        figures["latency.request.p99.c2"].bounds(0.95).high is None
    )  # 40 values say too little of the 99th percentile


def test_tokens_that_nobody_counted_make_no_throughput() -> None:
    figures = {figure.name: figure for figure in figures_of_level(level(Timed(0.0, (0.5,), None, None)))}
    assert figures["throughput.outputTokens.c2"].value is None
    assert figures["latency.betweenTokens.p50.c2"].value is None
    written = bench_file(TINY, level(Timed(0.0, (0.5,), 10, 3), Timed(0.0, (0.5,), 10, None)))
    assert (written["total_input_tokens"], written["total_output_tokens"]) == (20, None)
    assert (written["output_throughput"], written["total_token_throughput"]) == (None, None)


HOURLY = Pricing(per_accelerator_hour="3.60")
LEVELS = [
    Level(1, 0.0, 2.0, [Timed(0.0, (0.5,), 1, 1)] * 2, {}),
    Level(8, 0.0, 2.0, [Timed(0.0, (0.5,), 1, 1)] * 8, {}),
]


def test_requests_cost_the_accelerators_hours_of_their_level_and_at_the_margin_those_of_the_cheapest() -> None:
    throughputs = [next(figures_of_level(each)) for each in LEVELS]
    figures = {figure.name: figure for figure in cost_figures(LEVELS, throughputs, HOURLY, 2)}
    assert {name: figure.value for name, figure in figures.items()} == {
        "cost.reserved.c1": 0.002,  # 2 accelerators for 2 s at 0.001 a second, by 2 requests
        "cost.reserved.c8": 0.0005,
        "cost.marginal": 0.0005,
    }
    assert "USD|perAcceleratorHour:3.60|accelerators:2" in figures["cost.marginal"].signature


def test_the_interval_of_a_cost_is_that_of_the_throughput_turned_over() -> None:
    throughput = Figure("throughput.requests.c1", 4.0, 40, 1, "throughput", lambda _: Interval(2.0, 5.0))
    open_end = replace(throughput, bounds=lambda _: Interval(0.0, None))
    cost, unbounded = (next(iter(cost_figures(LEVELS[:1], [each], HOURLY, 1))) for each in (throughput, open_end))
    assert (cost.value, cost.bounds(0.95), cost.n, cost.unscored) == (0.00025, (0.0002, 0.0005), 40, 1)
    assert unbounded.bounds(0.95) == (None, None)


def test_a_cost_is_unknown_where_accelerators_or_answers_are_and_nobody_asks_it_of_a_price_by_tokens() -> None:
    throughputs = [next(figures_of_level(each)) for each in LEVELS]
    assert {figure.value for figure in cost_figures(LEVELS, throughputs, HOURLY, None)} == {None}
    by_tokens = Pricing(input_per_million_tokens="1", output_per_million_tokens="1")
    assert [*cost_figures(LEVELS, throughputs, by_tokens, 2), *cost_figures(LEVELS, throughputs, None, 2)] == []
    nothing = Level(1, 0.0, 2.0, [], {"the endpoint is too busy (429)": 2})
    (unknown, _) = cost_figures([nothing], [next(figures_of_level(nothing))], HOURLY, 2)
    assert (unknown.value, unknown.unscored) == (None, 2)


def slowly(asked: Asked) -> Behaviour:
    return Says("one two three", first=0.02, between=0.01)


def test_the_runner_climbs_the_ladder_without_counting_the_warm_up(tmp_path: Path) -> None:
    with openai_server(slowly) as server:
        paid = [Candidate(name="tiny", url=server.url, model="tiny", accelerators=2)]
        order = write_order(tmp_path, server.url, performance=LADDER, prices={"tiny": HOURLY}, candidates=paid)
        done = run(order, "--stage", "measure")
        asked = len(server.asked)
    assert done.exit_code == 0, done.output
    assert asked == 2 * (20 + 2)
    found = {result.metric: result for result in summary(order).results}
    cheapest = min(float(found[f"cost.reserved.c{level}"].value or 0) for level in (1, 4))
    assert 0 < float(found["cost.marginal"].value or 0) == cheapest
    assert found["throughput.requests.c1"].n == found["latency.request.p95.c4"].n == 20
    folder = order.run.performance("tiny")
    alone, four = (json.loads((folder / f"c{n}.json").read_text()) for n in (1, 4))
    assert 20 <= alone["median_ttft_ms"] < alone["median_e2el_ms"]
    assert alone["median_e2el_ms"] >= 40
    assert four["request_throughput"] > 1.5 * alone["request_throughput"]
    assert not order.run.page.exists(), "there are no answers to report on"


def test_the_reports_are_written_again_with_the_ladder(tmp_path: Path) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url, performance=LADDER)
        assert run(order).exit_code == 0
        assert "Under load" not in order.run.page.read_text()
        assert run(order, "--stage", "measure").exit_code == 0
    assert "Under load" in order.run.page.read_text()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Status(429), "20 of 20 requests failed with 1 at once"),
        (Whole("at once"), "the endpoint does not stream"),
        (Status(401), "refuses the API key"),
    ],
)
def test_an_endpoint_that_cannot_be_measured_is_told_in_a_sentence(
    tmp_path: Path, answer: Behaviour, words: str
) -> None:
    with openai_server(lambda _: answer) as server:
        order = write_order(tmp_path, server.url, performance=LADDER)
        done = run(order, "--stage", "measure")
    assert done.exit_code == 4
    assert words in summary(order).error


def test_a_plan_without_a_ladder_is_bad_input(tmp_path: Path) -> None:
    done = run(write_order(tmp_path, "http://tiny/v1"), "--stage", "measure")
    assert done.exit_code == 2
    assert "--stage measure needs a plan with performance" in done.output


def test_a_level_that_is_done_is_not_measured_again(tmp_path: Path) -> None:
    def first_level_only(asked: Asked) -> Behaviour:
        return slowly(asked) if len(server.asked) <= 22 else Status(401)

    with openai_server(first_level_only) as server:
        order = write_order(tmp_path, server.url, performance=LADDER)
        assert run(order, "--stage", "measure").exit_code == 4
    with openai_server(slowly) as other:
        done = run(write_order(tmp_path, other.url, performance=LADDER), "--stage", "measure")
    assert done.exit_code == 0, done.output
    assert len(other.asked) == 22
    found = {result.metric: result for result in summary(order).results}
    alone = json.loads((order.run.performance("tiny") / "c1.json").read_text())
    assert float(found["throughput.requests.c1"].value or 0) == pytest.approx(alone["request_throughput"], abs=1e-4)
    assert float(found["latency.betweenTokens.p50.c1"].value or 0) > 0
    assert found["throughput.requests.c4"].n == 20


@pytest.mark.parametrize(
    ("content", "told"),
    [("{", "is no level"), ('{"asked": "9d1c0a77e4"}', "is no level"), ('{"asked": "other"}', "")],
)
def test_a_level_that_cannot_be_read_is_told_and_one_of_other_inputs_measured_again(
    tmp_path: Path, content: str, told: str
) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url, performance=Performance(concurrency=[2], requests=5, warmup=0))
        path = order.run.performance("tiny") / "c2.requests.json"
        path.parent.mkdir(parents=True)
        path.write_text(content)
        done = run(order, "--stage", "measure")
    assert (done.exit_code, len(server.asked)) == ((5, 0) if told else (0, 5))
    assert told in done.output


def test_an_earlier_level_is_read_as_it_was_written(tmp_path: Path) -> None:
    done = level(Timed(0.5, (0.75, 1.0, 1.5), 3, None), Timed(0.5, (0.75,), None, 1))
    keep_level(tmp_path, "hash", done)
    found = kept_level(tmp_path, "hash", done.concurrency)
    assert found is not None
    assert [(each.sent, each.first, each.whole, each.between) for each in found.timed] == [
        (each.sent, each.first, each.whole, each.between) for each in done.timed
    ]
    assert (found.duration, found.faults, found.requests) == (done.duration, done.faults, 3)
