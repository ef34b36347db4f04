"""What the operator (or the command line) tells the runner, and what the runner answers: plan and summary."""

from typing import Annotated

from pydantic import Field

from fmops_api.evaluationrun import Examples, Execution, SliceBy
from fmops_api.evaluationrunstatus import Result, SliceResult
from fmops_api.foundationmodel import Task
from fmops_api.meta import Model, Observed
from fmops_api.metric import Metric
from fmops_api.promptcatalog import ClassLabel, Example, Split, Template
from fmops_api.rubric import Rubric
from fmops_api.scalars import Label, MetricName

SUMMARY_LIMIT = 4096
"""Bytes that Kubernetes keeps of a termination message."""


class ResolvedSet(Observed):
    """An example set with its examples, wherever they came from; a source may hold more than an object can."""

    name: Label
    split: Split = Split.TEST
    language: str | None = None
    labels: list[ClassLabel] | None = Field(
        default=None, description="All classes, declared or found on the examples; none when no example has one."
    )
    examples: list[Example]


class Catalog(Observed):
    """A resolved catalogue, as a bundle holds it: every example set with its examples inline."""

    digest: str = Field(default="", description="sha256:... of the canonical JSON of the three lists.")
    templates: list[Template] = Field(default_factory=list)
    rubrics: list[Rubric] = Field(default_factory=list)
    example_sets: list[ResolvedSet] = Field(default_factory=list)


class Candidate(Model):
    """A model to measure, and how to reach it."""

    name: str = Field(description="Name of the FoundationModel.")
    url: str = Field(description="Root of its OpenAI API, with /v1.")
    model: str = Field(description="Name to send as `model`.")
    task: Task = Field(default=Task.CHAT)
    revision: str = Field(default="", description="Version that is measured.")
    api_key_variable: str | None = Field(default=None, description="Environment variable that holds the API key.")


class Figure(Model):
    """A figure whose interval a gate looks at."""

    metric: MetricName = Field(description="A metric of the run, a part of one, or a built-in.")
    confidence: str = Field(default="0.95", description="Confidence of the interval.")


class EvaluationPlan(Model):
    """One run on fixed inputs. Index i of the Job measures candidates[i]."""

    namespace: str
    run: str
    inputs_hash: str
    catalog_digest: str
    template: str = Field(description="name@version, labels resolved.")
    examples: Examples
    metrics: list[Metric]
    slices: list[SliceBy] = Field(default_factory=list)
    figures: list[Figure] = Field(
        default_factory=list,
        description="What gates look at, beside every figure at 0.95. Not the gates: a moved limit asks nothing anew.",
    )
    execution: Execution = Field(default_factory=Execution)
    candidates: Annotated[list[Candidate], Field(min_length=1)]


class ClassScores(Observed):
    """How well one class is told from the others."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int = Field(description="Scored examples of which this is the right class.")


class Confusion(Observed):
    """Which class was answered for which right one."""

    metric: str
    labels: list[str] = Field(description="The classes that are right or answered anywhere.")
    counts: list[list[int]] = Field(
        description="A row for each right class, a column for each answered one, the last for answers without a class."
    )
    classes: list[ClassScores]


class EvaluationSummary(Observed):
    """What one candidate's runner found, small enough for a termination message."""

    model: str
    results: list[Result] = Field(default_factory=list)
    slices: list[SliceResult] = Field(default_factory=list, description="Figures of a part of the examples.")
    omitted_slices: int = Field(default=0, description="Tags or languages beyond the largest, which are not looked at.")
    confusions: list[Confusion] = Field(
        default_factory=list, description="For each Classification; in summary.json of the sink only."
    )
    answered: int = Field(default=0, description="Examples with an answer.")
    errors: int = Field(default=0, description="Examples without one after all retries.")
    total: int = Field(default=0, description="Examples asked.")
    truncated: int = Field(default=0, description="Answers that the limit on tokens cut off.")
    omitted: int = Field(
        default=0, description="Figures left out to keep to SUMMARY_LIMIT; summary.json in the sink has them all."
    )
    error: str = Field(
        default="", description="Why the candidate could not be measured, in a sentence; empty when it could."
    )
    rows: str = Field(default="", description="Where its rows are, relative to the sink; empty when they are not kept.")
