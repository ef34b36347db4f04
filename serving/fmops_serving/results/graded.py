"""Every answer of a candidate with what it is worth: what Parquet files and reports are made from."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fmops_api.metric import MetricType
from fmops_api.promptcatalog import Example
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.newest import newest
from fmops_serving.evaluate.rows import Key, Row, Rows
from fmops_serving.evaluate.score.classification import Classification
from fmops_serving.evaluate.score.exactmatch import ExactMatch
from fmops_serving.evaluate.score.grade import Grade
from fmops_serving.evaluate.score.latency import Latency
from fmops_serving.evaluate.scoring import scorer

Grader = ExactMatch | Classification


class Graded(NamedTuple):
    """What was asked, what came, and its grade by metric."""

    key: Key
    example: Example
    row: Row | None
    grades: Mapping[str, Grade]


def graders(inputs: Inputs) -> dict[str, Grader]:
    """Give the metrics that score answer by answer, by name."""
    made = {metric.name: scorer(metric, inputs.plan, inputs.labels) for metric in inputs.plan.metrics}
    return {name: grader for name, grader in made.items() if not isinstance(grader, Latency)}


def graded(inputs: Inputs, rows: Rows) -> Iterator[Graded]:
    """Grade the row that counts of everything that was asked, one after the other; raises SinkFailed."""
    by_name = graders(inputs)
    for key, row in newest(inputs, rows):
        example = inputs.examples[key[0]]
        output = row.output if row is not None and row.answered else None
        yield Graded(key, example, row, {name: grader.grade(example, output) for name, grader in by_name.items()})


def record(inputs: Inputs, answer: Graded) -> dict[str, Any]:
    """Give the row of the Parquet file, by column."""
    plan, example, row = inputs.plan, answer.example, answer.row
    known = {} if row is None else {name: getattr(row, name) for name in _OF_THE_ROW}
    return {
        "namespace": plan.namespace,
        "run": plan.run,
        "inputs_hash": plan.inputs_hash,
        "revision": inputs.candidate.revision,
        "template": plan.template,
        "example": answer.key[0],
        "example_set": answer.key[0].partition("/")[0],
        "repeat": answer.key[1],
        "tags": example.tags,
        "label": example.label,
        "reference_answers": example.references,
        "scores": {name: grade.score for name, grade in answer.grades.items() if grade.score is not None},
        "classes": _classes(inputs, answer.grades),
        **known,
    }


_OF_THE_ROW = (
    "messages", "output", "finish_reason", "error", "prompt_tokens", "output_tokens", "time_to_first_token",
    "request_time", "attempts", "prompt_hash", "at",
)  # fmt: skip


def _classes(inputs: Inputs, grades: Mapping[str, Grade]) -> dict[str, str | None]:
    names = [metric.name for metric in inputs.plan.metrics if metric.type is MetricType.CLASSIFICATION]
    return {name: grades[name].answered_class for name in names if grades[name].score is not None}
