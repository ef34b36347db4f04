"""Metrics, judges, gates and selections that must be accepted and read back as they were given."""

from tests.crds.objects import evaluation_run, gate, judge
from tests.crds.rows import Accepted

ROWS = (
    Accepted(
        "a choice by priorities, down to what only the card knows",
        evaluation_run(
            selection={
                "strategy": "Lexicographic",
                "criteria": [
                    {"metric": "f1.recall", "goal": "Maximize", "priority": 7, "tolerance": "0"},
                    {"metric": "errors", "goal": "Minimize", "priority": 0, "tolerance": "0.02"},
                    {"metric": "card.pricing.outputPerMillionTokens", "goal": "Minimize", "priority": 31},
                ],
            }
        ),
    ),
    Accepted(
        "a choice among those that keep to limits",
        evaluation_run(
            candidates={"models": [{"name": "base"}, {"name": "new"}]},
            baseline={"name": "base"},
            sink={"persistentVolumeClaim": {"claimName": "rows"}},
            selection={
                "strategy": "Lexicographic",
                "criteria": [{"metric": "f1", "goal": "Maximize", "priority": 0}],
                "constraints": [
                    "results.f1.low >= 0.8 && card.contextWindow >= 8192",
                    "results['latency.request.p95'].high < 2.0",
                    "againstBaseline.f1.low >= -0.01",
                ],
            },
        ),
    ),
    Accepted(
        "a judge that compares and is held against people",
        evaluation_run(
            candidates={"models": [{"name": "base"}, {"name": "new"}]},
            baseline={"name": "base"},
            sink={"persistentVolumeClaim": {"claimName": "rows"}},
            judges=[judge(mode="Pairwise", calibration={"sets": ["people"], "minKappa": "0.5", "weights": "None"})],
        ),
    ),
    Accepted(
        "a Cosine that needs no model",
        evaluation_run(metrics=[{"name": "near", "type": "Cosine", "embedder": {"static": "WordLlama"}}]),
    ),
    Accepted(
        "a choice by points, one of which goes down",
        evaluation_run(
            selection={
                "strategy": "Weighted",
                "criteria": [
                    {"metric": "f1", "goal": "Maximize", "weight": "3", "scale": {"worst": "-1", "best": "1"}},
                    {
                        "metric": "card.parameters",
                        "goal": "Minimize",
                        "weight": "0.5",
                        "scale": {"worst": "70", "best": "0"},
                    },
                ],
            }
        ),
    ),
    Accepted(
        "a front of as many criteria as there may be",
        evaluation_run(
            metrics=[{"name": f"f{n}", "type": "Classification"} for n in range(8)],
            selection={
                "strategy": "Pareto",
                "criteria": [{"metric": f"f{n}.recall", "goal": "Maximize"} for n in range(8)],
            },
        ),
    ),
    Accepted(
        "judges, a jury, and gates on both",
        evaluation_run(
            judges=[
                judge(name="first", mode="Pointwise", scoring="Expected", seed=0, maxTokens=2048),
                judge(name="second", calibration={"sets": ["people"], "minKappa": "0.61", "weights": "None"}),
            ],
            juries=[{"name": "panel", "judges": ["first", "second"]}],
            gates=[
                gate(metric="first", value="3.5", bound="Lower"),
                gate(metric="second.level-of-detail", value="4"),
                gate(metric="panel.helpfulness.alpha", value="0.66"),
            ],
        ),
    ),
    Accepted(
        "judges that compare with the baseline, their jury, gates on both and a choice, beside one that scores",
        evaluation_run(
            candidates={"models": [{"name": "model"}, {"name": "base"}]},
            baseline={"name": "base"},
            sink={"persistentVolumeClaim": {"claimName": "rows"}},
            template=None,
            chain="reply@1",
            judges=[
                judge(name="duel", mode="Pairwise", scoring="Verdict"),
                judge(name="second", mode="Pairwise"),
                judge(name="general"),
            ],
            juries=[{"name": "panel", "judges": ["duel", "second"]}],
            gates=[
                gate(metric="duel", value="0.5", bound="Lower", against="Baseline"),
                gate(metric="duel.positionFlipRate", value="0.2", op="AtMost", against="Baseline"),
                gate(metric="panel.losses", value="0.3", op="AtMost", against="Baseline"),
                gate(metric="panel.alpha", value="-0.1", against="Baseline"),
                gate(metric="general", value="3.5"),
            ],
            selection={
                "criteria": [
                    {"metric": "duel", "goal": "Maximize", "priority": 0},
                    {"metric": "general.helpfulness", "goal": "Maximize", "priority": 1},
                ]
            },
        ),
    ),
    Accepted(
        "a choice by a judge, a jury and their parts, of what a chain answers",
        evaluation_run(
            template=None,
            chain="reply@1",
            judges=[judge(name="first"), judge(name="second")],
            juries=[{"name": "panel", "judges": ["first", "second"]}],
            selection={
                "strategy": "Pareto",
                "criteria": [
                    {"metric": metric, "goal": "Maximize"}
                    for metric in ("first", "second.level-of-detail", "panel", "panel.helpfulness.alpha", "coverage")
                ],
            },
        ),
    ),
    Accepted(
        "gates against the baseline on every scale, and criteria of every kind of figure",
        evaluation_run(
            candidates={"models": [{"name": "model"}, {"name": "small"}]},
            baseline={"name": "small"},
            sink={"persistentVolumeClaim": {"claimName": "rows"}},
            metrics=[
                {"name": "rougeL", "type": "Rouge"},
                {"name": "bleu", "type": "Bleu"},
                {"name": "wer", "type": "WordErrorRate"},
                {"name": "similarity", "type": "Cosine", "embedder": {"name": "minilm"}},
                {"name": "length", "type": "Length", "unit": "Words"},
            ],
            gates=[
                gate(metric="similarity", against="Baseline", value="-1.25"),
                gate(metric="rougeL.precision", against="Baseline", value="-0.02"),
                gate(metric="bleu", against="Baseline", value="-1.5"),
                gate(metric="wer", against="Baseline", op="AtMost", value="1.2"),
                gate(metric="length.p95", against="Baseline", op="AtMost", value="-40"),
                gate(metric="truncated", against="Baseline", op="AtMost", value="0.01"),
            ],
            selection={
                "criteria": [
                    {"metric": "bleu", "goal": "Maximize", "priority": 0, "tolerance": "0.5"},
                    {"metric": "length.p50", "goal": "Minimize", "priority": 1},
                    {"metric": "truncated", "goal": "Minimize", "priority": 2},
                ]
            },
        ),
    ),
    Accepted(
        "an EvaluationRun with a ladder of loads, and gates and a choice by its figures",
        evaluation_run(
            performance={"concurrency": [8, 1, 32], "requests": 200, "warmup": 0},
            gates=[
                gate(metric="throughput.outputTokens.c32", value="1500.5", bound="Lower"),
                gate(metric="latency.request.p95.c8", op="AtMost", value="2.5", bound="Upper"),
                gate(metric="cost.reserved.c8", op="AtMost", value="0.002", bound="Upper"),
            ],
            selection={
                "criteria": [
                    {"metric": "throughput.requests.c8", "goal": "Maximize", "priority": 0},
                    {"metric": "cost.marginal", "goal": "Minimize", "priority": 1},
                ]
            },
        ),
    ),
    Accepted(
        "an EvaluationRun with prices of its own, and cost in gates and the choice",
        evaluation_run(
            metrics=[{"name": "f1", "type": "Classification"}, {"name": "cost", "type": "Cost"}],
            prices={"configMap": {"name": "prices", "key": "2026.yaml"}},
            gates=[gate(metric="cost", op="AtMost", bound="Upper", value="1.25")],
            selection={"criteria": [{"metric": "cost", "goal": "Minimize", "priority": 0, "tolerance": "0.001"}]},
        ),
    ),
    Accepted(
        "an EvaluationRun with every metric, and gates on every scale",
        evaluation_run(
            metrics=[
                {"name": "exact", "type": "ExactMatch", "normalize": "Multilingual"},
                {"name": "number", "type": "Numeric", "tolerance": {"absolute": "0.5", "relative": "0.01"}},
                {"name": "pattern", "type": "Regex", "pattern": r"(?i)^\s*(yes|no)\b"},
                {
                    "name": "form",
                    "type": "JsonSchema",
                    "schema": {"type": "object", "properties": {"a": {"const": 1.5}}},
                },
                {"name": "f1", "type": "Classification"},
                {"name": "tokens", "type": "TokenF1", "normalize": "Squad"},
                {"name": "rougeL", "type": "Rouge", "variant": "L", "stemmer": "Porter"},
                {"name": "rouge1", "type": "Rouge", "variant": "1"},
                {"name": "bleu", "type": "Bleu", "tokenizer": "13a"},
                {"name": "chrf", "type": "Chrf", "wordOrder": 2},
                {"name": "wer", "type": "WordErrorRate", "normalize": "Words"},
                {"name": "similarity", "type": "Cosine", "embedder": {"name": "minilm"}},
                {"name": "length", "type": "Length", "unit": "Tokens"},
                {"name": "refusal", "type": "Refusal"},
                {"name": "toxic", "type": "Toxicity", "threshold": "0.5"},
                {"name": "latency", "type": "Latency"},
            ],
            slices=["Tag", "Language"],
            gates=[
                gate(metric="number", value="0.8"),
                gate(metric="form.parsed", value="1"),
                gate(metric="rougeL.recall", value="0.3"),
                gate(metric="toxic", op="AtMost", value="0.01", bound="Upper"),
                gate(metric="toxic.mean", op="AtMost", value="0.1"),
                gate(metric="bleu", value="23.5", bound="Lower"),
                gate(metric="chrf", value="100.0"),
                gate(metric="wer", op="AtMost", value="1.5"),
                gate(metric="similarity", value="-0.2", bound="Lower"),
                gate(metric="length.p95", op="AtMost", value="400"),
                gate(metric="length", op="AtMost", value="250.5"),
                gate(metric="latency.betweenTokens.p99", op="AtMost", value="0.08"),
                gate(metric="truncated", op="AtMost", value="0.01"),
            ],
        ),
    ),
    Accepted(
        "a gate in seconds beyond one",
        evaluation_run(
            metrics=[{"name": "latency", "type": "Latency"}],
            gates=[gate(metric="latency.request.p50", op="AtMost", value="30")],
        ),
    ),
)
