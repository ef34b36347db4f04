"""When a run measures again, and when its results count as old."""

from typing import Annotated, ClassVar

from pydantic import Field, StrictBool

from fmops_api.cron import ScheduleError, parse_schedule
from fmops_api.meta import Model, Rule
from fmops_api.scalars import Duration, Shape

CronText = Annotated[
    str,
    Field(max_length=128),
    Shape(
        r"[-0-9A-Za-z*,/]+( [-0-9A-Za-z*,/]+){4}",
        "must be a schedule of five fields, such as 0 3 * * 1 for Mondays at three",
    ),
]
TimeZone = Annotated[
    str,
    Field(max_length=64),
    Shape(r"[A-Za-z][-A-Za-z0-9_+]*(/[-A-Za-z0-9_+]+)*", "must be a time zone such as UTC or Europe/Berlin"),
]


class Rerun(Model):
    """When everything is measured again, and when results count as old."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("!has(self.timeZone) || has(self.schedule)", "timeZone belongs to schedule: give one, or remove it"),
    )

    on_input_change: StrictBool = Field(
        default=True,
        description="Measure anew when inputs change. When false, finished results stay, and the condition Stale says "
        "that they are about other inputs.",
    )
    schedule: CronText | None = Field(
        default=None,
        description="Cron schedule by which everything is measured anew on whatever the inputs are, such as 0 3 * * 1. "
        "Times that were missed count once; a measurement that runs is not interrupted.",
    )
    time_zone: TimeZone | None = Field(default=None, description="Time zone of schedule; UTC when left out.")
    max_age: Duration | None = Field(
        default=None,
        description="Age from which the condition Stale is True, such as 720h; measures nothing by itself.",
    )


def fault_in(rerun: Rerun | None) -> str:
    """Say why a schedule never comes, which the schema cannot; empty when it does or there is none."""
    if rerun is None or rerun.schedule is None:
        return ""
    try:
        parse_schedule(rerun.schedule, rerun.time_zone or "UTC")
    except ScheduleError as error:
        return str(error)
    return ""
