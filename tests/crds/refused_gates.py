"""Gates and baselines that must be refused."""

from typing import Any

from tests.crds.objects import Manifest, evaluation_run, gate
from tests.crds.rows import Refused

LATENCY = {"name": "latency", "type": "Latency"}
NO_METRIC = (
    "a gate names one of the run's metrics, judges or juries, a part of one (such as latency.request.p95),"
    " coverage, errors, truncated or cost"
)


def _gate(**fields: Any) -> Manifest:
    return evaluation_run(gates=[gate(**fields)])


def _latency_gate(metric: str, value: str) -> Manifest:
    return evaluation_run(metrics=[LATENCY], gates=[gate(metric=metric, op="AtMost", value=value)])


def _scaled_gate(kind: str, metric: str, value: str, **fields: Any) -> Manifest:
    return evaluation_run(metrics=[{"name": "m", "type": kind, **fields}], gates=[gate(metric=metric, value=value)])


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
        "a gate on speed or cost under load, such as throughput.requests.c8, needs performance",
    ),
    Refused(
        "a gate on the cost of a level of a run without a ladder",
        _gate(metric="cost.reserved.c8", op="AtMost", value="1"),
        "spec",
        "a gate on speed or cost under load",
    ),
    Refused(
        "a gate on a cost that no ladder tells",
        evaluation_run(performance={"concurrency": [8]}, gates=[gate(metric="cost.reserved", value="1")]),
        "spec",
        NO_METRIC,
    ),
    Refused(
        "a gate on speed below nothing",
        evaluation_run(performance={"concurrency": [8]}, gates=[gate(metric="throughput.requests.c8", value="-1")]),
        "spec",
        "a gate's value is zero or more",
    ),
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
)
