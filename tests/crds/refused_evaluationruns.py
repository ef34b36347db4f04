"""EvaluationRuns that must be refused."""

from typing import Any

from tests.crds.objects import Manifest, evaluation_run, gate
from tests.crds.rows import Refused

BY_F1: Manifest = {"metric": "f1", "goal": "Maximize", "priority": 0}
LATENCY = {"name": "latency", "type": "Latency"}
NO_METRIC = (
    "a gate names one of the run's metrics, judges or juries, a part of one (such as latency.request.p95),"
    " coverage, errors, truncated or cost"
)
NO_TEMPLATE = "must be name@version or name@label, such as summarise@3 or summarise@production"


def _models(*names: str) -> Manifest:
    return evaluation_run(candidates={"models": [{"name": name} for name in names]})


def _selector(**requirement: Any) -> Manifest:
    return evaluation_run(candidates={"selector": {"matchExpressions": [requirement]}})


def _examples(**fields: Any) -> Manifest:
    return evaluation_run(examples={"sets": ["golden"], **fields})


def _metric(**fields: Any) -> Manifest:
    return evaluation_run(metrics=[{"name": "figure", **fields}])


def _gate(**fields: Any) -> Manifest:
    return evaluation_run(gates=[gate(**fields)])


def _latency_gate(metric: str, value: str) -> Manifest:
    return evaluation_run(metrics=[LATENCY], gates=[gate(metric=metric, op="AtMost", value=value)])


def _selection(*criteria: Manifest, **fields: Any) -> Manifest:
    """A run that selects, by f1 when nothing else is said."""
    chosen = list(criteria) or [BY_F1]
    return evaluation_run(selection={"criteria": chosen, **fields})


def _weighted(**fields: Any) -> Manifest:
    criterion = {"metric": "f1", "goal": "Maximize", "weight": "1", "scale": {"worst": "0", "best": "1"}, **fields}
    return _selection({k: v for k, v in criterion.items() if v is not None}, strategy="Weighted")


def _scaled_gate(kind: str, metric: str, value: str, **fields: Any) -> Manifest:
    return evaluation_run(metrics=[{"name": "m", "type": kind, **fields}], gates=[gate(metric=metric, value=value)])


def _execution(**fields: Any) -> Manifest:
    return evaluation_run(execution=fields)


def _store(uri: str = "s3://lake", **more: object) -> Manifest:
    return evaluation_run(sink={"objectStore": {"uri": uri, **more}})


def _sink(path: str) -> Manifest:
    return evaluation_run(sink={"persistentVolumeClaim": {"claimName": "rows", "path": path}})


def _against(**spec: Any) -> Manifest:
    """A run of two models with a baseline; `spec` replaces fields, None takes one away."""
    fields: dict[str, Any] = {
        "candidates": {"models": [{"name": "model"}, {"name": "small"}]},
        "baseline": {"name": "small"},
        "sink": {"persistentVolumeClaim": {"claimName": "rows"}},
        "gates": [gate(against="Baseline", value="-0.01")],
    }
    return evaluation_run(**{**fields, **spec})


ROWS = (
    Refused(
        "a baseline that is no candidate",
        _against(baseline={"name": "other"}),
        "spec",
        "baseline must be one of candidates.models",
    ),
    Refused(
        "a baseline and nobody to compare with it",
        _against(candidates={"models": [{"name": "small"}]}),
        "spec",
        "baseline needs another candidate that is compared with it",
    ),
    Refused("a comparison that has no place to read from", _against(sink=None), "spec", "baseline needs sink"),
    Refused("a gate against no baseline", _against(baseline=None), "spec", "a gate against Baseline needs baseline"),
    Refused(
        "a gate against something else",
        _against(gates=[gate(against="Best")]),
        "spec.gates[0].against",
        'Unsupported value: "Best"',
    ),
    Refused(
        "a difference of shares above one",
        _against(gates=[gate(against="Baseline", value="1.5")]),
        "spec",
        "a gate against Baseline has a difference of shares as value",
    ),
    Refused(
        "a difference of Bleu above one hundred",
        _against(
            metrics=[{"name": "bleu", "type": "Bleu"}],
            gates=[gate(metric="bleu", against="Baseline", value="-101")],
        ),
        "spec",
        "a gate against Baseline has a difference from -100 to 100 as value",
    ),
    Refused(
        "a difference of cosines above two",
        _against(
            metrics=[{"name": "m", "type": "Cosine", "embedder": {"name": "minilm"}}],
            gates=[gate(metric="m", against="Baseline", value="2.5")],
        ),
        "spec",
        "a gate against Baseline has a difference from -2 to 2 as value when it looks at Cosine",
    ),
    Refused(
        "a latency against the baseline",
        _against(
            metrics=[{"name": "latency", "type": "Latency"}],
            gates=[gate(metric="latency.request.p95", against="Baseline", value="0.1")],
        ),
        "spec",
        "looks at answers, not at latency",
    ),
    Refused(
        "a null control in words",
        _against(baseline={"name": "small", "nullControl": "yes"}),
        "spec.baseline.nullControl",
        "must be of type boolean",
    ),
    Refused("no repeat at all", evaluation_run(repeats=0), "spec.repeats", "greater than or equal to 1"),
    Refused("too many repeats", evaluation_run(repeats=21), "spec.repeats", "less than or equal to 20"),
    Refused(
        "more errors than everything",
        _execution(maxErrorFraction="1.1"),
        "spec.execution.maxErrorFraction",
        "must be a fraction from 0 to 1",
    ),
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
    Refused("no metrics", evaluation_run(metrics=[]), "spec.metrics", "should have at least 1 items"),
    Refused(
        "a metric that has not landed",
        _metric(type="BertScore"),
        "spec.metrics[0].type",
        'supported values: "ExactMatch"',
    ),
    Refused(
        "too many metrics",
        evaluation_run(metrics=[{"name": f"m{n}", "type": "Refusal"} for n in range(17)]),
        "spec.metrics",
        "at most 16 items",
    ),
    Refused(
        "a metric's name with a dot",
        _metric(name="f.1", type="Latency"),
        "spec.metrics[0].name",
        "must be letters and digits",
    ),
    Refused(
        "a metric with the name of a built-in",
        _metric(name="coverage", type="ExactMatch"),
        "spec.metrics[0]",
        "coverage, errors and truncated are built in: choose another name",
    ),
    Refused(
        "a metric with the name of the newest built-in",
        _metric(name="truncated", type="Refusal"),
        "spec.metrics[0]",
        "coverage, errors and truncated are built in: choose another name",
    ),
    Refused(
        "a metric of another type that is called cost",
        _metric(name="cost", type="ExactMatch"),
        "spec.metrics[0]",
        "cost is built in: choose another name for a metric of another type",
    ),
    Refused(
        "a price list without a key",
        evaluation_run(prices={"configMap": {"name": "prices"}}),
        "spec.prices.configMap.key",
        "",
    ),
    Refused(
        "a gate on a cost below nothing",
        _gate(metric="cost", op="AtMost", value="-0.01"),
        "spec",
        "a gate's value is zero or more when it looks at cost",
    ),
    Refused(
        "a gate on a level of a run without a ladder",
        _gate(metric="throughput.requests.c8", value="1"),
        "spec",
        "a gate on speed under load, such as throughput.requests.c8, needs performance",
    ),
    Refused(
        "a gate on speed below nothing",
        evaluation_run(performance={"concurrency": [8]}, gates=[gate(metric="throughput.requests.c8", value="-1")]),
        "spec",
        "a gate's value is zero or more",
    ),
    Refused(
        "the same level twice",
        evaluation_run(performance={"concurrency": [8, 8]}),
        "spec.performance.concurrency[1]",
        "Duplicate value",
    ),
    Refused(
        "a level of more requests at once than a client keeps",
        evaluation_run(performance={"concurrency": [1025]}),
        "spec.performance.concurrency[0]",
        "1024",
    ),
    Refused(
        "a ladder of loads beside a budget",
        evaluation_run(
            performance={"concurrency": [1]},
            sink={"persistentVolumeClaim": {"claimName": "rows"}},
            execution={"budget": {"tokens": 1000}},
        ),
        "spec",
        "execution.budget does not count what a ladder of loads takes",
    ),
    Refused(
        "a ladder of loads for a chain",
        evaluation_run(template=None, chain="ticket@1", performance={"concurrency": [1]}),
        "spec",
        "performance needs template: what a chain asks depends on earlier answers",
    ),
    Refused(
        "the same metric twice",
        evaluation_run(metrics=[LATENCY, LATENCY]),
        "spec.metrics[1]",
        "Duplicate value",
    ),
    Refused(
        "an average of an exact match",
        _metric(type="ExactMatch", average="Macro"),
        "spec.metrics[0]",
        "average belongs to type Classification",
    ),
    Refused(
        "a normalised classification",
        _metric(type="Classification", normalize="Squad"),
        "spec.metrics[0]",
        "normalize belongs to type ExactMatch, TokenF1 and WordErrorRate",
    ),
    Refused("a pattern of Rouge", _metric(type="Rouge", pattern="x"), "spec.metrics[0]", "pattern belongs to type"),
    Refused("a schema of Regex", _metric(type="Regex", pattern="x", schema={}), "spec.metrics[0]", "schema belongs to"),
    Refused(
        "a Cosine without one", _metric(type="Cosine"), "spec.metrics[0]", "type Cosine needs embedder: the Foundat"
    ),
    Refused(
        "an embedder of Rouge",
        _metric(type="Rouge", embedder={"name": "minilm"}),
        "spec.metrics[0]",
        "embedder belongs to type Cosine",
    ),
    Refused("a stemmer of Bleu", _metric(type="Bleu", stemmer="Porter"), "spec.metrics[0]", "stemmer belongs to type"),
    Refused("a tokenizer of Chrf", _metric(type="Chrf", tokenizer="13a"), "spec.metrics[0]", "tokenizer belongs to"),
    Refused(
        "a tolerance of an exact match",
        _metric(type="ExactMatch", tolerance={"absolute": "1"}),
        "spec.metrics[0]",
        "tolerance belongs to type Numeric",
    ),
    Refused(
        "a unit of Latency", _metric(type="Latency", unit="Words"), "spec.metrics[0]", "unit belongs to type Length"
    ),
    Refused("a variant of Bleu", _metric(type="Bleu", variant="L"), "spec.metrics[0]", "variant belongs to type Rouge"),
    Refused(
        "a threshold of Refusal",
        _metric(type="Refusal", threshold="0.5"),
        "spec.metrics[0]",
        "threshold belongs to type Toxicity",
    ),
    Refused(
        "a threshold in per cent",
        _metric(type="Toxicity", threshold="50"),
        "spec.metrics[0].threshold",
        "must be a fraction from 0 to 1",
    ),
    Refused("words of Rouge", _metric(type="Rouge", wordOrder=2), "spec.metrics[0]", "wordOrder belongs to type Chrf"),
    Refused("a Regex of nothing", _metric(type="Regex"), "spec.metrics[0]", "type Regex needs pattern: what to look"),
    Refused("a JsonSchema without one", _metric(type="JsonSchema"), "spec.metrics[0]", "type JsonSchema needs schema"),
    Refused("a length in no unit", _metric(type="Length"), "spec.metrics[0]", "type Length needs unit: Tokens, Words"),
    Refused(
        "a pattern that is none",
        _metric(type="Regex", pattern="(a"),
        "spec.metrics[0]",
        "pattern must be a regular expression as RE2 knows them",
    ),
    Refused(
        "a pattern with look-around",
        _metric(type="Regex", pattern="a(?=b)"),
        "spec.metrics[0]",
        "pattern must be a regular expression as RE2 knows them",
    ),
    Refused("an empty pattern", _metric(type="Regex", pattern=""), "spec.metrics[0].pattern", "should be at least 1"),
    Refused(
        "a tolerance of nothing",
        _metric(type="Numeric", tolerance={}),
        "spec.metrics[0].tolerance",
        "a tolerance needs absolute or relative",
    ),
    Refused(
        "a tolerance below zero",
        _metric(type="Numeric", tolerance={"absolute": "-1"}),
        "spec.metrics[0].tolerance.absolute",
        "must be a distance of zero or more, such as 0.01",
    ),
    Refused(
        "a variant as a number", _metric(type="Rouge", variant=1), "spec.metrics[0].variant", "must be of type string"
    ),
    Refused("three words of Chrf", _metric(type="Chrf", wordOrder=3), "spec.metrics[0].wordOrder", "or equal to 2"),
    Refused("slices by nothing", evaluation_run(slices=[]), "spec.slices", "should have at least 1 items"),
    Refused("slices by tag twice", evaluation_run(slices=["Tag", "Tag"]), "spec.slices[1]", "Duplicate value"),
    Refused("slices by length", evaluation_run(slices=["Length"]), "spec.slices[0]", 'values: "Tag", "Language"'),
    Refused("a gate on a metric that is not there", _gate(metric="rougeL"), "spec", NO_METRIC),
    Refused("a gate on a part that is not there", _gate(metric="f1.f2"), "spec", NO_METRIC),
    Refused("a gate on latency as a whole", _latency_gate("latency", "5"), "spec", NO_METRIC),
    Refused("an empty metric of a gate", _gate(metric=""), "spec.gates[0].metric", "must be the name of a metric"),
    Refused(
        "a gate's value in per cent",
        _gate(value="80"),
        "spec",
        "a gate's value is a share from 0 to 1, such as 0.8 for 80 %, unless it looks at cost, latency, length, a word",
    ),
    Refused(
        "a share of more than everything, of right numbers",
        _scaled_gate("Numeric", "m", "80"),
        "spec",
        "a gate's value is a share from 0 to 1",
    ),
    Refused(
        "a share of more than everything, of a part",
        _scaled_gate("Rouge", "m.recall", "1.5"),
        "spec",
        "a gate's value is a share from 0 to 1",
    ),
    Refused(
        "more than a hundred points of Bleu",
        _scaled_gate("Bleu", "m", "100.5"),
        "spec",
        "a gate's value is from 0 to 100 when it looks at Bleu or Chrf",
    ),
    Refused(
        "a cosine above one",
        _scaled_gate("Cosine", "m", "1.5", embedder={"name": "minilm"}),
        "spec",
        "a gate's value is from -1 to 1 when it looks at Cosine",
    ),
    Refused("less than no points of Chrf", _scaled_gate("Chrf", "m", "-1"), "spec", "a gate's value is from 0 to 100"),
    Refused(
        "a length below zero",
        _scaled_gate("Length", "m.p95", "-1", unit="Words"),
        "spec",
        "a gate's value is zero or more",
    ),
    Refused(
        "a word error rate below zero", _scaled_gate("WordErrorRate", "m", "-0.1"), "spec", "a gate's value is zero or"
    ),
    Refused("a gate on a part of an exact match", _scaled_gate("ExactMatch", "m.p50", "0.5"), "spec", NO_METRIC),
    Refused(
        "a gate's value below zero",
        _latency_gate("latency.request.p95", "-5"),
        "spec",
        "a gate's value is zero or more when it looks at cost, latency (in seconds), length or a word error rate",
    ),
    Refused(
        "a gate's value with a unit",
        _latency_gate("latency.request.p95", "5s"),
        "spec.gates[0].value",
        "must be a decimal number such as 0.8",
    ),
    Refused("a gate's value as a number", _gate(value=0.8), "spec.gates[0].value", "must be of type string"),
    Refused(
        "a gate that compares by a sign", _gate(op=">="), "spec.gates[0].op", 'supported values: "AtLeast", "AtMost"'
    ),
    Refused(
        "a bound nobody knows",
        _gate(bound="Middle"),
        "spec.gates[0].bound",
        'supported values: "Lower", "Upper", "Point"',
    ),
    Refused(
        "no confidence at all",
        _gate(confidence="0.0"),
        "spec.gates[0].confidence",
        "must be a confidence between 0 and 1",
    ),
    Refused(
        "a confidence of everything", _gate(confidence="1"), "spec.gates[0].confidence", "must be a confidence between"
    ),
    Refused("a choice by nothing", evaluation_run(selection={"criteria": []}), "spec.selection.criteria", "at least 1"),
    Refused("a choice in no direction", _selection({"metric": "f1"}), "spec.selection.criteria[0].goal", "Required"),
    Refused(
        "a strategy of chance",
        _selection(strategy="Random"),
        "spec.selection.strategy",
        'supported values: "Lexicographic", "Weighted", "Pareto"',
    ),
    Refused(
        "a choice by a figure that the run does not measure",
        _selection({**BY_F1, "metric": "rougeL"}),
        "spec",
        "a criterion names one of the run's metrics, judges or juries, a part of one (such as latency.request.p95),"
        " coverage, errors, truncated, cost, or",
    ),
    Refused(
        "a choice by a part of the card that has no order",
        _selection({**BY_F1, "metric": "card.license.spdx"}),
        "spec",
        "or a number on the card (card.pricing.inputPerMillionTokens",
    ),
    Refused(
        "a choice without priorities",
        _selection({"metric": "f1", "goal": "Maximize"}),
        "spec.selection",
        "the Lexicographic strategy needs a priority for each criterion: 0 is looked at first",
    ),
    Refused(
        "the same priority twice",
        _selection(BY_F1, {**BY_F1, "metric": "coverage"}),
        "spec.selection",
        "two criteria have the same priority: give each its own",
    ),
    Refused(
        "the same figure twice",
        _selection(BY_F1, {**BY_F1, "priority": 1}),
        "spec.selection",
        "two criteria look at the same figure: keep one",
    ),
    Refused(
        "a criterion's tolerance below zero",
        _selection({**BY_F1, "tolerance": "-0.1"}),
        "spec.selection.criteria[0].tolerance",
        "must be a tolerance of zero or more",
    ),
    Refused(
        "a weight that Lexicographic would not look at",
        _selection({**BY_F1, "weight": "1"}),
        "spec.selection",
        "weight and scale belong to the Weighted strategy: remove them",
    ),
    Refused(
        "a tolerance that Weighted would not look at",
        _weighted(tolerance="0.1"),
        "spec.selection",
        "priority and tolerance belong to the Lexicographic strategy: remove them",
    ),
    Refused(
        "a priority that Pareto would not look at",
        _selection(strategy="Pareto"),
        "spec.selection",
        "priority and tolerance belong to the Lexicographic strategy: remove them",
    ),
    Refused(
        "points without a scale",
        _weighted(scale=None),
        "spec.selection",
        "the Weighted strategy needs a weight and a scale for each criterion",
    ),
    Refused("no weight at all", _weighted(weight="0.0"), "spec.selection.criteria[0].weight", "must be more than zero"),
    Refused(
        "a scale of one value",
        _weighted(scale={"worst": "1", "best": "1.0"}),
        "spec.selection.criteria[0].scale",
        "worst and best are the same value",
    ),
    Refused(
        "a scale against its goal",
        _weighted(goal="Minimize"),
        "spec.selection.criteria[0]",
        "goal and scale disagree",
    ),
    Refused(
        "a scale in words",
        _weighted(scale={"worst": "bad", "best": "1"}),
        "spec.selection.criteria[0].scale.worst",
        "must be a decimal number",
    ),
    Refused("a run in no time", _execution(runTimeout="0h"), "spec.execution.runTimeout", "must be more than zero"),
    Refused("a run of a year", _execution(runTimeout="8760h"), "spec.execution", "runTimeout must be at most 720h"),
    Refused(
        "a run in words", _execution(runTimeout="a while"), "spec.execution.runTimeout", "must be a duration such as"
    ),
    Refused(
        "an attempt longer than its run",
        _execution(attemptTimeout="2h", runTimeout="1h"),
        "spec.execution",
        "attemptTimeout must not exceed runTimeout",
    ),
    Refused("no parallelism", _execution(parallelism=0), "spec.execution.parallelism", "greater than or equal to 1"),
    Refused(
        "too many requests at once",
        _execution(maxInFlight=5000),
        "spec.execution.maxInFlight",
        "less than or equal to 1024",
    ),
    Refused("negative retries", _execution(retries=-1), "spec.execution.retries", "greater than or equal to 0"),
    Refused(
        "answers to take again, and nowhere to take them from",
        _execution(cache="Enabled"),
        "spec",
        "execution.cache takes answers from the sink: add sink, or remove cache",
    ),
    Refused(
        "a budget, and no rows to count it from",
        _execution(budget={"tokens": 1000}),
        "spec",
        "execution.budget counts what was spent from the rows in the sink: add sink, or remove budget",
    ),
    Refused(
        "a budget of nothing that is said",
        _execution(budget={}),
        "spec.execution.budget",
        "budget says how much: set tokens, cost, or both",
    ),
    Refused("a budget of no token", _execution(budget={"tokens": 0}), "spec.execution.budget.tokens", "1"),
    Refused("a budget of no money", _execution(budget={"cost": "0.0"}), "spec.execution.budget.cost", "more than zero"),
    Refused(
        "a budget in euros", _execution(budget={"cost": "20 EUR"}), "spec.execution.budget.cost", "must be a price"
    ),
    Refused("a cache of its own", _execution(cache="Redis"), "spec.execution.cache", "Enabled"),
    Refused(
        "a queue that is no name", _execution(queueName="Team A"), "spec.execution.queueName", "must be lower-case"
    ),
    Refused("a suspension in words", _execution(suspend="yes"), "spec.execution.suspend", "must be of type boolean"),
    Refused(
        "an evaluation pod that asks for more than its limit",
        _execution(resources={"requests": {"cpu": 2}, "limits": {"cpu": "1500m"}}),
        "spec.execution.resources",
        "a request must not exceed the limit of the same resource",
    ),
    Refused("rows out of the volume", _sink("../other"), "spec.sink.persistentVolumeClaim", "remove the '..'"),
    Refused(
        "rows at the root of the node", _sink("/etc"), "spec.sink.persistentVolumeClaim.path", "without a '/' in front"
    ),
    Refused("a sink of nothing", evaluation_run(sink={}), "spec.sink", "set exactly one of objectStore or"),
    Refused(
        "two sinks",
        evaluation_run(sink={"objectStore": {"uri": "s3://lake"}, "persistentVolumeClaim": {"claimName": "rows"}}),
        "spec.sink",
        "set exactly one of objectStore or persistentVolumeClaim",
    ),
    Refused(
        "a sink that is a web page",
        _store(uri="https://lake.example/x"),
        "spec.sink.objectStore.uri",
        "must be a bucket and a folder such as s3://lake/evaluations",
    ),
    Refused("a sink of this machine", _store(uri="file:///tmp"), "spec.sink.objectStore.uri", "with s3, gs or az"),
    Refused("a sink beside its folder", _store(uri="s3://lake/a/../b"), "spec.sink.objectStore", "'.' or '..'"),
    Refused(
        "an endpoint of a store that has one of its own",
        _store(uri="gs://lake", endpoint="http://x"),
        "spec.sink.objectStore",
        "endpoint and region belong to s3://",
    ),
    Refused(
        "credentials in plain sight", _store(accessKey="AKIA"), "", 'unknown field "spec.sink.objectStore.accessKey"'
    ),
    Refused(
        "a schedule in words",
        evaluation_run(rerun={"schedule": "every Monday"}),
        "spec.rerun.schedule",
        "must be a schedule of five fields, such as 0 3 * * 1 for Mondays at three",
    ),
    Refused(
        "a schedule of six fields",
        evaluation_run(rerun={"schedule": "0 0 3 * * 1"}),
        "spec.rerun.schedule",
        "must be a schedule of five fields",
    ),
    Refused(
        "a time zone of nothing",
        evaluation_run(rerun={"timeZone": "Europe/Berlin"}),
        "spec.rerun",
        "timeZone belongs to schedule: give one, or remove it",
    ),
    Refused(
        "a time zone that is a path",
        evaluation_run(rerun={"schedule": "0 3 * * 1", "timeZone": "../zone"}),
        "spec.rerun.timeZone",
        "must be a time zone such as UTC or Europe/Berlin",
    ),
    Refused("an age of nothing", evaluation_run(rerun={"maxAge": "0h"}), "spec.rerun.maxAge", "must be more than zero"),
    Refused(
        "an answer in words",
        evaluation_run(rerun={"onInputChange": "no"}),
        "spec.rerun.onInputChange",
        "must be of type boolean",
    ),
    Refused("a negative history", evaluation_run(historyLimit=-1), "spec.historyLimit", "greater than or equal to 0"),
)
