"""Chains through the runner: every step asked of its own model, and what one answers is data for the next."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from fmops_serving.evaluate.answer import Answer
from fmops_serving.evaluate.chain import whole
from tests.serving.evaluate.laptop import condition, evaluate, resource, run_spec, status, write
from tests.serving.evaluate.plans import LABELS, label_of
from tests.serving.prompts.hostile import HOSTILE
from tests.support.openai_server import Asked, Behaviour, OpenAIServer, Says, Status, Whole, openai_server

COUNT = 8
CHAIN: dict[str, Any] = {
    "name": "ticket",
    "version": 1,
    "labels": ["live"],
    "steps": [
        {"name": "reply", "template": "reply@1", "inputs": {"facts": "{{ steps.extract.output }}"}},
        {"name": "extract", "template": "extract@1", "model": {"name": "big"}},
    ],
}


def catalog(chain: dict[str, Any] = CHAIN, longest: int = 100_000) -> dict[str, Any]:
    facts = {"name": "facts", "maxLength": longest}
    return {
        "templates": [
            {
                "name": "extract",
                "version": 1,
                "variables": [{"name": "input"}],
                "messages": [{"role": "User", "content": "Facts of {{ input }}"}],
            },
            {
                "name": "reply",
                "version": 1,
                "variables": [{"name": "input"}, facts],
                "messages": [{"role": "User", "content": "Label of {{ input }}:{{ facts }}"}],
                "generation": {"temperature": "0"},
            },
        ],
        "chains": [chain],
        "exampleSets": [
            {
                "name": "golden",
                "examples": [{"id": f"e{n}", "input": f"t {n}", "label": label_of(n)} for n in range(COUNT)],
            }
        ],
    }


def written(folder: Path, chain: dict[str, Any] = CHAIN, longest: int = 100_000) -> None:
    spec = run_spec(chain="ticket@live", gates=[{"metric": "f1", "op": "AtLeast", "value": "1"}])
    spec["execution"] = {**spec["execution"], "maxErrorFraction": "0.2"}
    del spec["template"]
    write(
        folder,
        resource("EvaluationRun", "quality", spec),
        resource("PromptCatalog", "support", catalog(chain, longest)),
    )


def labels(asked: Asked) -> Behaviour:
    return Says(label_of(int(asked.prompt.partition(":")[0].rsplit(" ", 1)[-1])))


def followed(
    folder: Path, big: Callable[[Asked], Behaviour], tiny: Callable[[Asked], Behaviour] = labels
) -> tuple[Result, OpenAIServer]:
    with openai_server(big, ["big"]) as one, openai_server(tiny) as other:
        done = evaluate(folder, "--endpoint", f"big={one.url}", endpoint=other.url)
    return done, other


def rows(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "out" / "answers" / "model=tiny" / "part-00000.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_each_step_is_asked_of_its_model_and_the_row_keeps_them_all(tmp_path: Path) -> None:
    written(tmp_path)
    done, tiny = followed(tmp_path, lambda asked: Says(f"<{asked.prompt}>"))
    assert done.exit_code == 0, done.output
    assert [r.value for r in status(tmp_path).results if r.metric in ("f1", "coverage", "errors")] == ["1", "1", "0"]
    row = next(row for row in rows(tmp_path) if row["example"] == "golden/e3")
    assert [(s["name"], s["model"]) for s in row["steps"]] == [("extract", "big"), ("reply", "tiny")]
    assert row["steps"][0]["messages"] == [{"role": "user", "content": "Facts of t 3"}]
    assert (
        row["messages"] == row["steps"][1]["messages"] == [{"role": "user", "content": "Label of t 3:<Facts of t 3>"}]
    )
    assert row["output"] == LABELS[3]
    assert row["attempts"] == 2
    assert row["prompt_tokens"] == 6
    extract, reply = row["steps"]
    assert row["request_time"] == pytest.approx(extract["request_time"] + reply["request_time"])
    assert row["time_to_first_token"] == pytest.approx(extract["request_time"] + reply["time_to_first_token"])
    assert {asked.body["model"] for asked in tiny.asked} == {"tiny"}
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["plan"]["chain"] == "ticket@1"
    assert [model["name"] for model in manifest["plan"]["stepModels"]] == ["big"]
    assert [t["name"] for t in manifest["templates"]] == ["extract", "reply"]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_answer_reaches_the_next_step_as_it_is(tmp_path: Path, value: str) -> None:
    written(tmp_path)
    done, tiny = followed(tmp_path, lambda _: Whole(value))
    assert done.exit_code == 0, done.output
    assert {asked.prompt for asked in tiny.asked} == {f"Label of t {n}:{value}" for n in range(COUNT)}


def test_a_second_start_asks_nothing_again_and_a_changed_chain_asks_anew(tmp_path: Path) -> None:
    written(tmp_path)
    with openai_server(lambda _: Says("x"), ["big"]) as big, openai_server(labels) as tiny:
        for asked in (COUNT, COUNT):
            evaluate(tmp_path, "--endpoint", f"big={big.url}", endpoint=tiny.url)
            assert (len(big.asked), len(tiny.asked)) == (asked, asked)
        other = {**CHAIN["steps"][0], "inputs": {"facts": "- {{ steps.extract.output }}"}}
        written(tmp_path, {**CHAIN, "steps": [other, CHAIN["steps"][1]]})
        evaluate(tmp_path, "--endpoint", f"big={big.url}", endpoint=tiny.url)
        assert (len(big.asked), len(tiny.asked)) == (2 * COUNT, 2 * COUNT)
    assert status(tmp_path).results[0].n == COUNT


def test_a_step_that_fails_leaves_the_example_unscored_with_its_name(tmp_path: Path) -> None:
    written(tmp_path)
    refusal = Status(400, body='{"error": {"message": "too long"}}')
    done, tiny = followed(tmp_path, lambda asked: refusal if asked.prompt.endswith(" 2") else Says("x"))
    assert done.exit_code == 0, done.output
    (row,) = (row for row in rows(tmp_path) if row["error"])
    assert row["error"].startswith("step extract: the endpoint refused the request (400)")
    assert [(s["name"], s["output"]) for s in row["steps"]] == [("extract", None)]
    assert len(tiny.asked) == COUNT - 1
    found = {r.metric: r for r in status(tmp_path).results}
    assert (found["f1"].n, found["f1"].unscored) == (COUNT - 1, 1)
    assert (found["errors"].value, found["coverage"].value) == ("0.125", "0.875")


def test_an_answer_that_the_next_template_does_not_take_is_told_without_a_word_of_it(tmp_path: Path) -> None:
    written(tmp_path, longest=5)
    done, tiny = followed(tmp_path, lambda asked: Says("secret" if asked.prompt.endswith(" 2") else "short"))
    (row,) = (row for row in rows(tmp_path) if row["error"])
    assert row["error"] == "step reply: reply@1: variable facts has 6 characters, 5 are the most"
    assert [s["output"] for s in row["steps"]] == ["secret"]
    assert len(tiny.asked) == COUNT - 1
    assert "secret" not in done.output


def test_an_answer_cut_off_in_any_step_counts_as_truncated(tmp_path: Path) -> None:
    written(tmp_path)
    done, _ = followed(tmp_path, lambda asked: Says("x", "length" if asked.prompt.endswith(" 2") else "stop"))
    assert "tiny: 1 answers were cut off" in done.stdout


def test_a_failed_step_is_asked_again_by_the_next_start_and_nothing_else(tmp_path: Path) -> None:
    written(tmp_path)
    faulty = [" 2"]
    answers: Callable[[Asked], Behaviour] = lambda asked: Status(400) if asked.prompt[-2:] in faulty else Says("x")  # noqa: E731
    with openai_server(answers, ["big"]) as big, openai_server(labels) as tiny:
        evaluate(tmp_path, "--endpoint", f"big={big.url}", endpoint=tiny.url)
        faulty.clear()
        done = evaluate(tmp_path, "--endpoint", f"big={big.url}", endpoint=tiny.url)
    assert done.exit_code == 0
    assert (len(big.asked), len(tiny.asked)) == (COUNT + 1, COUNT)
    assert {r.value for r in status(tmp_path).results if r.metric == "errors"} == {"0"}


@pytest.mark.parametrize("order", ["reply extract", "extract reply"])
def test_the_order_in_the_file_changes_nothing(tmp_path: Path, order: str) -> None:
    steps = {step["name"]: step for step in CHAIN["steps"]}
    written(tmp_path, {**CHAIN, "steps": [steps[name] for name in order.split()]})
    done, _ = followed(tmp_path, lambda _: Says("x"))
    assert done.exit_code == 0
    assert {tuple(s["name"] for s in row["steps"]) for row in rows(tmp_path)} == {("extract", "reply")}


def test_a_model_of_a_step_needs_an_endpoint(tmp_path: Path) -> None:
    written(tmp_path)
    done = evaluate(tmp_path, endpoint="http://127.0.0.1:9/v1")
    assert done.exit_code == 2
    assert "model big has no endpoint: add --endpoint big=URL" in done.stderr


def test_an_endpoint_of_nobody_is_refused(tmp_path: Path) -> None:
    written(tmp_path)
    done = evaluate(tmp_path, "--endpoint", "bg=http://127.0.0.1:9/v1", endpoint="http://127.0.0.1:9/v1")
    assert done.exit_code == 2
    assert (
        "--endpoint bg: quality has neither candidate nor step's model of that name; did you mean big?" in done.stderr
    )


def test_a_model_of_a_step_that_is_down_keeps_the_candidate_from_being_measured(tmp_path: Path) -> None:
    written(tmp_path)
    with openai_server(labels) as tiny:
        done = evaluate(tmp_path, "--endpoint", "big=http://127.0.0.1:9/v1", endpoint=tiny.url)
    assert done.exit_code == 4
    assert "tiny: big: http://127.0.0.1:9/v1/models cannot be reached" in done.stderr
    assert tiny.asked == []


def test_a_model_of_a_step_that_refuses_everything_ends_the_run_by_its_name(tmp_path: Path) -> None:
    written(tmp_path)
    done, _ = followed(tmp_path, lambda _: Status(401))
    assert done.exit_code == 4
    assert "tiny: big: the endpoint refuses the API key (401)" in done.stderr


def test_a_chain_that_asks_no_candidate_is_bad_input(tmp_path: Path) -> None:
    steps = [{**step, "model": {"name": "big"}} for step in CHAIN["steps"]]
    written(tmp_path, {**CHAIN, "steps": steps})
    done = evaluate(tmp_path, endpoint="http://127.0.0.1:9/v1")
    assert done.exit_code == 2
    assert "spec.chain: ticket@1: every step names a model of its own" in done.stderr


def test_a_run_of_a_chain_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    written(tmp_path, {**CHAIN, "labels": ["staging"]})
    done = evaluate(tmp_path, endpoint="http://127.0.0.1:9/v1")
    assert done.exit_code == 2
    assert "spec.chain: PromptCatalog support has no chain ticket@live; it has ticket@1, ticket@staging" in done.stderr


def test_the_candidate_may_stand_among_the_models_of_steps(tmp_path: Path) -> None:
    extract = {"name": "extract", "template": "extract@1", "model": {"name": "tiny"}}
    written(tmp_path, {**CHAIN, "steps": [CHAIN["steps"][0], extract]})
    with openai_server(lambda asked: labels(asked) if "Label" in asked.prompt else Says("x")) as tiny:
        done = evaluate(tmp_path, endpoint=tiny.url)
    assert done.exit_code == 0, done.output
    assert len(tiny.asked) == 2 * COUNT
    assert condition(tmp_path, "Complete") == ("True", "Measured")


def test_what_is_not_known_of_one_step_is_not_known_of_the_chain() -> None:
    one = Answer("a", "stop", 3, None, None, 2.0)
    two = Answer("b", "stop", 4, 5, 0.5, 1.0)
    assert whole([one, two]) == Answer("b", "stop", 7, None, 2.5, 3.0)
    assert whole([two, one]) == Answer("a", "stop", 7, None, None, 3.0)
