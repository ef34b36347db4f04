"""What the operator (or the command line) tells the runner, and what the runner answers: plan and summary."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from fmops_api.card import Pricing
from fmops_api.catalogsource import SourceReport
from fmops_api.constraints import looks
from fmops_api.evaluationrun import EvaluationRunSpec, Examples, Execution, SliceBy
from fmops_api.evaluationrunstatus import Against, Result, SliceResult
from fmops_api.foundationmodel import FoundationModel, Task
from fmops_api.judge import KAPPA, Judge, JudgeMode, Jury
from fmops_api.meta import Model, Observed
from fmops_api.metric import Metric
from fmops_api.metricscale import COST
from fmops_api.metrictype import MetricType
from fmops_api.performance import Performance
from fmops_api.promptcatalog import Chain, ClassLabel, Example, Split, Template
from fmops_api.resources import Vendor
from fmops_api.rubric import Rubric
from fmops_api.scalars import Label, MetricName

SUMMARY_LIMIT = 4096
"""Bytes that Kubernetes keeps of a termination message."""


class Stage(StrEnum):
    """A part of the work that is one Job, each index of which measures one candidate, or asks a shard of one."""

    ASK = "ask"
    """Ask alone, a shard of a candidate in each pod; only where candidates are asked in shards."""
    ANSWER = "answer"
    """Ask what is not asked yet, and score what came."""
    COMPARE = "compare"
    """Hold a candidate's scores against the baseline's, and its answers where a judge compares."""
    MEASURE = "measure"
    """Put the endpoint under load, one candidate after the other."""


class ResolvedSet(Observed):
    """An example set with its examples, wherever they came from; a source may hold more than an object can."""

    name: Label
    split: Split = Split.TEST
    language: str | None = None
    labels: list[ClassLabel] | None = Field(
        default=None, description="All classes, declared or found on the examples; none when no example has one."
    )
    source: SourceReport | None = Field(
        default=None, description="The source that holds the examples, when it is too large to stand here."
    )
    examples: list[Example] = Field(default_factory=list)

    @property
    def is_elsewhere(self) -> bool:
        """Say whether the examples are not here: they are in the source, and nobody has read them from there yet."""
        return self.source is not None and not self.examples


class Catalog(Observed):
    """A resolved catalogue, as a bundle holds it: every example set with its examples, or the digest of its source."""

    digest: str = Field(default="", description="sha256:... of the canonical JSON of the lists.")
    templates: list[Template] = Field(default_factory=list)
    chains: list[Chain] = Field(default_factory=list)
    rubrics: list[Rubric] = Field(default_factory=list)
    example_sets: list[ResolvedSet] = Field(default_factory=list)


class Candidate(Model):
    """A model to measure, and how to reach it."""

    name: str = Field(description="Name of the FoundationModel.")
    url: str = Field(description="Root of its OpenAI API, with /v1.")
    model: str = Field(description="Name to send as `model`.")
    task: Task = Field(default=Task.CHAT)
    revision: str = Field(default="", description="Version that is measured.")
    pinned: bool = Field(default=False, description="Whether its revision names the weights, so that none can change.")
    family: str | None = Field(default=None, description="Family whose variants it is asked; none where none fits.")
    api_key_variable: str | None = Field(default=None, description="Environment variable that holds the API key.")
    accelerators: int | None = Field(
        default=None,
        description="Accelerators behind the URL, where they are paid by the hour and a ladder of loads is measured.",
    )


def with_accelerators(candidate: Candidate, model: FoundationModel | None, price: Pricing | None) -> Candidate:
    """Say how many accelerators stand behind a candidate, where they are paid by the hour and that can be known."""
    accelerator = model.spec.resources.accelerator if model and model.spec.resources else None
    paid_by_hour = price is not None and price.per_accelerator_hour is not None
    if not paid_by_hour or model is None or accelerator is None or accelerator.vendor is Vendor.NONE:
        return candidate
    replicas = 1 if model.spec.replicas is None else model.spec.replicas
    return candidate.model_copy(update={"accelerators": (accelerator.count or 1) * replicas or None})


class AnswerCache(Model):
    """Which answers to earlier inputs of the run count as if they were asked now."""

    since: str | None = Field(
        default=None, description="The scheduled time that the measurement is for, as RFC 3339: none is older."
    )


class PlannedJudge(Model):
    """A judge, and how to reach its model."""

    judge: Judge
    endpoint: Candidate

    @property
    def compares(self) -> bool:
        """Say whether it is asked by the stage that compares."""
        return self.judge.mode is JudgeMode.PAIRWISE


class Figure(Model):
    """A figure that a gate or a criterion looks at."""

    metric: MetricName = Field(description="A metric of the run, a part of one, or a built-in.")
    against: Against | None = Field(default=None, description="Baseline: the difference from it.")
    confidence: str = Field(default="0.95", description="Confidence of the interval.")


class EvaluationPlan(Model):
    """One run on fixed inputs. Index i of a stage's Job measures subjects(stage)[i]; of `ask`, shard_at(i)."""

    namespace: str
    run: str
    inputs_hash: str
    catalog_digest: str
    template: str | None = Field(default=None, description="name@version, labels resolved; or a chain.")
    chain: str | None = Field(default=None, description="name@version, labels resolved; or a template.")
    examples: Examples
    repeats: int = Field(default=1, description="Times that every example is asked.")
    baseline: str | None = Field(default=None, description="Candidate that the others are compared with.")
    null_control: bool = Field(default=False, description="Whether the baseline is asked everything twice.")
    metrics: list[Metric]
    judges: list[PlannedJudge] | None = Field(default=None, description="Sorted by name; none when nobody judges.")
    juries: list[Jury] | None = None
    embedders: list[Candidate] | None = Field(
        default=None, description="Models that Cosine metrics name, sorted by name; none when there are none."
    )
    slices: list[SliceBy] = Field(default_factory=list)
    figures: list[Figure] = Field(
        default_factory=list,
        description="What gates and criteria look at, beside every figure at 0.95. Not the gates: a moved limit asks "
        "nothing anew.",
    )
    execution: Execution = Field(default_factory=Execution)
    cache: AnswerCache | None = Field(default=None, description="None where everything is asked.")
    candidates: Annotated[list[Candidate], Field(min_length=1)]
    performance: Performance | None = Field(default=None, description="Loads to measure speed under.")
    prices: dict[str, Pricing] | None = Field(
        default=None,
        description="Prices by candidate or step's model, of those that have one; none when nobody asks for cost.",
    )
    step_models: list[Candidate] | None = Field(
        default=None, description="Models that steps of the chain name, instead of the candidate."
    )

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Give the stages of the run in their order: one begins when the one before is done.

        Without that of shards, which are no part of the plan: they make no result different.
        """
        return stages_of(self.baseline, self.performance)

    def subjects(self, stage: Stage) -> list[str]:
        """Name the candidates that a stage measures, by index: comparing leaves out the baseline itself."""
        names = [candidate.name for candidate in self.candidates]
        return [name for name in names if name != self.baseline] if stage is Stage.COMPARE else names

    def looked_at(self, stage: Stage) -> list[Figure]:
        """Give the figures of a stage that something is decided by: those of a judge that compares come with it."""
        agreed = {f"{planned.judge.name}.{KAPPA}" for planned in self.judges or () if planned.compares}
        compared = [figure for figure in self.figures if figure.against or figure.metric in agreed]
        return compared if stage is Stage.COMPARE else [each for each in self.figures if each not in compared]

    def sharers(self, url: str) -> int:
        """Say how many candidates' measurements ask this address: all ask those of judges and of steps' models."""
        wanted = origin(url)
        common = [judge.endpoint for judge in self.judges or ()] + list(self.step_models or ())
        if any(origin(each.url) == wanted for each in common):
            return len(self.candidates)
        return sum(origin(candidate.url) == wanted for candidate in self.candidates)

    def times(self, candidate: str) -> int:
        """Say how often a candidate is asked each example: the repeats, and as many again for a null control."""
        return self.repeats * (2 if self.null_control and candidate == self.baseline else 1)


def origin(url: str) -> str:
    """Give the address of a URL: scheme, host and port."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}".lower()


def stages_of(baseline: object | None, performance: object | None = None, shards: int = 1) -> tuple[Stage, ...]:
    """Give the stages of a run with this baseline and this ladder of loads, or without."""
    ask = (Stage.ASK,) if shards > 1 else ()
    compare = (Stage.COMPARE,) if baseline else ()
    return (*ask, Stage.ANSWER, *compare, *((Stage.MEASURE,) if performance else ()))


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
    answered: int = Field(default=0, description="Answers that came.")
    errors: int = Field(default=0, description="Answers that did not, after all retries.")
    total: int = Field(default=0, description="Answers wanted: examples times repeats.")
    slices: list[SliceResult] = Field(default_factory=list, description="Figures of a part of the examples.")
    omitted_slices: int = Field(default=0, description="Tags or languages beyond the largest, which are not looked at.")
    confusions: list[Confusion] = Field(
        default_factory=list, description="For each Classification; in summary.json of the sink only."
    )
    truncated: int = Field(default=0, description="Answers that the limit on tokens cut off.")
    cached: int = Field(default=0, description="Answers that were asked for earlier inputs and taken again.")
    cost_faults: dict[str, int] = Field(
        default_factory=dict, description="Answers whose cost is not known, by cause; in words of Unpriced."
    )
    judge_faults: dict[str, int] = Field(
        default_factory=dict,
        description="Answers that a judge did not score, by judge and cause, such as general/Unreadable.",
    )
    embedder_faults: dict[str, int] = Field(
        default_factory=dict,
        description="Texts that an embedder gave no vector of, by embedder and cause, such as minilm/NotFinite.",
    )
    omitted: int = Field(
        default=0, description="Figures left out to keep to SUMMARY_LIMIT; summary.json in the sink has them all."
    )
    error: str = Field(
        default="", description="Why the candidate could not be measured, in a sentence; empty when it could."
    )
    reason: str = Field(
        default="", description="The same in a word of EvaluationRunReason, where there is a better one than JobFailed."
    )
    rows: str = Field(default="", description="Where its rows are, relative to the sink; empty when they are not kept.")
    shard: str = Field(default="", description="Which shard this is about, such as `shard 1 of 4`; it has no figures.")


def asks_for_cost(spec: EvaluationRunSpec) -> bool:
    """Say whether a run asks what answers cost: by prices, a metric, a gate, a criterion or a constraint."""
    looked_at = [each.metric for each in (*(spec.gates or ()), *(spec.selection.criteria if spec.selection else ()))]
    looked_at += [look.metric for _, look in looks(spec)]
    return (
        spec.prices is not None
        or any(metric.type is MetricType.COST for metric in spec.metrics)
        or any(metric == COST or metric.startswith(f"{COST}.") for metric in looked_at)
    )
