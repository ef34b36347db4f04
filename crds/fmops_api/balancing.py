"""Balancing: which of a model's pods the gateway asks."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from fmops_api.meta import Model, Rule

PREFIX_LENGTH = 256
"""Bytes of a prompt that decide when nothing else is said."""
MEAN_LOAD_FACTOR = 125
"""Percent of the mean of requests that a pod takes when nothing else is said."""

PrefixLength = Annotated[int, Field(strict=True, ge=16, le=65536)]
MeanLoadFactor = Annotated[int, Field(strict=True, ge=100, le=10_000)]


class BalancingStrategy(StrEnum):
    """How one of several addresses is picked."""

    LEAST_OUTSTANDING = "LeastOutstanding"
    PREFIX_AFFINITY = "PrefixAffinity"


class Balancing(Model):
    """Which of a model's pods the gateway asks."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "!has(self.prefixLength) || self.strategy == 'PrefixAffinity'",
            "prefixLength is for strategy PrefixAffinity: use that strategy, or remove prefixLength",
        ),
        Rule(
            "!has(self.meanLoadFactor) || self.strategy == 'PrefixAffinity'",
            "meanLoadFactor is for strategy PrefixAffinity: use that strategy, or remove meanLoadFactor",
        ),
    )

    strategy: BalancingStrategy = Field(
        description="LeastOutstanding: the pod with the fewest requests on their way. PrefixAffinity: prompts that "
        "begin alike go to one pod, whose prefix cache holds that beginning, while it has no more than meanLoadFactor."
    )
    prefix_length: PrefixLength | None = Field(
        default=None,
        description="Bytes of a prompt's beginning that PrefixAffinity tells apart, 256 when left out; it must be more "
        "than what all prompts begin with, such as a system prompt, or all go to one pod until it is full.",
    )
    mean_load_factor: MeanLoadFactor | None = Field(
        default=None,
        description="Percent of the mean of requests on their way that a pod takes with PrefixAffinity before prompts "
        "go on to the next one, 125 when left out; more keeps prompts where they are cached, less evens the load. "
        "From 100 times the number of pods on, none goes on.",
    )
