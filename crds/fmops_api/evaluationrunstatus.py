"""What the operator says of an EvaluationRun: figures, verdicts, progress and history."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from fmops_api.meta import AS_WHOLE, Condition, Observed, keyed
from fmops_api.scalars import MetricName, ObjectName


class Against(StrEnum):
    """What a figure is compared with."""

    BASELINE = "Baseline"


class Result(Observed):
    """One figure of one candidate."""

    model: ObjectName = Field(description="Candidate.")
    metric: MetricName = Field(description="Metric or part of one.")
    against: Against | None = Field(
        default=None,
        description="Baseline: value is this candidate's figure minus the baseline's, over the examples that both "
        "have, or of a Pairwise judge the win rate against it; the figure itself when left out.",
    )
    confidence: str = Field(default="0.95", description="Confidence of the interval.")
    revision: str = Field(default="", description="Version of the candidate that was measured.")
    value: str | None = Field(default=None, description="Measured value; none when nothing could be scored.")
    low: str | None = Field(default=None, description="Lower end of the interval; none when there is none.")
    high: str | None = Field(default=None, description="Upper end of the interval; none when there is none.")
    n: int = Field(default=0, description="Examples that were scored.")
    unscored: int = Field(default=0, description="Examples that could not be scored.")
    low_power: bool = Field(
        default=False,
        description="Fewer than 30 independent examples (clusters, where examples share one) stand behind the figure.",
    )
    signature: str = Field(default="", description="How it was computed, so that like is compared with like.")


class SliceResult(Result):
    """A figure of those examples only that have a tag or a language."""

    slice: str = Field(description="Which examples, as tag=billing or language=de.")


class Verdict(StrEnum):
    """What a gate says."""

    PASSED = "Passed"
    FAILED = "Failed"
    INCONCLUSIVE = "Inconclusive"


class GateResult(Observed):
    """What a gate says of one candidate."""

    model: ObjectName = Field(description="Candidate.")
    metric: MetricName = Field(description="Metric or part of one.")
    against: Against | None = Field(default=None, description="Baseline: the difference from it is judged.")
    required: str = Field(default="", description="What was asked for, in words.")
    verdict: Verdict = Field(description="Passed, Failed or Inconclusive.")
    observed: str = Field(
        default="", description="What was measured, as value [low, high]; with what would tell, when that is open."
    )
    needed: int | None = Field(
        default=None, description="About how many examples would tell, if the figure stays; none when none would."
    )

    def words(self) -> str:
        """Say what was asked and found, for people."""
        return f"{self.model}: {self.metric} {self.required}: {self.observed}"


class Ranked(Observed):
    """Where a candidate stands in the selection."""

    model: ObjectName = Field(description="Candidate.")
    rank: int | None = Field(
        default=None,
        description="Place from 1; those that cannot be told apart share one. None when it cannot be ranked.",
    )
    reason: str = Field(default="", description="Why, in a sentence with the figures.")


class Excluded(Observed):
    """A model that is not compared."""

    model: ObjectName = Field(description="FoundationModel.")
    reason: str = Field(description="Which constraint it breaks, or what else keeps it out, in a sentence.")


class Selected(Observed):
    """The candidate that was chosen."""

    model: ObjectName = Field(description="Candidate.")
    reason: str = Field(default="", description="Why, in a sentence with the figures.")


class Progress(Observed):
    """How far the run is."""

    done: int = Field(default=0, description="Answers there.")
    total: int = Field(default=0, description="Answers wanted: examples times repeats, of every candidate.")
    cached: int | None = Field(
        default=None, description="Answers among them that were asked for earlier inputs; not there when none were."
    )
    asked: int | None = Field(
        default=None, description="Answers that shards have, scored or not; not there once every candidate is measured."
    )


class Past(Observed):
    """An earlier result."""

    inputs_hash: str = Field(description="What it was measured on.")
    finished_at: str = Field(description="When, as RFC 3339.")
    gate: str = Field(default="Unknown", description="Status of GatePassed then.")
    selected: str | None = Field(default=None, description="Candidate that was chosen then; none when nobody was.")
    results: Annotated[list[Result], Field(max_length=100)] = Field(
        default_factory=list,
        description="The metrics' own figures then.",
        json_schema_extra=AS_WHOLE,
    )


class EvaluationRunStatus(Observed):
    """What is known about the run."""

    observed_generation: int = Field(default=-1, description="metadata.generation that this status is about.")
    inputs_hash: str | None = Field(
        default=None, description="Hash of everything that makes a result different: spec, catalogue, models, runner."
    )
    scheduled_at: str | None = Field(
        default=None, description="Scheduled time that this measurement is for, as RFC 3339; none when it is for none."
    )
    started_at: str | None = Field(default=None, description="When the Job for these inputs was made, as RFC 3339.")
    finished_at: str | None = Field(default=None, description="When it was done, as RFC 3339.")
    results: Annotated[list[Result], Field(max_length=2500)] = Field(
        default_factory=list, description="The figures.", json_schema_extra=AS_WHOLE
    )
    slices: Annotated[list[SliceResult], Field(max_length=400)] = Field(
        default_factory=list,
        description="Figures by tag or language, as far as a runner's message holds them; all are in the sink.",
        json_schema_extra=AS_WHOLE,
    )
    gates: Annotated[list[GateResult], Field(max_length=320)] = Field(
        default_factory=list, description="What the gates say.", json_schema_extra=AS_WHOLE
    )
    ranking: Annotated[list[Ranked], Field(max_length=20)] = Field(
        default_factory=list,
        description="Every candidate, best first; those without a rank at the end.",
        json_schema_extra=AS_WHOLE,
    )
    selected: Selected | None = Field(
        default=None, description="The candidate that spec.selection chooses; none while nobody stands in front alone."
    )
    pareto_front: Annotated[list[ObjectName], Field(max_length=20)] = Field(
        default_factory=list,
        description="Candidates that nobody beats in every criterion for certain, of those that can be selected.",
        json_schema_extra=AS_WHOLE,
    )
    excluded: Annotated[list[Excluded], Field(max_length=50)] = Field(
        default_factory=list,
        description="Models that are meant by spec.candidates and are not compared, by name; the first 50.",
        json_schema_extra=AS_WHOLE,
    )
    progress: Progress | None = Field(default=None, description="How far the run is.")
    progress_text: str | None = Field(default=None, description="How far the run is, as done/total.")
    report: str | None = Field(
        default=None, description="Where rows, results and reports are, as s3://bucket/path or pvc://claim/path."
    )
    source_changed_at: str | None = Field(
        default=None,
        description="When a source of the catalogue was last found to hold other examples than were read there.",
    )
    history: Annotated[list[Past], Field(max_length=50)] = Field(
        default_factory=list,
        description="Results on earlier inputs, newest first.",
        json_schema_extra=AS_WHOLE,
    )
    conditions: Annotated[list[Condition], Field(max_length=16)] = Field(
        default_factory=list,
        description="Ready, Reconciling, Stalled, InputsResolved, Answered, Compared, PerformanceMeasured, Complete, "
        "JudgeTrusted, GatePassed, Selected, ResultsKept, Stale.",
        json_schema_extra=keyed("type"),
    )
