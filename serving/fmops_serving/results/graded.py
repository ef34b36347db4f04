"""Every answer of a candidate with what it is worth: what Parquet files and reports are made from."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fmops_api.metrictype import MetricType
from fmops_api.promptcatalog import Example
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.rows import Key, Row
from fmops_serving.evaluate.score.grade import UNSCORED, Grade
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
    grades: dict[str, Grade] = {}
    for scorer in scorers:
        observation = seen.observations[scorer.name]
        grades[scorer.name] = UNSCORED if observation is None else scorer.grade(observation)
    return Graded(seen.key, seen.example, seen.row, grades)


class Recorder:
    """Makes the rows of the Parquet file."""

    def __init__(self, inputs: Inputs) -> None:
        plan = inputs.plan
        self._of_the_run = {
            "namespace": plan.namespace,
            "run": plan.run,
            "inputs_hash": plan.inputs_hash,
            "revision": inputs.candidate.revision,
            "template": plan.template or plan.chain,
        }
        self._classifying = [metric.name for metric in plan.metrics if metric.type is MetricType.CLASSIFICATION]

    def record(self, answer: Graded, judged: Mapping[str, float]) -> dict[str, Any]:
        """Give the row of an answer, by column; `judged` are what judges gave for it."""
        (unique_id, repeat), example, row, grades = answer
        record = {
            **self._of_the_run,
            "example": unique_id,
            "example_set": unique_id.partition("/")[0],
            "repeat": repeat,
            "tags": example.tags,
            "label": example.label,
            "reference_answers": example.references,
            "scores": {**{name: g.score for name, g in grades.items() if g.score is not None}, **judged},
            "classes": {n: grades[n].answered_class for n in self._classifying if grades[n].score is not None},
        }
        return record if row is None else record | _of_the_row(row)


def _of_the_row(row: Row) -> dict[str, Any]:
    return {
        "messages": row.messages,
        "output": row.output,
        "finish_reason": row.finish_reason,
        "error": row.error,
        "prompt_tokens": row.prompt_tokens,
        "output_tokens": row.output_tokens,
        "time_to_first_token": row.time_to_first_token,
        "time_between_tokens": row.time_between_tokens,
        "request_time": row.request_time,
        "attempts": row.attempts,
        "prompt_hash": row.prompt_hash,
        "at": row.at,
        "cached": row.cached,
    }
