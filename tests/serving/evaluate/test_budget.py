"""A budget: a run that has spent its share stops cleanly, keeps what came, and goes on when there is more."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fmops_serving.evaluate.answer import Answer
from fmops_serving.evaluate.budget import Budget, Meter
from fmops_serving.evaluate.embed.vectors import VectorRow
from fmops_serving.evaluate.rows import Row
from tests.serving.evaluate.embed.test_embedding import desk
from tests.serving.evaluate.judge.courts import court
from tests.serving.evaluate.laptop import evaluate, resource, run_spec, write
from tests.serving.evaluate.plans import catalog_spec, write_order
from tests.serving.evaluate.runs import right, rows, run, summary
from tests.support.openai_server import Asked, Behaviour, Bytes, Status, chunk, openai_server

COUNT, TOKENS = 12, 4
"""Examples, and tokens of each: three of the prompt and one of the answer, as the server counts."""
RATES = {"small": (Decimal(1), Decimal(2)), "big": (Decimal(1000), Decimal(2000))}
ONE = {"max_in_flight": 1}


def answer(text: str = "yes", prompt: int | None = 3, output: int | None = 1) -> Answer:
    return Answer(text, "stop", prompt, output, 0.1, 0.2)


def row(**changes: Any) -> Row:
    fields = {"example": "golden/e0", "repeat": 0, "prompt_hash": "h", "messages": [], "output": "yes",
              "finish_reason": "stop", "prompt_tokens": 3, "output_tokens": 1, "time_to_first_token": 0.1,
              "request_time": 0.2, "attempts": 1, "error": None, "at": "2026-11-23T12:00:00+00:00"}  # fmt: skip
    return Row(**{**fields, **changes})


@pytest.mark.parametrize(
    ("given", "tokens", "estimated"),
    [
        pytest.param(answer(), 4, 0, id="as the endpoint counts"),
        pytest.param(answer("x" * 30, output=None), 13, 10, id="an answer that nobody counted, by its bytes"),
        pytest.param(answer("x", None, None), 101, 101, id="nor its prompt"),
    ],
)
def test_tokens_of_an_answer(given: Answer, tokens: int, estimated: int) -> None:
    meter = Meter()
    meter.answered("small", b"x" * 300, given)
    assert (meter.tokens, meter.estimated) == (tokens, estimated)


def test_a_try_that_was_lost_on_the_way_took_its_prompt() -> None:
    meter = Meter()
    meter.lost("small", b"x" * 300)
    assert meter.tokens == meter.estimated == 100


def test_money_is_tokens_by_each_models_own_price() -> None:
    meter = Meter(Budget(cost=Decimal("0.02"), rates=RATES).shared(2))
    meter.answered("small", b"", answer(prompt=1000, output=500))
    assert (meter.cost, meter.used_up) == (Decimal("0.002"), False)
    meter.answered("big", b"", answer(prompt=6, output=1))
    assert (meter.cost, meter.used_up) == (Decimal("0.01"), True)


@pytest.mark.parametrize(
    ("found", "cost"),
    [
        pytest.param(row(), "0.000005", id="an answer"),
        pytest.param(row(error="no", output=None), "0", id="an error took nothing that is known"),
        pytest.param(row(cached="before"), "0", id="an answer that was taken again"),
        pytest.param(
            row(
                steps=[
                    {"name": "extract", "prompt_tokens": 3, "output_tokens": 1},
                    {"name": "reply", "prompt_tokens": 3, "output_tokens": 1},
                ]
            ),
            "0.005005",
            id="steps of a chain, each by its model",
        ),
    ],
)
def test_what_is_there_from_before_counts(found: Row, cost: str) -> None:
    meter = Meter(Budget(cost=Decimal(1), rates=RATES))
    meter.recount("small", {"extract": "small", "reply": "big"}, [found])
    assert meter.cost == Decimal(cost)


def test_a_run_stops_when_its_share_is_spent_and_goes_on_with_more(tmp_path: Path) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url, count=COUNT, execution=ONE)
        done = run(order, "--budget-tokens", str(5 * TOKENS))
        assert (done.exit_code, len(server.asked), len(rows(order))) == (6, 5, 5)
        found = summary(order)
        sentence = "tiny: spent 20 tokens of a share of 20 of execution.budget; 5 of 12 answers are there"
        assert (found.error, found.reason, found.answered) == (sentence, "BudgetExhausted", 5)
        assert run(order, "--budget-tokens", str(5 * TOKENS)).exit_code == 6
        assert len(server.asked) == 5, "nothing is left to ask with"
        assert run(order, "--budget-tokens", str(COUNT * TOKENS)).exit_code == 0
        assert len(server.asked) == COUNT, "nothing is asked twice, and the last answer may spend the last token"


def test_what_is_on_its_way_is_kept(tmp_path: Path) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url, count=COUNT, execution={"max_in_flight": 4})
        assert run(order, "--budget-tokens", "1").exit_code == 6
        assert len(server.asked) == len(rows(order)) == summary(order).answered <= 4


def test_each_candidate_has_an_equal_share(tmp_path: Path) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url, count=COUNT, execution=ONE)
        (first,) = order.plan.candidates
        both = [first, first.model_copy(update={"name": "other"})]
        order = write_order(tmp_path, server.url, count=COUNT, execution=ONE, candidates=both)
        assert run(order, "--index", "0", "--budget-tokens", str(8 * TOKENS)).exit_code == 6
        assert len(server.asked) == 4


def test_money_ends_a_run_too(tmp_path: Path) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url, count=COUNT, execution=ONE)
        options = ["--budget-cost", "0.00001", "--price", "tiny=1,2"]
        assert run(order, *options).exit_code == 6
        assert len(server.asked) == 2
    assert "spent 0.00001 of a share of 0.00001 in money" in summary(order).error


def test_lost_tries_count_and_refused_ones_do_not(tmp_path: Path) -> None:
    def behave(asked: Asked) -> Behaviour:
        if asked.before == 0:
            return Bytes(chunk("bil")) if len(server.asked) == 1 else Status(500)
        return right(asked)

    with openai_server(behave) as server:
        order = write_order(tmp_path, server.url, count=2, execution=ONE)
        assert run(order, "--budget-tokens", "25").exit_code == 6
        assert summary(order).error.startswith("tiny: spent ")
        assert "estimated" in summary(order).error
        assert len(server.asked) == 1, "a try that was lost spent the share, so there is no second one"
        assert run(order, "--budget-tokens", "10000").exit_code == 0


def test_judges_spend_of_the_same_share(tmp_path: Path) -> None:
    with court(tmp_path) as here:
        order = here.order(count=6, execution=ONE)
        assert run(order, "--budget-tokens", str(6 * TOKENS + 1)).exit_code == 6
        assert (len(here.candidate.asked), len(here.judge.asked)) == (6, 1)
        assert summary(order).error.endswith("; 1 of 6 verdicts are there")
        assert run(order, "--budget-tokens", "100000").exit_code == 0
        assert (len(here.candidate.asked), len(here.judge.asked)) == (6, 6)


def test_on_a_laptop_the_same_budget_holds(folder: Path) -> None:
    spec = run_spec(execution={"maxInFlight": 1, "budget": {"tokens": 20}}, sink={"objectStore": {"uri": "s3://lake"}})
    write(folder, resource("EvaluationRun", "quality", spec), resource("PromptCatalog", "support", catalog_spec(20)))
    with openai_server(right) as server:
        done = evaluate(folder, endpoint=server.url)
        assert (done.exit_code, len(server.asked)) == (4, 5)
    assert "spent 20 tokens of a share of 20 of execution.budget" in done.stderr


def test_a_budget_in_money_without_a_price_asks_nothing(folder: Path) -> None:
    spec = run_spec(execution={"budget": {"cost": "20"}}, sink={"objectStore": {"uri": "s3://lake"}})
    write(folder, resource("EvaluationRun", "quality", spec), resource("PromptCatalog", "support", catalog_spec(20)))
    with openai_server(right) as server:
        done = evaluate(folder, endpoint=server.url)
        assert (done.exit_code, server.asked) == (2, [])
    assert "execution.budget.cost: what tiny costs is not known by tokens: set card.pricing of it" in done.stderr


def test_embedders_spend_of_the_same_share(tmp_path: Path) -> None:
    """Eight answers of four tokens each, then the four labels, each a token, as the server counts."""
    with desk(tmp_path) as here:
        spent = run(here.order, "--budget-tokens", "32")
        assert (spent.exit_code, here.texts) == (6, [])
        assert "spent 32 tokens of a share of 32 of execution.budget; 0 texts of embedder minilm are" in spent.output
        assert run(here.order, "--budget-tokens", "33").exit_code == 0, "what is on its way when it is spent counts"
        assert (len(here.texts), [row["prompt_tokens"] for row in here.rows()]) == (4, [4, 0, 0, 0])
    meter = Meter(Budget(cost=Decimal(1), rates={"minilm": (Decimal(1000), Decimal(0))}))
    found = [VectorRow("e", f"t{n}", "v", None, None, 1, "at", prompt_tokens=4 - 4 * n) for n in range(2)]
    meter.recount_vectors("minilm", [*found, found[0].recalled_from("earlier")])
    assert (meter.tokens, meter.cost) == (4, Decimal("0.004"))
