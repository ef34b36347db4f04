"""EvaluationRun: candidates measured on a catalogue's examples, and the gates that the figures must pass."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from fmops_api.baseline import RULES as BASELINE_RULES
from fmops_api.baseline import Baseline
from fmops_api.candidates import Candidates
from fmops_api.evaluationrunstatus import Against, EvaluationRunStatus, GateResult, Past, Progress, Result, Verdict
from fmops_api.execution import RULES as EXECUTION_RULES
from fmops_api.execution import Execution, JobResources
from fmops_api.judge import JUDGE_RULES, Judge, Jury, comparing
from fmops_api.meta import (
    AS_SET,
    AS_WHOLE,
    Column,
    LocalReference,
    Model,
    Names,
    Resource,
    Rule,
    keyed,
)
from fmops_api.metric import Metric
from fmops_api.metricscale import BUILT_IN, CLASSIFICATION_PARTS, CRITERION_RULE, GATE_RULES, LATENCY_PARTS
from fmops_api.metrictype import Average, MetricType, Normalize
from fmops_api.objectstore import ObjectStore
from fmops_api.performance import PERFORMANCE_RULES, Performance
from fmops_api.prices import PriceTable
from fmops_api.promptcatalog import Origin, Split
from fmops_api.rerun import Rerun
from fmops_api.resources import ResourceList
from fmops_api.scalars import (
    Confidence,
    DecimalText,
    Label,
    MetricName,
    ObjectName,
    PromptReference,
    VolumePath,
)
from fmops_api.selection import SELECTION_RULES, Selection
from fmops_api.sources import INSIDE_VOLUME

__all__ = [
    "BUILT_IN",
    "CLASSIFICATION_PARTS",
    "LATENCY_PARTS",
    "Average",
    "BoundKind",
    "Candidates",
    "EvaluationRun",
    "EvaluationRunSpec",
    "EvaluationRunStatus",
    "Examples",
    "Execution",
    "Gate",
    "GateResult",
    "JobResources",
    "Judge",
    "Jury",
    "Metric",
    "MetricName",
    "MetricType",
    "Normalize",
    "Operator",
    "Past",
    "Progress",
    "ResourceList",
    "Result",
    "Sample",
    "SampleStrategy",
    "Sink",
    "SliceBy",
    "Verdict",
    "VolumeSink",
]


class SampleStrategy(StrEnum):
    """How a part of the examples is chosen."""

    RANDOM = "Random"
    STRATIFIED = "Stratified"


class Sample(Model):
    """How a part of the examples is chosen; the same seed chooses the same examples."""

    strategy: SampleStrategy = Field(description="Random, or Stratified: every label keeps its share.")
    seed: Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)] = Field(default=0, description="Seed of the choice.")


class Examples(Model):
    """Which examples are asked."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("!has(self.sample) || has(self.limit)", "sample chooses among too many: give limit as well"),
    )

    sets: Annotated[list[Label], Field(min_length=1, max_length=32)] = Field(
        description="Example sets of the catalogue.", json_schema_extra=AS_SET
    )
    provenance: Annotated[list[Origin], Field(min_length=1, max_length=4)] | None = Field(
        default=None,
        description="Only examples of these kinds of provenance; every one when left out.",
        json_schema_extra=AS_SET,
    )
    split: Split | None = Field(default=None, description="Only sets of this split; every named set when left out.")
    limit: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] | None = Field(
        default=None, description="Most examples asked; the first ones, unless sample says how to choose."
    )
    sample: Sample | None = Field(default=None, description="How they are chosen when there are more than limit.")


class SliceBy(StrEnum):
    """What examples have in common that are looked at apart."""

    TAG = "Tag"
    LANGUAGE = "Language"


class Operator(StrEnum):
    """Which side of its value a gate wants."""

    AT_LEAST = "AtLeast"
    AT_MOST = "AtMost"


class BoundKind(StrEnum):
    """Which end of the interval a gate looks at."""

    LOWER = "Lower"
    UPPER = "Upper"
    POINT = "Point"


class Gate(Model):
    """What a figure must reach, with which certainty: of every candidate, or with `selection` of the selected one."""

    metric: MetricName = Field(
        description="A metric, judge or jury of the run, a part of one, or a built-in: coverage, errors, truncated, "
        "cost."
    )
    against: Against | None = Field(
        default=None,
        description="Baseline: judge the paired difference, candidate minus baseline, of every other candidate; the "
        "figure itself when left out.",
    )
    op: Operator = Field(description="AtLeast or AtMost.")
    value: DecimalText = Field(
        description="The value, on the figure's own scale: a fraction for shares, seconds for latency, money for an "
        "answer's cost, 0 to 100 for "
        "Bleu and Chrf, scores of the rubric for judges; with against a difference on that scale, such as -0.01."
    )
    bound: BoundKind = Field(
        default=BoundKind.POINT,
        description="Lower and Upper look at the interval's end, Point at the measured value. AtLeast with Lower and "
        "AtMost with Upper ask for certainty: an interval on both sides of value is Inconclusive.",
    )
    confidence: Confidence = Field(default="0.95", description="Confidence of the interval.")


class VolumeSink(Model):
    """A folder of a volume that keeps the rows."""

    rules: ClassVar[tuple[Rule, ...]] = (INSIDE_VOLUME,)

    claim_name: ObjectName = Field(description="PersistentVolumeClaim in the same namespace.")
    path: VolumePath | None = Field(default=None, description="Folder inside the volume; the root when left out.")


class Sink(Model):
    """Exactly one place where rows, results and reports are kept."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "has(self.objectStore) != has(self.persistentVolumeClaim)",
            "set exactly one of objectStore or persistentVolumeClaim",
        ),
    )

    object_store: ObjectStore | None = Field(default=None, description="A bucket of an object store.")
    persistent_volume_claim: VolumeSink | None = Field(default=None, description="A volume of the same namespace.")


class EvaluationRunSpec(Model):
    """Which candidates are measured, on what, and what the figures must reach."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("has(self.template) != has(self.chain)", "set exactly one of template or chain"),
        *GATE_RULES,
        *JUDGE_RULES,
        *BASELINE_RULES,
        *EXECUTION_RULES,
        CRITERION_RULE,
        *SELECTION_RULES,
        *PERFORMANCE_RULES,
    )

    candidates: Candidates = Field(description="The models that are compared.")
    baseline: Baseline | None = Field(
        default=None, description="The candidate that the others are compared with, example by example."
    )
    catalog: LocalReference = Field(description="PromptCatalog that holds the template and the examples.")
    template: PromptReference | None = Field(
        default=None, description="Prompt to ask, as name@version or name@label; either this or chain."
    )
    chain: PromptReference | None = Field(
        default=None, description="Chain of prompts to ask, as name@version or name@label; either this or template."
    )
    examples: Examples = Field(description="Which examples are asked.")
    repeats: Annotated[int, Field(strict=True, ge=1, le=20)] = Field(
        default=1,
        description="Times that every example is asked. Repeats are averaged within an example before examples are, so "
        "that they do not pass for more examples.",
    )
    metrics: Annotated[list[Metric], Field(min_length=1, max_length=16)] = Field(
        description="What is measured.",
        json_schema_extra=keyed("name"),
    )
    judges: Annotated[list[Judge], Field(max_length=8)] | None = Field(
        default=None, description="Models that score the answers by a rubric.", json_schema_extra=keyed("name")
    )
    juries: Annotated[list[Jury], Field(max_length=4)] | None = Field(
        default=None, description="Judges that decide together.", json_schema_extra=keyed("name")
    )
    slices: Annotated[list[SliceBy], Field(min_length=1, max_length=2)] | None = Field(
        default=None,
        description="Every metric's own figure also by Tag of the examples, by Language of their set, or both.",
        json_schema_extra=AS_SET,
    )
    gates: Annotated[list[Gate], Field(max_length=16)] | None = Field(
        default=None, description="What the figures must reach.", json_schema_extra=AS_WHOLE
    )
    performance: Performance | None = Field(
        default=None,
        description="Loads under which throughput and latency are measured, when all answers are there and nothing "
        "else of the run asks the endpoint. Figures are named by their level, such as throughput.outputTokens.c8 and "
        "latency.request.p95.c8.",
    )
    prices: PriceTable | None = Field(
        default=None,
        description="What the models cost, where that does not stand on their cards. With it, and wherever a gate, a "
        "criterion or a metric asks for cost, the mean cost of an answer is measured.",
    )
    selection: Selection | None = Field(
        default=None,
        description="How one candidate is chosen. Gates then say which candidates may be chosen; without it, every "
        "candidate must pass them.",
    )
    execution: Execution = Field(default_factory=Execution, description="How the work is done.")
    sink: Sink | None = Field(
        default=None, description="Where rows, results and reports are kept; nowhere when left out."
    )
    rerun: Rerun | None = Field(
        default=None, description="When everything is measured again, and when results count as old."
    )
    history_limit: Annotated[int, Field(strict=True, ge=0, le=50)] = Field(
        default=10, description="Earlier results kept in the status."
    )

    def against(self, metric: str) -> Against | None:
        """Say what a criterion's figure is against: a judge that compares has none but against the baseline."""
        compares = metric.partition(".")[0] in comparing(self.judges, self.juries)
        return Against.BASELINE if compares else None

    @property
    def embedders(self) -> list[str]:
        """Name the models that Cosine metrics name, each once."""
        return sorted({metric.embedder.name for metric in self.metrics if metric.embedder and metric.embedder.name})


class EvaluationRun(Resource[EvaluationRunSpec, EvaluationRunStatus]):
    """An evaluation that stays true: the same inputs mean nothing to do, changed inputs mean measuring again."""

    kind_name: ClassVar[str] = "EvaluationRun"
    names: ClassVar[Names] = Names("evaluationruns", "evaluationrun", "er")
    columns: ClassVar[tuple[Column, ...]] = (
        Column(
            "Complete", "string", ".status.conditions[?(@.type=='Complete')].status", "Whether everything was measured."
        ),
        Column("Gate", "string", ".status.conditions[?(@.type=='GatePassed')].status", "Whether the gates passed."),
        Column("Selected", "string", ".status.selected.model", "Candidate that was chosen."),
        Column("Progress", "string", ".status.progressText", "Answers there, of those wanted."),
        Column("Reason", "string", ".status.conditions[?(@.type=='Ready')].reason", "Why."),
        Column("Age", "date", ".metadata.creationTimestamp", "When the object was made."),
        Column("Message", "string", ".status.conditions[?(@.type=='Ready')].message", "Why, in a sentence.", 1),
    )
