"""Evaluations of chains on a real control plane: the models that steps name count like the candidates."""

import json
from pathlib import Path
from typing import Any

from tests.operator.evaluation_bench import Bench
from tests.operator.evaluation_samples import catalog_manifest
from tests.support.openai_server import Says, Whole, openai_server

RUN = {"template": None, "chain": "ticket@live"}


def chained(bench: Bench, **changes: Any) -> dict[str, Any]:
    """The catalogue with a chain whose first step is answered by the test's own model."""
    ask = {"name": "ask", "template": "classify@2", "inputs": {"input": "{{ steps.extract.output }}"}}
    extract = {"name": "extract", "template": "classify@1", "model": {"name": f"big-{bench.run}"}, **changes}
    return {**catalog_manifest()["spec"], "chains": [chain(ask, extract)]}


def chain(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"name": "ticket", "version": 1, "labels": ["live"], "steps": list(steps)}


def test_the_real_runner_follows_a_chain_over_two_models(bench: Bench, tmp_path: Path) -> None:
    with openai_server(lambda asked: Whole("pong") if asked.prompt == "ping" else Says("facts {{ 7*7 }}")) as server:
        bench.apply_model(f"big-{bench.run}", server.url)
        bench.apply_catalog(chained(bench))
        bench.apply_run(RUN)
        assert bench.play(tmp_path) == 0
    assert bench.wait_for("Complete", "Measured")[0] == "True"
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert (plan["chain"], [model["name"] for model in plan["stepModels"]]) == ("ticket@1", [f"big-{bench.run}"])
    (lines,) = (tmp_path / "sink").rglob("part-00000.jsonl")
    rows = [json.loads(line) for line in lines.read_text().splitlines()]
    assert {row["messages"][-1]["content"] for row in rows} == {"Which kind of ticket is this? facts {{ 7*7 }}"}
    figures = {r["metric"]: r["value"] for r in bench.status()["results"]}
    assert (figures["label.accuracy"], figures["coverage"]) == ("0.5", "1")
    assert bench.status("pc", bench.catalog)["counts"]["chains"] == 1


def test_a_model_that_a_step_names_is_waited_for_and_another_version_of_it_measures_anew(bench: Bench) -> None:
    name = f"big-{bench.run}"
    bench.apply_catalog(chained(bench))
    bench.apply_run(RUN)
    status, message = bench.wait_for("InputsResolved", "StepModelNotFound")
    assert (status, message) == ("False", f"spec.chain: a step of ticket@1: there is no FoundationModel {name}")
    with openai_server(lambda _: Whole("pong"), ["tiny", "other"]) as server:
        bench.apply_model(name, server.url)
        first = bench.job()["metadata"]["name"]
        source = {"service": {"url": server.url.removesuffix("/v1"), "model": "other"}}
        bench.apply_model(name, server.url, source=source)
        bench.wait("a Job for the changed model", lambda: bench.jobs() not in ([first], []))


def test_a_circle_is_told_and_the_last_valid_chain_stays_in_force(bench: Bench) -> None:
    bench.apply_catalog(chained(bench, model={"name": "small"}))
    bench.wait_for("Ready", "Bundled", "pc", bench.catalog)
    before = bench.status("pc", bench.catalog)
    circle = chain(
        {"name": "a", "template": "classify@1", "inputs": {"input": "{{ steps.b.output }}"}},
        {"name": "b", "template": "classify@1", "inputs": {"input": "{{ steps.a.output }}"}},
    )
    bench.apply_catalog(
        {"chains": [*chained(bench, model={"name": "small"})["chains"], {**circle, "version": 2, "labels": []}]}
    )
    status, message = bench.wait_for("Valid", "InvalidEntry", "pc", bench.catalog)
    assert status == "False"
    assert message.startswith("spec.chains[ticket@2].steps: wait for each other in a circle: ")
    after = bench.status("pc", bench.catalog)
    assert (after["digest"], after["bundle"], after["counts"]) == (before["digest"], before["bundle"], before["counts"])
    bench.apply_run(RUN)
    assert bench.wait_for("InputsResolved", "InputsResolved")[0] == "True"
