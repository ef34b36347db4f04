"""EvaluationRuns that must be refused for whom they measure, and on what."""

from typing import Any

from tests.crds.objects import Manifest, evaluation_run
from tests.crds.rows import Refused

NO_TEMPLATE = "must be name@version or name@label, such as summarise@3 or summarise@production"


def _models(*names: str) -> Manifest:
    return evaluation_run(candidates={"models": [{"name": name} for name in names]})


def _selector(**requirement: Any) -> Manifest:
    return evaluation_run(candidates={"selector": {"matchExpressions": [requirement]}})


def _examples(**fields: Any) -> Manifest:
    return evaluation_run(examples={"sets": ["golden"], **fields})


ROWS = (
    Refused("a run without candidates", _models(), "spec.candidates.models", "should have at least 1 items"),
    Refused(
        "neither models nor a selector",
        evaluation_run(candidates={"constraints": ["true"]}),
        "spec.candidates",
        "name at least one model, or give a selector",
    ),
    Refused(
        "a selector of everything",
        evaluation_run(candidates={"selector": {}}),
        "spec.candidates.selector",
        "an empty selector would match everything: give matchLabels or matchExpressions",
    ),
    Refused(
        "a selector of everything, in more words",
        evaluation_run(candidates={"selector": {"matchLabels": {}, "matchExpressions": []}}),
        "spec.candidates.selector",
        "an empty selector would match everything",
    ),
    Refused(
        "a label that is none",
        evaluation_run(candidates={"selector": {"matchLabels": {"a b": "c"}}}),
        "spec.candidates.selector.matchLabels",
        "must be a label key",
    ),
    Refused(
        "In without values",
        _selector(key="tier", operator="In"),
        "spec.candidates.selector.matchExpressions[0]",
        "In and NotIn need values; Exists and DoesNotExist take none",
    ),
    Refused(
        "Exists with values",
        _selector(key="tier", operator="Exists", values=["a"]),
        "spec.candidates.selector.matchExpressions[0]",
        "In and NotIn need values; Exists and DoesNotExist take none",
    ),
    Refused(
        "an empty constraint",
        evaluation_run(candidates={"models": [{"name": "m"}], "constraints": [""]}),
        "spec.candidates.constraints[0]",
        "at least 1 char",
    ),
    Refused(
        "a constraint twice",
        evaluation_run(candidates={"models": [{"name": "m"}], "constraints": ["true", "true"]}),
        "spec.candidates.constraints[1]",
        "Duplicate value",
    ),
    Refused("a candidate twice", _models("a", "b", "a"), "spec.candidates.models[2]", "Duplicate value"),
    Refused("an empty candidate", _models(""), "spec.candidates.models[0].name", "must be the name of an object"),
    Refused(
        "too many candidates", _models(*(f"m{n}" for n in range(21))), "spec.candidates.models", "at most 20 items"
    ),
    Refused("a run without a catalogue", evaluation_run(catalog=None), "spec.catalog", "Required value"),
    Refused(
        "examples of an unknown provenance",
        evaluation_run(examples={"sets": ["golden"], "provenance": ["Web"]}),
        "spec.examples.provenance[0]",
        'supported values: "Human", "Feedback", "Synthetic", "Import"',
    ),
    Refused("a template without a version", evaluation_run(template="triage"), "spec.template", NO_TEMPLATE),
    Refused("version zero of a template", evaluation_run(template="triage@0"), "spec.template", NO_TEMPLATE),
    Refused("an empty template", evaluation_run(template=""), "spec.template", NO_TEMPLATE),
    Refused("a template with two versions", evaluation_run(template="triage@1@2"), "spec.template", NO_TEMPLATE),
    Refused("no example sets", _examples(sets=[]), "spec.examples.sets", "should have at least 1 items"),
    Refused("an example set twice", _examples(sets=["a", "a"]), "spec.examples.sets[1]", "Duplicate value"),
    Refused(
        "a sample of everything",
        _examples(sample={"strategy": "Random"}),
        "spec.examples",
        "sample chooses among too many: give limit as well",
    ),
    Refused(
        "a strategy that nobody knows",
        _examples(limit=5, sample={"strategy": "Best"}),
        "spec.examples.sample.strategy",
        'supported values: "Random", "Stratified"',
    ),
    Refused("a limit of zero", _examples(limit=0), "spec.examples.limit", "greater than or equal to 1"),
    Refused(
        "a negative seed",
        _examples(limit=5, sample={"strategy": "Random", "seed": -1}),
        "spec.examples.sample.seed",
        "equal to 0",
    ),
    Refused(
        "a price list without a key",
        evaluation_run(prices={"configMap": {"name": "prices"}}),
        "spec.prices.configMap.key",
        "",
    ),
)
