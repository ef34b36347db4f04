"""When a run is measured again, kept, or old: each row is a moment."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fmops_api.evaluationrun import EvaluationRun
from fmops_operator.desired.evaluationrun import build_plan
from fmops_operator.status.evaluationrun_rerun import is_kept, scheduled_for, seconds_until, soonest, stale
from tests.operator.evaluation_samples import inputs, run

MONDAYS = {"schedule": "0 3 * * 1"}
DONE = {"inputsHash": "h", "startedAt": "2026-03-03T10:00:00Z", "finishedAt": "2026-03-03T10:20:00Z"}
STUCK = [{"type": "Stalled", "status": "True", "reason": "JobFailed"}]
LOST = [{"type": "Stalled", "status": "True", "reason": "TemplateNotFound"}]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def made(rerun: dict[str, Any] | None, status: dict[str, Any], **spec: Any) -> EvaluationRun:
    return run({**({"rerun": rerun} if rerun is not None else {}), **spec}, status)


@pytest.mark.parametrize(
    ("rerun", "status", "now", "wanted"),
    [
        pytest.param(MONDAYS, {}, "2026-03-09T03:01", None, id="what was never measured is measured, for no time"),
        pytest.param(MONDAYS, DONE, "2026-03-09T02:59", None, id="the schedule has not come yet"),
        pytest.param(MONDAYS, DONE, "2026-03-09T03:00", "2026-03-09T03:00:00Z", id="it comes to the second"),
        pytest.param(
            MONDAYS, DONE, "2026-04-01T00:00", "2026-03-30T03:00:00Z", id="four that were missed count once, the newest"
        ),
        pytest.param(
            MONDAYS,
            {**DONE, "startedAt": "2026-03-09T03:00:05Z", "scheduledAt": "2026-03-09T03:00:00Z"},
            "2026-03-10T00:00",
            "2026-03-09T03:00:00Z",
            id="it was measured for that time: the same",
        ),
        pytest.param(
            MONDAYS, {**DONE, "finishedAt": None}, "2026-03-09T03:01", None, id="what runs is not interrupted"
        ),
        pytest.param(
            MONDAYS,
            {**DONE, "finishedAt": None, "conditions": STUCK},
            "2026-03-09T03:01",
            "2026-03-09T03:00:00Z",
            id="what failed gets another chance",
        ),
        pytest.param(
            MONDAYS,
            {**DONE, "finishedAt": None, "conditions": LOST},
            "2026-03-09T03:01",
            None,
            id="what lacks an input does not",
        ),
        pytest.param(
            {}, {**DONE, "scheduledAt": "2026-03-02T03:00:00Z"}, "2026-03-09T03:01", "2026-03-02T03:00:00Z",
            id="a schedule that was taken away leaves the last one's results in force",
        ),
        pytest.param(
            {**MONDAYS, "timeZone": "Europe/Berlin"}, DONE, "2026-03-09T02:00", "2026-03-09T02:00:00Z",
            id="three in Berlin",
        ),
    ],
)  # fmt: skip
def test_the_scheduled_time(rerun: dict[str, Any], status: dict[str, Any], now: str, wanted: str | None) -> None:
    given = {name: value for name, value in status.items() if value is not None}
    assert scheduled_for(made(rerun, given), at(now)) == wanted


def test_a_suspended_run_waits_with_its_schedule() -> None:
    assert scheduled_for(made(MONDAYS, DONE, execution={"suspend": True}), at("2026-03-09T03:01")) is None


def test_the_scheduled_time_is_an_input() -> None:
    base, first, second = (build_plan(run(), inputs(), "i", at).inputs_hash for at in (None, "a", "b"))
    assert len({base, first, second}) == 3
    assert build_plan(run(), inputs(), "i", "a").inputs_hash == first


@pytest.mark.parametrize(
    ("rerun", "status", "scheduled", "kept"),
    [
        pytest.param({"onInputChange": False}, DONE, None, True, id="finished results stay"),
        pytest.param({"onInputChange": True}, DONE, None, False, id="they go when changes count"),
        pytest.param(None, DONE, None, False, id="changes count when nothing is said"),
        pytest.param({"onInputChange": False}, {"inputsHash": "h"}, None, False, id="what runs is superseded"),
        pytest.param({"onInputChange": False}, {}, None, False, id="what was never measured is measured"),
        pytest.param({"onInputChange": False}, {**DONE, "inputsHash": "new"}, None, False, id="nothing changed"),
        pytest.param({"onInputChange": False}, DONE, "2026-03-09T03:00:00Z", False, id="the schedule measures anew"),
    ],
)
def test_what_is_kept(rerun: dict[str, Any] | None, status: dict[str, Any], scheduled: str | None, kept: bool) -> None:
    assert is_kept(made(rerun, status), "new", scheduled) is kept


@pytest.mark.parametrize(
    ("rerun", "status", "inputs_hash", "now", "expected"),
    [
        pytest.param({"maxAge": "1h"}, DONE, "h", "2026-03-03T11:20", ("False", "Fresh"), id="as old as it may be"),
        pytest.param({"maxAge": "1h"}, DONE, "h", "2026-03-03T11:20:01", ("True", "TooOld"), id="a second older"),
        pytest.param({"maxAge": "1h"}, {}, "h", "2026-03-03T11:20", ("Unknown", "Undecided"), id="no results yet"),
        pytest.param(
            {"onInputChange": False}, DONE, "new", "2026-03-03T11:00", ("True", "InputsChanged"), id="other inputs"
        ),
        pytest.param(MONDAYS, DONE, "h", "2030-01-01T00:00", ("False", "Fresh"), id="without an age none is too old"),
    ],
)
def test_stale(
    rerun: dict[str, Any], status: dict[str, Any], inputs_hash: str, now: str, expected: tuple[str, str]
) -> None:
    judged = made(rerun, status)
    [found] = stale(judged.spec, judged.status, inputs_hash, at(now))
    assert (found.type, found.status, found.reason) == ("Stale", *expected)


def test_a_run_that_says_nothing_of_it_is_never_stale() -> None:
    judged = made(None, DONE)
    assert stale(judged.spec, judged.status, "new", at("2030-01-01T00:00")) == []
    assert seconds_until(judged.spec, judged.status, at("2030-01-01T00:00")) is None


@pytest.mark.parametrize(
    ("rerun", "now", "wait"),
    [
        pytest.param(MONDAYS, "2026-03-09T02:59", 61.0, id="until the schedule comes"),
        pytest.param({"maxAge": "1h"}, "2026-03-03T11:00", 1201.0, id="until it is too old"),
        pytest.param({"maxAge": "1h"}, "2026-03-03T12:00", None, id="too old already"),
        pytest.param({**MONDAYS, "maxAge": "1h"}, "2026-03-03T11:19", 61.0, id="whichever is first"),
    ],
)
def test_when_to_look_again(rerun: dict[str, Any], now: str, wait: float | None) -> None:
    judged = made(rerun, DONE)
    assert seconds_until(judged.spec, judged.status, at(now)) == wait


def test_the_soonest_of_several() -> None:
    assert soonest(None, 5.0, 3.0) == 3.0
    assert soonest(None, None) is None
