"""The runner given what it cannot use: one sentence and a documented exit status."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fmops_api.evaluationplan import Candidate
from fmops_api.foundationmodel import Task
from tests.serving.evaluate.plans import Order, write_order
from tests.serving.evaluate.runs import run, summary


def break_plan(order: Order) -> None:
    (order.folder / "plan.json").write_text('{"namespace": "x"}')


def break_json(order: Order) -> None:
    (order.folder / "plan.json").write_text("{")


def remove_plan(order: Order) -> None:
    (order.folder / "plan.json").unlink()


def break_bundle(order: Order) -> None:
    (order.folder / "bundle.json").write_text("[]")


def change_bundle(order: Order) -> None:
    bundle = order.folder / "bundle.json"
    bundle.write_text(bundle.read_text().replace("number 1", "number one"))


def plan_as(**changes: Any) -> Callable[[Order], None]:
    def change(order: Order) -> None:
        plan = order.plan.model_copy(update=changes)
        (order.folder / "plan.json").write_text(plan.model_dump_json(by_alias=True))

    return change


EMBEDDER = Candidate(name="bge", url="http://x/v1", model="bge", task=Task.EMBEDDING)
KEYED = Candidate(name="gpt", url="http://x/v1", model="gpt", api_key_variable="NO_SUCH_KEY")
BAD: list[tuple[str, Callable[[Order], None], list[str], str]] = [
    ("a plan that is not there", remove_plan, [], "plan.json: No such file or directory"),
    ("a plan that is not JSON", break_json, [], "is not valid"),
    ("a plan without its parts", break_plan, [], "run"),
    ("a bundle that is no catalogue", break_bundle, [], "is not valid"),
    ("a bundle that is another than planned", change_bundle, [], "the plan wants sha256:"),
    ("an index beyond the candidates", plan_as(), ["--index", "1"], "index 1 names no candidate"),
    ("no index for two candidates", plan_as(candidates=[EMBEDDER, KEYED]), [], "say which with --index"),
    ("a template that is not there", plan_as(template="triage@4"), [], "no template triage@4"),
    ("a model that cannot answer prompts", plan_as(candidates=[EMBEDDER]), [], "bge has task Embedding"),
    ("a key that is not there", plan_as(candidates=[KEYED]), [], "NO_SUCH_KEY holds no API key"),
    ("an unknown option", plan_as(), ["--oops"], "--oops"),
]


@pytest.mark.parametrize(("change", "more", "sentence"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_bad_input_is_one_sentence_and_status_2(
    tmp_path: Path, change: Callable[[Order], None], more: list[str], sentence: str
) -> None:
    order = write_order(tmp_path, "http://127.0.0.1:9/v1")
    change(order)
    done = run(order, *more)
    assert done.exit_code == 2
    assert sentence in done.stderr.splitlines()[-1]


def test_bad_input_reaches_the_operator_too(tmp_path: Path) -> None:
    order = write_order(tmp_path, "http://127.0.0.1:9/v1", template="triage@4")
    run(order)
    assert summary(order).error == "the bundle has no template triage@4"


def test_a_sink_that_cannot_be_written_is_one_sentence_and_status_5(tmp_path: Path) -> None:
    order = write_order(tmp_path, "http://127.0.0.1:9/v1")
    (tmp_path / "sink").write_text("a file, no folder")
    done = run(order)
    assert done.exit_code == 5
    assert done.stderr.startswith("fmops: cannot write ")
    assert summary(order).error.endswith("Not a directory")
