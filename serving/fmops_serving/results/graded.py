"""Every answer of a candidate with what it is worth: what Parquet files and reports are made from."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fmops_api.metrictype import MetricType
from fmops_api.promptcatalog import Example
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.rows import Key, Row
from fmops_serving.evaluate.score.grade import UNSCORED, Grade
from fmops_serving.evaluate.score.part import Observation
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.scoring import Seen


class Graded(NamedTuple):
    """What was asked, what came, and its grade by metric."""

    key: Key
    example: Example
    row: Row | None
    grades: Mapping[str, Grade]


def graded(seen: Seen, scorers: Sequence[Scorer]) -> Graded:
    """Say what an answer is worth to each metric, from what they saw of it."""
    grades = {scorer.name: _grade(scorer, seen.observations[scorer.name]) for scorer in scorers}
    return Graded(seen.key, seen.example, seen.row, grades)


def _grade(scorer: Scorer, observation: Observation | None) -> Grade:
    return UNSCORED if observation is None else scorer.grade(observation)


def record(inputs: Inputs, answer: Graded, judged: Mapping[str, float]) -> dict[str, Any]:
    """Give the row of the Parquet file, by column; `judged` are what judges gave for the answer."""
    plan, example, row = inputs.plan, answer.example, answer.row
    known = {} if row is None else {name: getattr(row, name) for name in _OF_THE_ROW}
    return {
        "namespace": plan.namespace,
        "run": plan.run,
        "inputs_hash": plan.inputs_hash,
        "revision": inputs.candidate.revision,
        "template": plan.template or plan.chain,
        "example": answer.key[0],
        "example_set": answer.key[0].partition("/")[0],
        "repeat": answer.key[1],
        "tags": example.tags,
        "label": example.label,
        "reference_answers": example.references,
        "scores": {**{name: g.score for name, g in answer.grades.items() if g.score is not None}, **judged},
        "classes": _classes(inputs, answer.grades),
        **known,
    }


_OF_THE_ROW = (
    "messages", "output", "finish_reason", "error", "prompt_tokens", "output_tokens", "time_to_first_token",
    "time_between_tokens", "request_time", "attempts", "prompt_hash", "at", "cached",
)  # fmt: skip


def _classes(inputs: Inputs, grades: Mapping[str, Grade]) -> dict[str, str | None]:
    names = [metric.name for metric in inputs.plan.metrics if metric.type is MetricType.CLASSIFICATION]
    return {name: grades[name].answered_class for name in names if grades[name].score is not None}
