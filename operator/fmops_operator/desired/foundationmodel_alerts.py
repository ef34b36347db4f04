"""The alerts of a model: a PrometheusRule, with a runbook for each.

Objectives alert by how fast they spend what they allow (the Google SRE workbook, chapter 5): a fast burn over an hour
and five minutes and a slow one over six hours and thirty minutes are for at once, one over three days is for the day.
"""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, NamedTuple

from fmops_api.foundationmodel import FoundationModel
from fmops_api.objectives import LatencyObjective, ToxicityObjective
from fmops_api.scalars import seconds
from fmops_api.series import (
    ADDRESSES,
    GUARD_BYPASSED,
    QUEUED,
    REQUEST_DURATION,
    REQUESTS,
    TIME_TO_FIRST_TOKEN,
    TOXICITY,
    Series,
)
from fmops_operator.desired.metadata import child, labelled, short_name
from fmops_operator.manifest import PROMETHEUS_RULE, Manifest
from fmops_operator.settings import Settings

COMPONENT = "alerts"
RECORD = "fmops:objective_missed:ratio_rate"
"""Share of answers that miss an objective, by the window that the rest of the name says."""
_WINDOWS = ("5m", "30m", "1h", "6h", "3d")
_MOST = 0.9
"""A fast burn of an objective that allows much would never be reached: this share of missed answers always is one."""
_FEW = 20
"""Fewer answers in the long window tell nothing."""


class Burn(NamedTuple):
    """How fast what an objective allows may be spent, as a multiple, over a long and a short window."""

    factor: float
    long: str
    short: str
    severity: str


BURNS = (Burn(14.4, "1h", "5m", "critical"), Burn(6, "6h", "30m", "critical"), Burn(1, "3d", "6h", "warning"))


class _Objective(NamedTuple):
    """One objective as a share of missed answers: its name, series, what counts as missed, and how much is allowed."""

    name: str
    alert: str
    series: Series
    labels: str
    bound: float
    allowed: float


def build_prometheus_rule(model: FoundationModel, settings: Settings) -> Manifest:
    """Build the rule; what the gateway counts is watched where there is a gateway."""
    alerts = _Alerts(model, settings)
    groups = [{"name": "fmops.model", "rules": list(alerts.of_the_model())}]
    if settings.gateway_namespace:
        groups.append({"name": "fmops.gateway", "rules": list(alerts.at_the_gateway())})
        if objectives := list(_objectives(model)):
            rules = [rule for each in objectives for rule in (*alerts.records(each), *alerts.burns(each))]
            groups.append({"name": "fmops.objectives", "rules": rules})
    manifest = child(model, PROMETHEUS_RULE, short_name(model.metadata.name), COMPONENT)
    return {**labelled(manifest, settings.monitor_labels), "spec": {"groups": groups}}


def _objectives(model: FoundationModel) -> Iterator[_Objective]:
    objectives = model.spec.objectives
    latency, toxicity = (objectives.latency, objectives.toxicity) if objectives else (None, None)
    if latency and latency.time_to_first_token:
        yield _latency("timeToFirstToken", TIME_TO_FIRST_TOKEN, latency.time_to_first_token)
    if latency and latency.request:
        yield _latency("request", REQUEST_DURATION, latency.request)
    if toxicity:
        yield _toxicity(toxicity)


def _latency(name: str, series: Series, objective: LatencyObjective) -> _Objective:
    allowed = round(1 - float(objective.quantile), 9)
    return _Objective(name, "FmopsLatencyBurn", series, "", seconds(objective.below), allowed)


def _toxicity(objective: ToxicityObjective) -> _Objective:
    above, allowed = float(objective.responses_above), float(objective.max_fraction)
    return _Objective("toxicity", "FmopsToxicityBurn", TOXICITY, ',direction="Output"', above, allowed)


class _Alerts:
    def __init__(self, model: FoundationModel, settings: Settings) -> None:
        self._place = {"namespace": model.metadata.namespace, "model": model.metadata.name}
        self._model = f'namespace="{model.metadata.namespace}",model="{model.metadata.name}"'
        self._name = f'namespace="{model.metadata.namespace}",name="{model.metadata.name}"'
        self._runbooks = settings.runbook_url.rstrip("/")
        self._who = f"{model.metadata.namespace}/{model.metadata.name}"
        # A name of an object has dots, which an expression would take for any character.
        self._engine = f'namespace="{model.metadata.namespace}",pod=~"{short_name(model.metadata.name)}-.+"'

    def of_the_model(self) -> Iterator[dict[str, Any]]:
        """Watch what the operator says of the model, its engine and its evaluations."""
        yield self._alert(
            "FmopsModelNotReady",
            f"fmops_foundationmodel_ready{{{self._name}}} == 0",
            "15m",
            "critical",
            "does not serve",
        )
        waiting = f"sum(vllm:num_requests_waiting{{{self._engine}}})"
        yield self._alert(
            "FmopsEngineQueueGrows",
            f"{waiting} > 5 and deriv({waiting}[10m:1m]) > 0",
            "10m",
            "warning",
            "has more requests waiting in its engines than they work off",
        )
        yield self._alert(
            "FmopsEvaluationFailed",
            f'max by (namespace, run) (fmops_evaluation_gate{{{self._model},verdict="Failed"}}) == 1',
            "5m",
            "warning",
            "failed a gate of evaluation {{ $labels.run }}",
        )
        measured = f"max by (namespace, run) (fmops_evaluation_value{{{self._model}}})"
        yield self._alert(
            "FmopsEvaluationStale",
            f'fmops_evaluation_stale{{namespace="{self._place["namespace"]}"}} == 1 and on (namespace, run) {measured}',
            "1h",
            "warning",
            "has results of evaluation {{ $labels.run }} that are old or about other inputs",
        )

    def at_the_gateway(self) -> Iterator[dict[str, Any]]:
        """Watch what the gateway counts of it."""
        requests = f"rate({REQUESTS.name}{{{self._model}"
        yield self._alert(
            "FmopsModelErrors",
            f'sum({requests},code=~"5.."}}[5m])) / sum({requests},code=~"2..|5.."}}[5m])) > 0.05',
            "5m",
            "critical",
            "fails {{ $value | humanizePercentage }} of its requests",
        )
        yield self._alert(
            "FmopsGuardBypassed",
            f"sum by (rail) (increase({GUARD_BYPASSED.name}{{{self._model}}}[10m])) > 0",
            "0m",
            "warning",
            "let texts pass that guard rail {{ $labels.rail }} failed to look at",
        )
        yield self._alert(
            "FmopsGatewayQueue",
            f"sum({QUEUED.name}{{{self._model}}}) > 0",
            "10m",
            "warning",
            "has requests waiting at the gateway for a pod",
        )
        yield self._alert(
            "FmopsModelUnknownAtGateway",
            f"absent({ADDRESSES.name}{{{self._model}}})",
            "10m",
            "critical",
            "is not known by any gateway, or Prometheus does not read them",
        )

    def records(self, objective: _Objective) -> Iterator[dict[str, Any]]:
        """Keep the share of missed answers, which the alerts read over long windows."""
        for window in _WINDOWS:
            yield {
                "record": f"{RECORD}{window}",
                "expr": f"1 - {self._kept(objective, window)} / {self._answers(objective, window)}",
                "labels": {**self._place, "objective": objective.name},
            }

    def burns(self, objective: _Objective) -> Iterator[dict[str, Any]]:
        """Watch how fast what the objective allows is spent."""
        which = f'{{{self._model},objective="{objective.name}"}}'
        for burn in BURNS:
            missed = f"{min(burn.factor * objective.allowed, max(_MOST, objective.allowed)):.6g}"
            enough = f"{self._answers(objective, burn.long, 'increase')} > {_FEW}"
            yield self._alert(
                objective.alert,
                f"{RECORD}{burn.long}{which} > {missed} and {RECORD}{burn.short}{which} > {missed} and on () {enough}",
                "2m" if burn.severity == "critical" else "15m",
                burn.severity,
                f"misses its objective {objective.name} in {{{{ $value | humanizePercentage }}}} of the answers of"
                f" {burn.long}",
                objective=objective.name,
                window=burn.long,
            )

    def _answers(self, objective: _Objective, window: str, function: str = "rate") -> str:
        return f"sum({function}({objective.series.name}_count{{{self._model}{objective.labels}}}[{window}]))"

    def _kept(self, objective: _Objective, window: str) -> str:
        """Count what lies at or below the bound, linear between the two buckets around it."""
        weights = bucket_weights(objective.series.buckets, objective.bound)
        sums = [
            f"{'' if weight == 1 else f'{weight:.6g} * '}sum(rate({objective.series.name}_bucket"
            f'{{{self._model}{objective.labels},le="{bound!r}"}}[{window}]))'
            for bound, weight in weights.items()
        ]
        return sums[0] if len(sums) == 1 else f"({' + '.join(sums)})"

    def _alert(
        self, name: str, expression: str, hold: str, severity: str, sentence: str, **labels: str
    ) -> dict[str, Any]:
        return {
            "alert": name,
            "expr": expression,
            "for": hold,
            "labels": {**self._place, "severity": severity, **labels},
            "annotations": {
                "summary": f"{self._who} {sentence}.",
                "runbook_url": f"{self._runbooks}/{name}.md",
            },
        }


def bucket_weights(bounds: tuple[float, ...], value: float) -> dict[float, float]:
    """Give the buckets whose weighted sum counts what is at or below a value; the highest for what is above it."""
    place = bisect_left(bounds, value)
    if place == len(bounds):
        return {bounds[-1]: 1.0}
    if bounds[place] == value or place == 0:
        return {bounds[place]: 1.0 if bounds[place] == value else value / bounds[0]}
    low, high = bounds[place - 1], bounds[place]
    part = (value - low) / (high - low)
    return {low: 1 - part, high: part}
