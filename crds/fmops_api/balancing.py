"""Balancing: which of a model's pods the gateway asks."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from fmops_api.meta import Model, Rule

PREFIX_LENGTH = 256
"""Bytes of a prompt that decide when nothing else is said."""

PrefixLength = Annotated[int, Field(strict=True, ge=16, le=65536)]


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
    )

    strategy: BalancingStrategy = Field(
        description="LeastOutstanding: the pod with the fewest requests on their way. PrefixAffinity: prompts that "
        "begin alike go to one pod, whose prefix cache holds that beginning, while it has at most 1.25 times the mean."
    )
    prefix_length: PrefixLength | None = Field(
        default=None,
        description="Bytes of a prompt's beginning that PrefixAffinity tells apart, 256 when left out; it must be more "
        "than what all prompts begin with, such as a system prompt, or all go to one pod until it is full.",
    )
