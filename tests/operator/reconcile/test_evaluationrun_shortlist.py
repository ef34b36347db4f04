"""Candidates by labels and constraints on a real control plane."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.operator.evaluation_bench import Bench
from tests.support.openai_server import OpenAIServer

ALLOWED: dict[str, Any] = {"card": {"license": {"commercialUse": "Allowed"}}}
FORBIDDEN: dict[str, Any] = {"card": {"license": {"commercialUse": "Forbidden"}}}
COMMERCIAL = "card.license.commercialUse == 'Allowed'"


class Models:
    """Models that carry the run's own label, so that no other test's run selects them."""

    def __init__(self, bench: Bench, url: str) -> None:
        self.bench, self.url = bench, url
        self.made: set[str] = set()

    def apply(self, name: str, *, listed: bool = True, **spec: Any) -> str:
        whole = f"{name}-{self.bench.run}"
        self.bench.apply_model(whole, self.url, {"list": self.bench.run if listed else "none"}, **spec)
        self.made.add(whole)
        return whole

    def run(self, **candidates: Any) -> None:
        selector = {"matchLabels": {"list": self.bench.run}}
        self.bench.apply_run({"candidates": {"selector": selector, **candidates}, "execution": {"parallelism": 4}})

    def asked(self) -> list[str]:
        """Name the candidates of the Job there is."""
        plans = self.bench.plans()
        found = self.bench.api.find(self.bench.path("configmap", plans[0])) if len(plans) == 1 else None
        plan = found["data"]["plan.json"] if found else ""
        return [name for name in sorted(self.made) if f'"name": "{name}"' in plan]


@pytest.fixture
def models(bench: Bench, server: OpenAIServer) -> Iterator[Models]:
    made = Models(bench, server.url)
    yield made
    for name in made.made:
        if bench.api.find(bench.path("fm", name)):
            bench.delete("fm", name)


def test_a_model_that_comes_changes_the_inputs_and_one_that_goes_does_too(bench: Bench, models: Models) -> None:
    first = models.apply("first")
    models.apply("stranger", listed=False)
    models.run()
    bench.measure(0, first)
    bench.wait_for("Complete", "Measured")
    assert models.asked() == [first]
    before = bench.status()["inputsHash"]

    second = models.apply("second")
    bench.wait("the second model", lambda: models.asked() == [first, second])
    bench.wait("other inputs", lambda: bench.status()["inputsHash"] != before)
    assert [past["inputsHash"] for past in bench.status()["history"]] == [before]

    models.apply("first", listed=False)
    bench.wait("the first one to go", lambda: models.asked() == [second])
    models.apply("first")
    bench.wait("it to come back", lambda: models.asked() == [first, second])
    bench.delete("fm", second)
    bench.wait("the second one to go", lambda: models.asked() == [first])


def test_who_breaks_a_constraint_is_excluded_with_the_reason_until_its_card_says_otherwise(
    bench: Bench, models: Models
) -> None:
    good, bad = models.apply("good", **ALLOWED), models.apply("bad", **FORBIDDEN)
    unsaid, embedder = models.apply("unsaid"), models.apply("embedder", task="Embedding", **ALLOWED)
    models.run(constraints=[COMMERCIAL])
    bench.wait("the plan", lambda: models.asked() == [good])
    bench.wait("the status", lambda: len(bench.status().get("excluded", ())) == 3)
    assert {each["model"]: each["reason"] for each in bench.status()["excluded"]} == {
        bad: f"{COMMERCIAL} is not true",
        embedder: "its task is Embedding; prompts are answered by Chat and Completion",
        unsaid: f"{COMMERCIAL}: its card has no license",
    }
    models.apply("bad", **ALLOWED)
    bench.wait("the changed card", lambda: models.asked() == sorted([good, bad]))
    bench.wait("two excluded ones", lambda: len(bench.status()["excluded"]) == 2)
    assert bad not in {each["model"] for each in bench.status()["excluded"]}


def test_a_named_model_is_judged_like_a_selected_one(bench: Bench, models: Models) -> None:
    good, named = models.apply("good", **ALLOWED), models.apply("named", listed=False, **FORBIDDEN)
    models.run(models=[{"name": named}], constraints=[COMMERCIAL])
    bench.wait("the plan", lambda: models.asked() == [good])
    bench.wait("the excluded one", lambda: [e["model"] for e in bench.status().get("excluded", ())] == [named])


def test_no_candidate_is_said_and_waited_for(bench: Bench, models: Models) -> None:
    models.run(constraints=[COMMERCIAL])
    expected = "spec.candidates: no FoundationModel matches candidates.selector"
    assert bench.wait_for("Ready", "NoCandidates") == ("False", expected)
    assert bench.condition("Reconciling")[0] == "True"
    bad = models.apply("bad", **FORBIDDEN)
    excluded = f"spec.candidates: every model is excluded: {bad}: {COMMERCIAL} is not true"
    bench.wait("the excluded one", lambda: bench.condition("Ready")[2] == excluded)
    models.apply("bad", **ALLOWED)
    bench.wait("a candidate", lambda: models.asked() == [bad])


def test_a_constraint_that_is_none_stalls_with_its_place(bench: Bench, models: Models) -> None:
    models.apply("good", **ALLOWED)
    models.run(constraints=[COMMERCIAL, "card.license =="])
    status, message = bench.wait_for("Ready", "ConstraintInvalid")
    assert status == "False"
    assert message.startswith("spec.candidates.constraints[1]: card.license ==: is no CEL expression")
    assert bench.condition("Stalled")[0] == "True"
    assert bench.jobs() == []


def test_more_models_than_a_run_compares_stall_it(bench: Bench, models: Models) -> None:
    for number in range(21):
        models.apply(f"m{number:02}")
    models.run()
    status, message = bench.wait_for("Ready", "TooManyCandidates")
    assert (status, message) == (
        "False",
        "spec.candidates: 21 models are meant, and a run compares at most 20: narrow selector or constraints",
    )
    assert bench.condition("Stalled")[0] == "True"
