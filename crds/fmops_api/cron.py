"""Cron schedules of five fields in a time zone: the newest time that has come, and the next one.

As in crontab(5): when day of month and day of week are both given, either is enough; 7 is Sunday too. A local time that
a clock change skips comes as much later as the clock jumps, one that comes twice counts the first time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_PART = re.compile(r"(?:\*|([0-9]{1,2}|[A-Z]{3})(?:-([0-9]{1,2}|[A-Z]{3}))?)(?:/([0-9]{1,2}))?")
_LONGEST = 366 * 9
"""Days within which a schedule comes, if it ever does: 29 February may be away for eight years."""


class ScheduleError(ValueError):
    """A schedule or time zone that is none; the message is a sentence."""


@dataclass(frozen=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def parse(self, text: str) -> frozenset[int]:
        """Read one field; raises ScheduleError."""
        return frozenset(value for part in text.upper().split(",") for value in self._part(part, text))

    def _part(self, part: str, text: str) -> range:
        found = _PART.fullmatch(part)
        if not found:
            raise self._error(text)
        first, last, step = found.groups()
        low = self._number(first, text) if first else self.low
        high = self._number(last, text) if last else low if first and not step else self.high
        if not self.low <= low <= high <= self.high or step in {"0", "00"}:
            raise self._error(text)
        return range(low, high + 1, int(step or 1))

    def _number(self, word: str, text: str) -> int:
        if word.isdigit():
            return int(word)
        if word not in self.names:
            raise self._error(text)
        return self.low + self.names.index(word)

    def _error(self, text: str) -> ScheduleError:
        return ScheduleError(f"{text!r} is no {self.name}: {self.low} to {self.high}, lists, ranges and steps of them")


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 7, _DAYS),
)


@dataclass(frozen=True)
class Schedule:
    """When something is due."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool
    """Whether day of month and day of week are both restricted, so that one of them is enough."""
    zone: ZoneInfo

    def latest(self, now: datetime) -> datetime | None:
        """Give the newest time that is not after `now`, in UTC; None when there is none in nine years."""
        days = (now.astimezone(self.zone).date() - timedelta(days=n) for n in range(-1, _LONGEST))
        times = (max((t for t in self._times(day) if t <= now), default=None) for day in days)
        return next((t for t in times if t), None)

    def next(self, now: datetime) -> datetime | None:
        """Give the first time after `now`, in UTC; None when there is none in nine years."""
        days = (now.astimezone(self.zone).date() + timedelta(days=n) for n in range(-1, _LONGEST))
        times = (min((t for t in self._times(day) if t > now), default=None) for day in days)
        return next((t for t in times if t), None)

    def _times(self, day: date) -> Iterator[datetime]:
        if day.month not in self.months or not self._is_meant(day):
            return
        for hour in self.hours:
            for minute in self.minutes:
                local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
                yield local.astimezone(UTC)

    def _is_meant(self, day: date) -> bool:
        of_month, of_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return of_month or of_week if self.either_day else of_month and of_week


@lru_cache(maxsize=512)
def parse_schedule(text: str, zone: str = "UTC") -> Schedule:
    """Read a schedule such as `0 3 * * 1` in a time zone such as Europe/Berlin; raises ScheduleError."""
    parts = text.split()
    if len(parts) != len(_FIELDS):
        raise ScheduleError(
            f"{text!r} has {len(parts)} fields, and a schedule has five: minute, hour, day of the month, month, day of"
            " the week"
        )
    minutes, hours, days, months, weekdays = (field.parse(part) for field, part in zip(_FIELDS, parts, strict=True))
    either = not parts[2].startswith("*") and not parts[4].startswith("*")
    schedule = Schedule(minutes, hours, days, months, frozenset(d % 7 for d in weekdays), either, _zone(zone))
    if schedule.next(datetime(2000, 1, 1, tzinfo=UTC)) is None:
        raise ScheduleError(f"{text!r} never comes: there is no such day")
    return schedule


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ScheduleError(f"{name!r} is no time zone, such as UTC or Europe/Berlin") from None
