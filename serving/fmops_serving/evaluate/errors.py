"""What ends an evaluation early, each with its exit status."""

from enum import IntEnum
from typing import ClassVar

from fmops_api.reasons import EvaluationRunReason as Reason


class Exit(IntEnum):
    """Exit statuses of the runner and of `fmops evaluate`; docs/evaluation.md lists them."""

    DONE = 0
    BAD_INPUT = 2
    GATE_FAILED = 3
    NOT_MEASURED = 4
    SINK_FAILED = 5
    OUT_OF_BUDGET = 6
    STOPPED = 75
    """Stopped by SIGTERM; the rows are kept, and the same command goes on from there (EX_TEMPFAIL)."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C; the rows are kept as well."""


class EvaluationError(Exception):
    """Why there is no result, as one sentence for people; never carries a prompt or an answer."""

    exit = Exit.NOT_MEASURED
    reason: ClassVar[str] = ""
    """A word of EvaluationRunReason; empty where there is none better than JobFailed."""


class BadInput(EvaluationError):  # noqa: N818 - a word of the domain
    """A file, an option or a manifest that cannot be used."""

    exit = Exit.BAD_INPUT


class SourceChanged(BadInput):
    """A source of the catalogue that holds other examples than its digest stands for."""

    reason = Reason.SOURCE_CHANGED


class NotMeasured(EvaluationError):  # noqa: N818 - a word of the domain
    """A candidate that could not be measured: its endpoint refuses, does not answer, or time ran out."""

    reason = Reason.JOB_FAILED


class TooManyErrors(NotMeasured):
    """A candidate of which more answers are missing than the run allows."""

    reason = Reason.TOO_MANY_ERRORS


class NoTryMends(TooManyErrors):
    """Too many prompts cannot be rendered, so that their answers will never come."""

    exit = Exit.BAD_INPUT


class RanOutOfTime(NotMeasured):
    """A candidate that was not done within the time of the run."""

    reason = Reason.RUN_TIMED_OUT


class BudgetExhausted(NotMeasured):
    """A candidate that was not done when its share of the budget was spent."""

    reason = Reason.BUDGET_EXHAUSTED
    exit = Exit.OUT_OF_BUDGET


class SinkFailed(EvaluationError):  # noqa: N818 - a word of the domain
    """Rows or results that cannot be written or read."""

    exit = Exit.SINK_FAILED


class Stopped(EvaluationError):  # noqa: N818 - a word of the domain
    """Told to stop by SIGTERM."""

    exit = Exit.STOPPED


class Interrupted(Stopped):
    """Told to stop by Ctrl-C."""

    exit = Exit.INTERRUPTED
