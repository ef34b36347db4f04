"""How the work of an evaluation is done: how much at once, for how long, and when too little came of it."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field, StrictBool

from fmops_api.meta import Model, Rule
from fmops_api.resources import REQUESTS_WITHIN_LIMITS, ResourceList
from fmops_api.scalars import DURATION, POSITIVE, Duration, Fraction, Label, Price
from fmops_api.shard import MOST_SHARDS


class JobResources(Model):
    """What an evaluation pod needs."""

    rules: ClassVar[tuple[Rule, ...]] = (REQUESTS_WITHIN_LIMITS,)

    requests: ResourceList | None = Field(default=None, description="What is reserved on the node.")
    limits: ResourceList | None = Field(default=None, description="What may be used at most.")


def _sound(field: str) -> str:
    return f"(has(self.{field}) && self.{field}.matches(r'^({DURATION})$'))"


class Budget(Model):
    """What asking may take."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("has(self.tokens) || has(self.cost)", "budget says how much: set tokens, cost, or both"),
    )

    tokens: Annotated[int, Field(strict=True, ge=1, le=10**12)] | None = Field(
        default=None, description="Tokens of prompts and answers, further tries and judges among them."
    )
    cost: Annotated[Price, POSITIVE] | None = Field(
        default=None, description="Money, in the currency of the prices; every model that is asked must have one."
    )


class Cache(StrEnum):
    """Whether answers to earlier inputs of the run are taken again."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"


class Execution(Model):
    """How the work is done."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            f"!({_sound('attemptTimeout')} && {_sound('runTimeout')})"
            " || duration(self.attemptTimeout) <= duration(self.runTimeout)",
            "attemptTimeout must not exceed runTimeout",
        ),
        Rule(
            f"!{_sound('runTimeout')} || duration(self.runTimeout) <= duration('720h')",
            "runTimeout must be at most 720h",
        ),
        Rule(
            "!has(self.shards) || self.shards <= (has(self.maxInFlight) ? self.maxInFlight : 16)",
            "shards must not exceed maxInFlight: each asks at least one request at a time",
        ),
    )

    parallelism: Annotated[int, Field(strict=True, ge=1, le=20)] = Field(
        default=1, description="Candidates measured at once."
    )
    shards: Annotated[int, Field(strict=True, ge=1, le=MOST_SHARDS)] = Field(
        default=1,
        description="Pods that ask a candidate's examples side by side, each an equal part; one more then scores what "
        "all have asked. They share maxInFlight. Results are the same with any number, so that another one measures "
        "nothing anew.",
    )
    max_in_flight: Annotated[int, Field(strict=True, ge=1, le=1024)] = Field(
        default=16,
        description="Requests at once to an address; candidates behind the same one share them.",
    )
    attempt_timeout: Duration = Field(default="120s", description="Time for one request, each retry anew.")
    run_timeout: Duration = Field(
        default="6h",
        description="Time for a stage of the run: asking everything, and comparing. Past it there is no verdict.",
    )
    retries: Annotated[int, Field(strict=True, ge=0, le=20)] = Field(
        default=5, description="Further tries after 429, 5xx, a time-out or a broken connection; never after other 4xx."
    )
    max_error_fraction: Fraction = Field(
        default="0.1",
        description="Most of a candidate's answers that may be missing after all retries; with more it counts as not "
        "measured, whatever the rest says.",
    )
    suspend: StrictBool = Field(
        default=False, description="Stop the Jobs and keep what was measured, until it is false again."
    )
    budget: Budget | None = Field(
        default=None,
        description="Most that asking and judging may take, in equal shares for the candidates. A candidate whose "
        "share is spent stops, and keeps its answers; a raised budget goes on from there.",
    )
    cache: Cache = Field(
        default=Cache.DISABLED,
        description="Enabled: what was asked in the very same words for earlier inputs of this run, of the same "
        "revision, is taken from the sink instead of asked again. Latency then looks at the other answers only.",
    )
    queue_name: Label | None = Field(
        default=None,
        description="LocalQueue of Kueue, in the same namespace, that the Jobs wait in until it has room; they start "
        "at once when left out.",
    )
    resources: JobResources | None = Field(default=None, description="What an evaluation pod needs.")


RULES = (
    Rule(
        "!has(self.execution) || !has(self.execution.cache) || self.execution.cache != 'Enabled' || has(self.sink)",
        "execution.cache takes answers from the sink: add sink, or remove cache",
    ),
    Rule(
        "!has(self.execution) || !has(self.execution.shards) || self.execution.shards == 1 || has(self.sink)",
        "execution.shards leave their rows in the sink, where they are scored: add sink, or remove shards",
    ),
    Rule(
        "!has(self.execution) || !has(self.execution.budget) || has(self.sink)",
        "execution.budget counts what was spent from the rows in the sink: add sink, or remove budget",
    ),
    Rule(
        "!has(self.execution) || !has(self.execution.budget) || !has(self.judges)"
        " || !self.judges.exists(j, has(j.mode) && j.mode == 'Pairwise')",
        "execution.budget does not count what Pairwise judges take: remove them, or remove budget",
    ),
)
"""Of an EvaluationRun's spec."""
