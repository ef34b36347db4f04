"""Which figures an object gives, read from its stored manifest: pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from fmops_operator.manifest import EVALUATION_RUN, FOUNDATION_MODEL, PROMPT_CATALOG


class Documentation(NamedTuple):
    """What a metric is called, how it counts, which labels it has and what it means."""

    name: str
    type: str
    labels: tuple[str, ...]
    help: str


class Reading(NamedTuple):
    """One figure of one object."""

    name: str
    labels: tuple[str, ...]
    value: float


def _gauge(name: str, labels: str, sentence: str) -> Documentation:
    return Documentation(f"fmops_{name}", "gauge", tuple(labels.split()), sentence)


_MODEL_READY = _gauge("foundationmodel_ready", "namespace name", "1 when the model is Ready, else 0.")
_MODEL_CONDITION = _gauge(
    "foundationmodel_condition",
    "namespace name type status",
    "1 for the status (True, False or Unknown) that each condition has.",
)
_MODEL_REPLICAS = _gauge("foundationmodel_replicas", "namespace name", "Pods that are wanted or there.")
_MODEL_READY_REPLICAS = _gauge("foundationmodel_ready_replicas", "namespace name", "Pods that are ready.")
_MODEL_INFO = _gauge(
    "foundationmodel_info",
    "namespace name task openness license source",
    "Always 1; the labels say what the model is.",
)
_CATALOG_READY = _gauge("promptcatalog_ready", "namespace name", "1 when the catalogue's bundle is in force, else 0.")
_FIGURE = "namespace run model metric against"
_CONFIDENCE = "0.95"
"""The confidence that every figure is given at; others, which single gates ask for, have no series."""
_VALUE = _gauge(
    "evaluation_value",
    _FIGURE,
    "Measured value of the last evaluation; with against=Baseline the difference from the baseline, or of a Pairwise "
    "judge the win rate against it.",
)
_LOW = _gauge("evaluation_low", _FIGURE, "Lower end of its interval at 0.95.")
_HIGH = _gauge("evaluation_high", _FIGURE, "Upper end of its interval at 0.95.")
_GATE = _gauge(
    "evaluation_gate",
    f"{_FIGURE} verdict",
    "1 for each verdict (Passed, Failed or Inconclusive) that the gates on a figure give.",
)
_GATE_PASSED = _gauge(
    "evaluation_gate_passed",
    "namespace run",
    "1 when the gates passed (see GatePassed), 0 when they failed; absent while undecided.",
)
_SELECTED = _gauge(
    "evaluation_selected",
    "namespace run model",
    "1 for the candidate that the run selects; absent while there is none.",
)
_RANK = _gauge("evaluation_rank", "namespace run model", "Place of each ranked candidate, from 1; ties share one.")
_STALE = _gauge("evaluation_stale", "namespace run", "1 when the condition Stale is True, 0 when it is False.")
_COMPLETE = _gauge("evaluation_complete", "namespace run", "1 when everything was measured, else 0.")
_SUCCESS = _gauge(
    "evaluation_last_success_timestamp_seconds", "namespace run", "When everything was last measured, in Unix time."
)
OBJECT_METRICS = (
    _MODEL_READY, _MODEL_CONDITION, _MODEL_REPLICAS, _MODEL_READY_REPLICAS, _MODEL_INFO, _CATALOG_READY,
    _VALUE, _LOW, _HIGH, _GATE, _GATE_PASSED, _SELECTED, _RANK, _STALE, _COMPLETE, _SUCCESS,
)  # fmt: skip


def readings_of(manifest: Mapping[str, Any]) -> tuple[Reading, ...]:
    """Give every figure of one of our objects."""
    readers = {FOUNDATION_MODEL.name: _model, PROMPT_CATALOG.name: _catalog, EVALUATION_RUN.name: _run}
    place = (manifest["metadata"].get("namespace", ""), manifest["metadata"]["name"])
    return tuple(readers[manifest["kind"]](place, manifest.get("spec") or {}, manifest.get("status") or {}))


Place = tuple[str, str]
Part = Mapping[str, Any]


def _model(place: Place, spec: Part, status: Part) -> Iterator[Reading]:
    yield Reading(_MODEL_READY.name, place, float(_condition(status, "Ready") == "True"))
    for each in status.get("conditions") or ():
        yield Reading(_MODEL_CONDITION.name, (*place, each["type"], each["status"]), 1.0)
    if "replicas" in status:
        yield Reading(_MODEL_REPLICAS.name, place, float(status["replicas"]))
        yield Reading(_MODEL_READY_REPLICAS.name, place, float(status.get("readyReplicas", 0)))
    card = spec.get("card") or {}
    licence = (card.get("license") or {}).get("spdx", "")
    source = next(iter(spec.get("source") or {}), "")
    info = (spec.get("task", ""), card.get("openness", ""), licence, source)
    yield Reading(_MODEL_INFO.name, (*place, *info), 1.0)


def _catalog(place: Place, _: Part, status: Part) -> Iterator[Reading]:
    yield Reading(_CATALOG_READY.name, place, float(_condition(status, "Ready") == "True"))


def _run(place: Place, _: Part, status: Part) -> Iterator[Reading]:
    for result in status.get("results") or ():
        if result.get("confidence", _CONFIDENCE) == _CONFIDENCE:
            yield from _figure(place, result)
    # Two gates on one figure may say the same, and a series stands once.
    for labels in dict.fromkeys((*_about(each), each["verdict"]) for each in status.get("gates") or ()):
        yield Reading(_GATE.name, (*place, *labels), 1.0)
    passed = _condition(status, "GatePassed")
    if passed in ("True", "False"):
        yield Reading(_GATE_PASSED.name, place, float(passed == "True"))
    yield from _choice(place, status)
    stale = _condition(status, "Stale")
    if stale in ("True", "False"):
        yield Reading(_STALE.name, place, float(stale == "True"))
    yield Reading(_COMPLETE.name, place, float(_condition(status, "Complete") == "True"))
    if status.get("finishedAt"):
        yield Reading(_SUCCESS.name, place, datetime.fromisoformat(status["finishedAt"]).timestamp())


def _figure(place: Place, result: Part) -> Iterator[Reading]:
    for metric, field in ((_VALUE, "value"), (_LOW, "low"), (_HIGH, "high")):
        if field in result:
            yield Reading(metric.name, (*place, *_about(result)), float(result[field]))


def _about(part: Part) -> tuple[str, str, str]:
    return part["model"], part["metric"], part.get("against", "")


def _choice(place: Place, status: Part) -> Iterator[Reading]:
    if status.get("selected"):
        yield Reading(_SELECTED.name, (*place, status["selected"]["model"]), 1.0)
    for each in status.get("ranking") or ():
        if "rank" in each:
            yield Reading(_RANK.name, (*place, each["model"]), float(each["rank"]))


def _condition(status: Part, kind: str) -> str:
    return next((each["status"] for each in status.get("conditions") or () if each["type"] == kind), "Unknown")
