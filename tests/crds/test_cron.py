"""Schedules: when they come, against times written down by hand and against cronsim."""

from datetime import UTC, datetime, timedelta

import pytest
from cronsim import CronSim
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fmops_api.cron import ScheduleError, parse_schedule

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "zone", "latest", "following"),
    [
        pytest.param("0 3 * * 1", "UTC", "2026-03-02T03:00", "2026-03-09T03:00", id="Mondays at three"),
        pytest.param("0 3 * * MON", "UTC", "2026-03-02T03:00", "2026-03-09T03:00", id="a day by its name"),
        pytest.param("0 3 * * 7", "UTC", "2026-03-01T03:00", "2026-03-08T03:00", id="seven is Sunday"),
        pytest.param("0 12 * * *", "UTC", "2026-03-04T12:00", "2026-03-05T12:00", id="now has come, and is not next"),
        pytest.param("*/15 * * * *", "UTC", "2026-03-04T12:00", "2026-03-04T12:15", id="every quarter"),
        pytest.param("0 0 29 2 *", "UTC", "2024-02-29T00:00", "2028-02-29T00:00", id="a leap day"),
        pytest.param("0 0 13 * FRI", "UTC", "2026-02-27T00:00", "2026-03-06T00:00", id="either day is enough"),
        pytest.param("0 0 */7 * FRI", "UTC", "2025-08-29T00:00", "2026-05-01T00:00", id="a star asks for both"),
        pytest.param("30 22 1 jan-mar,dec *", "UTC", "2026-03-01T22:30", "2026-12-01T22:30", id="months by name"),
        pytest.param("0 3 * * *", "Europe/Berlin", "2026-03-04T02:00", "2026-03-05T02:00", id="three in Berlin"),
        pytest.param("0 1 * * *", "Pacific/Auckland", "2026-03-04T12:00", "2026-03-05T12:00", id="another day there"),
    ],
)
def test_when_a_schedule_comes(schedule: str, zone: str, latest: str, following: str) -> None:
    parsed = parse_schedule(schedule, zone)
    assert parsed.latest(NOON) == at(latest)
    assert parsed.next(NOON) == at(following)


def test_a_time_that_the_clock_skips_comes_as_much_later() -> None:
    parsed = parse_schedule("30 2 * * *", "Europe/Berlin")
    assert parsed.next(at("2026-03-28T20:00")) == at("2026-03-29T01:30"), "03:30 in Berlin; there is no 02:30"
    assert parsed.next(at("2026-03-29T01:30")) == at("2026-03-30T00:30")


def test_a_time_that_comes_twice_counts_the_first_time() -> None:
    parsed = parse_schedule("30 2 * * *", "Europe/Berlin")
    assert parsed.next(at("2026-10-24T20:00")) == at("2026-10-25T00:30")
    assert parsed.next(at("2026-10-25T00:30")) == at("2026-10-26T01:30")


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("0 3 * *", "has 4 fields, and a schedule has five"),
        ("60 3 * * *", "'60' is no minute: 0 to 59"),
        ("0 24 * * *", "'24' is no hour: 0 to 23"),
        ("0 3 0 * *", "'0' is no day of the month: 1 to 31"),
        ("0 3 * FOO *", "'FOO' is no month"),
        ("0 3 * * 8", "'8' is no day of the week: 0 to 7"),
        ("0 3-1 * * *", "'3-1' is no hour"),
        ("*/0 3 * * *", "'*/0' is no minute"),
        ("0 3 30 2 *", "never comes: there is no such day"),
        ("1,,2 3 * * *", "'1,,2' is no minute"),
    ],
)
def test_what_is_no_schedule(schedule: str, words: str) -> None:
    with pytest.raises(ScheduleError) as refused:
        parse_schedule(schedule)
    assert words in str(refused.value)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", ""])
def test_what_is_no_time_zone(zone: str) -> None:
    with pytest.raises(ScheduleError, match="is no time zone, such as UTC or Europe/Berlin"):
        parse_schedule("0 3 * * 1", zone)


def _field(low: int, high: int) -> st.SearchStrategy[str]:
    value = st.integers(low, high)
    # Of one number and a step, such as 5-5/2, cronsim makes 5/2, which crontab(5) does not.
    spans = st.lists(value, min_size=2, max_size=2, unique=True).map(lambda two: f"{min(two)}-{max(two)}")
    steps = st.tuples(st.one_of(st.just("*"), spans), st.integers(1, 9)).map(lambda pair: f"{pair[0]}/{pair[1]}")
    single = st.one_of(value.map(str), spans, steps)
    return st.one_of(st.just("*"), st.lists(single, min_size=1, max_size=3).map(",".join))


@given(
    fields=st.tuples(_field(0, 59), _field(0, 23), _field(1, 28), _field(1, 12), _field(0, 7)),
    now=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - hypothesis takes them without a zone
)
@settings(max_examples=60, deadline=None)
def test_it_agrees_with_cronsim(fields: tuple[str, ...], now: datetime) -> None:
    # cronsim takes a star anywhere in the field as "no restriction"; crontab(5) and we one at its beginning.
    assume(all("*" not in part for field in fields for part in field.split(",")[1:]))
    text, moment = " ".join(fields), now.replace(microsecond=0, tzinfo=UTC)
    parsed = parse_schedule(text)
    assert parsed.next(moment) == next(CronSim(text, moment))
    assert parsed.latest(moment) == next(CronSim(text, moment + timedelta(seconds=1), reverse=True))
