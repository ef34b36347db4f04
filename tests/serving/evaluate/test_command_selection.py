"""`fmops evaluate` with several candidates: the same choice as in the cluster, from the manifests' cards."""

from pathlib import Path
from typing import Any

import pytest

from tests.serving.evaluate.laptop import condition, evaluate, resource, run_spec, status, write
from tests.serving.evaluate.plans import catalog_spec
from tests.serving.evaluate.runs import right
from tests.support.openai_server import Asked, Behaviour, Says, openai_server

BY_F1 = {"metric": "f1", "goal": "Maximize", "priority": 0}
BY_PRICE = {"metric": "card.pricing.outputPerMillionTokens", "goal": "Minimize", "priority": 1}


def model(name: str, url: str, price: str | None, **spec: Any) -> dict[str, Any]:
    card = {"pricing": {"inputPerMillionTokens": "1", "outputPerMillionTokens": price}} if price else {}
    service = {"url": url.removesuffix("/v1"), "model": "tiny"}
    return resource("FoundationModel", name, {"task": "Chat", "source": {"service": service}, "card": card, **spec})


def write_all(folder: Path, models: list[dict[str, Any]], **spec: Any) -> None:
    names = [{"name": each["metadata"]["name"]} for each in models]
    run = run_spec(**{"candidates": {"models": names}, "gates": [], **spec})
    catalog = resource("PromptCatalog", "support", catalog_spec(20))
    write(folder, resource("EvaluationRun", "quality", run), catalog, *models)


def listed(manifest: dict[str, Any], **labels: str) -> dict[str, Any]:
    return {**manifest, "metadata": {**manifest["metadata"], "labels": labels}}


def wrong(_: Asked) -> Behaviour:
    return Says("billing")


def test_the_better_model_is_selected_and_the_table_says_why(folder: Path) -> None:
    with openai_server(right) as good, openai_server(wrong) as bad:
        models = [model("cheap", bad.url, "1"), model("sound", good.url, "9")]
        write_all(folder, models, selection={"criteria": [BY_F1, BY_PRICE]})
        done = evaluate(folder)
    assert done.exit_code == 0, done.output
    found = status(folder)
    assert found.selected is not None
    assert found.selected.model == "sound"
    assert found.selected.reason.startswith("ahead of cheap by f1: 1 [0.8")
    assert [(each.model, each.rank) for each in found.ranking] == [("sound", 1), ("cheap", 2)]
    assert found.pareto_front == ["cheap", "sound"]
    assert condition(folder, "Selected") == ("True", "Selected")
    assert "ahead of cheap by f1" in done.stdout


def test_a_gate_bars_the_cheaper_model_without_failing_the_run(folder: Path) -> None:
    gates = [{"metric": "f1", "op": "AtLeast", "value": "0.5", "bound": "Lower"}]
    with openai_server(right) as good, openai_server(wrong) as bad:
        models = [model("cheap", bad.url, "1"), model("sound", good.url, "9")]
        write_all(folder, models, gates=gates, selection={"criteria": [{**BY_PRICE, "priority": 0}]})
        done = evaluate(folder)
    assert done.exit_code == 0, done.output
    assert {g.model: g.verdict for g in status(folder).gates} == {"cheap": "Failed", "sound": "Passed"}
    assert status(folder).selected.model == "sound"  # type: ignore[union-attr]
    assert condition(folder, "GatePassed") == ("True", "Passed")
    assert status(folder).ranking[1].reason.startswith("cannot be selected: it fails a gate: f1")


def test_who_breaks_a_constraint_on_results_is_named_with_the_figure(folder: Path) -> None:
    limits = ["results.coverage.value == 1.0 && results.f1.low >= 0.5"]
    with openai_server(right) as good, openai_server(wrong) as bad:
        models = [model("cheap", bad.url, "1"), model("sound", good.url, "9")]
        write_all(folder, models, selection={"criteria": [{**BY_PRICE, "priority": 0}], "constraints": limits})
        done = evaluate(folder)
    assert done.exit_code == 0, done.output
    assert status(folder).selected.model == "sound"  # type: ignore[union-attr]
    assert (
        status(folder)
        .ranking[1]
        .reason.startswith(f"cannot be selected: it breaks a constraint: {limits[0]} is not true: coverage is 1 [0.8")
    )
    assert "it breaks a constraint" in done.stdout


def test_a_tie_selects_nobody_and_ends_with_3(folder: Path) -> None:
    with openai_server(right) as one:
        write_all(folder, [model("a", one.url, "1"), model("b", one.url, "1")], selection={"criteria": [BY_F1]})
        done = evaluate(folder)
    assert done.exit_code == 3, done.output
    assert status(folder).selected is None
    assert condition(folder, "Selected") == ("Unknown", "Tied")


def test_a_model_without_a_card_is_not_ranked_by_price(folder: Path) -> None:
    with openai_server(right) as one:
        models = [model("free", one.url, "0"), model("unsaid", one.url, None)]
        write_all(folder, models, selection={"criteria": [{**BY_PRICE, "priority": 0}]})
        assert evaluate(folder).exit_code == 0
    assert [(each.model, each.rank) for each in status(folder).ranking] == [("free", 1), ("unsaid", None)]


def test_who_could_not_be_measured_leaves_the_choice_open(folder: Path) -> None:
    with openai_server(right) as one:
        models = [model("up", one.url, "1"), model("down", "http://127.0.0.1:9/v1", "1")]
        write_all(folder, models, selection={"criteria": [BY_F1]})
        done = evaluate(folder)
    assert done.exit_code == 4, done.output
    assert condition(folder, "Selected") == ("Unknown", "Undecided")
    assert status(folder).ranking == []


SUPPORT = {"selector": {"matchLabels": {"list": "support"}}}


def test_candidates_are_those_among_the_files_that_the_selector_and_the_constraints_leave(folder: Path) -> None:
    with openai_server(right) as one:
        models = [
            listed(model("good", one.url, "1"), list="support"),
            listed(model("dear", one.url, "9"), list="support"),
            listed(model("other", one.url, "1"), list="sales"),
        ]
        write_all(folder, models, candidates={**SUPPORT, "constraints": ["card.pricing.outputPerMillionTokens < 5.0"]})
        done = evaluate(folder)
    assert done.exit_code == 0, done.output
    assert {r.model for r in status(folder).results} == {"good"}
    [excluded] = status(folder).excluded
    assert (excluded.model, excluded.reason) == ("dear", "card.pricing.outputPerMillionTokens < 5.0 is not true")
    assert "not compared: dear: card.pricing.outputPerMillionTokens < 5.0 is not true" in done.stdout


def test_a_constraint_on_what_is_never_measured_ends_with_2_before_anybody_is_asked(folder: Path) -> None:
    selection = {"criteria": [BY_F1], "constraints": ["results.f2.low > 0.5"]}
    write_all(folder, [model("good", "http://127.0.0.1:9/v1", "1")], selection=selection)
    done = evaluate(folder)
    assert done.exit_code == 2, done.output
    assert "spec.selection.constraints[0]: results.f2.low > 0.5: the run has no figure f2" in done.stderr


@pytest.mark.parametrize(
    ("candidates", "words"),
    [
        (SUPPORT, "quality has no candidate: no FoundationModel among the files matches"),
        (
            {"models": [{"name": "good"}], "constraints": ["card.openness == 'OpenWeights'"]},
            "quality has no candidate: good: card.openness == 'OpenWeights': its card has no openness",
        ),
        (
            {"models": [{"name": "absent"}], "constraints": ["true"]},
            "candidates.constraints look at cards: add the FoundationModel absent with -f",
        ),
        (
            {"models": [{"name": "good"}], "constraints": ["card.openness = 1"]},
            "spec.candidates.constraints[0]: card.openness = 1: is no CEL expression",
        ),
    ],
)
def test_candidates_that_cannot_be_found_end_with_2(folder: Path, candidates: dict[str, Any], words: str) -> None:
    write_all(folder, [model("good", "http://127.0.0.1:9/v1", "1")], candidates=candidates)
    done = evaluate(folder)
    assert done.exit_code == 2, done.output
    assert words in done.stderr
