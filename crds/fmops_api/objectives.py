"""Objectives of a model: how fast and how clean its answers are to be, as the gateway measures them."""

from typing import ClassVar

from pydantic import Field

from fmops_api.meta import Model, Observed, Rule
from fmops_api.scalars import Duration, Fraction
from fmops_api.series import SCORE_BUCKETS

_SCORES = [bound for bound in SCORE_BUCKETS if bound < 1]


class LatencyObjective(Model):
    """A time that a share of the answers keeps."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "double(self.quantile) >= 0.5 && double(self.quantile) <= 0.999",
            "quantile must be from 0.5 to 0.999, such as 0.95 for 95 of 100 answers",
        ),
        Rule("duration(self.below) <= duration('10m')", "below must be at most 10m: longer times are not told apart"),
    )

    quantile: Fraction = Field(default="0.95", description="Share of the answers that must be faster than below.")
    below: Duration = Field(description="Time that they must keep.")


class LatencyObjectives(Model):
    """How fast answers are to be."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("has(self.timeToFirstToken) || has(self.request)", "give timeToFirstToken, request or both"),
    )

    time_to_first_token: LatencyObjective | None = Field(
        default=None, description="Time until the first piece of a streamed answer leaves the gateway."
    )
    request: LatencyObjective | None = Field(default=None, description="Time until an answer is complete.")


class ToxicityObjective(Model):
    """How seldom answers may be toxic."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            f"double(self.responsesAbove) in {_SCORES}",
            f"responsesAbove must be one of {', '.join(f'{bound:g}' for bound in _SCORES)}: scores are counted there",
        ),
        Rule(
            "double(self.maxFraction) > 0.0 && double(self.maxFraction) <= 0.5",
            "maxFraction must be more than 0 and at most 0.5, such as 0.001 for one answer of a thousand",
        ),
    )

    responses_above: Fraction = Field(default="0.5", description="Answers that score higher than this are toxic.")
    max_fraction: Fraction = Field(description="Share of the answers that may be.")


class Objectives(Model):
    """What is promised of a model's answers. Measured over 5 minutes; alerts look at longer times too."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("has(self.latency) || has(self.toxicity)", "give latency, toxicity or both"),
    )

    latency: LatencyObjectives | None = Field(default=None, description="How fast answers are to be.")
    toxicity: ToxicityObjective | None = Field(default=None, description="How seldom answers may be toxic.")


class Quantiles(Observed):
    """Times that half, and 95 of 100 answers kept."""

    p50: str | None = Field(default=None, description="Median, as a duration.")
    p95: str | None = Field(default=None, description="95th percentile, as a duration.")


class ObservedTraffic(Observed):
    """What the gateway measured, rounded; written again when it changes by more than its rounding."""

    window: str = Field(description="Time that it is about.")
    time_to_first_token: Quantiles | None = Field(default=None, description="Of streamed answers.")
    request: Quantiles | None = Field(default=None, description="Of complete answers.")
    toxic_responses: str | None = Field(
        default=None, description="Share of the answers that scored above toxicity.responsesAbove, 0.5 without it."
    )
    at: str = Field(description="When this was measured, the last time that it was written.")
