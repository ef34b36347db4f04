"""Whether answers kept what is promised, and figures that are written again only when they change."""

from datetime import UTC, datetime
from math import inf
from typing import Any

import pytest

from fmops_api.objectives import Objectives, ObservedTraffic, Quantiles
from fmops_api.scalars import seconds
from fmops_operator.histogram import NOTHING, Counts
from fmops_operator.status.foundationmodel_objectives import duration, find_objectives, observe, rounded
from fmops_operator.world import Traffic

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
TTFT = {"latency": {"timeToFirstToken": {"quantile": "0.95", "below": "500ms"}}}
REQUEST = {"latency": {"request": {"quantile": "0.5", "below": "5s"}}}
CLEAN = {"toxicity": {"maxFraction": "0.01"}}
BOTH = {"latency": {**TTFT["latency"], **REQUEST["latency"]}, **CLEAN}


def times(*counts: float) -> Counts:
    """Observations at or below 0.4, 0.5, 0.75 and 5 seconds, and all of them."""
    return Counts.of(dict(zip((0.4, 0.5, 0.75, 5.0, inf), counts, strict=True)))


def scores(clean: float, total: float) -> Counts:
    return Counts.of({0.4: clean, 0.5: clean, 0.6: total, inf: total})


FAST, SLOW = times(90, 95, 100, 100, 100), times(90, 94, 100, 100, 100)


@pytest.mark.parametrize(
    ("objectives", "traffic", "status", "reason", "told"),
    [
        pytest.param(TTFT, Traffic(None, FAST), True, "Met", "at least 95 of 100", id="exactly as promised is kept"),
        pytest.param(
            TTFT,
            Traffic(None, SLOW),
            False,
            "LatencyAboveObjective",
            "timeToFirstToken: fewer than 95 of 100 answers came within 500ms",
            id="one slow answer too many",
        ),
        pytest.param(
            TTFT, Traffic(None, NOTHING, FAST), None, "NoTraffic", "latency.timeToFirstToken", id="nothing streamed"
        ),
        pytest.param(TTFT, Traffic("away"), None, "Unmeasurable", "away", id="nobody measures"),
        pytest.param(
            REQUEST, Traffic(None, NOTHING, times(0, 0, 0, 0, 9)), False, "LatencyAboveObjective", "", id="all too slow"
        ),
        pytest.param(
            CLEAN, Traffic(None, toxicity=scores(99, 100)), True, "Met", "no more than 0.01", id="as toxic as allowed"
        ),
        pytest.param(
            CLEAN,
            Traffic(None, toxicity=scores(98, 100)),
            False,
            "ToxicityAboveObjective",
            "more than 0.01 of the answers scored above 0.5",
            id="more toxic than allowed",
        ),
        pytest.param(
            BOTH,
            Traffic(None, SLOW, FAST, scores(0, 9)),
            False,
            "LatencyAboveObjective",
            "; toxicity: more than",
            id="every objective that is missed is named",
        ),
        pytest.param(
            BOTH, Traffic(None, SLOW), False, "LatencyAboveObjective", "", id="one that is missed beside one unmeasured"
        ),
        pytest.param(BOTH, Traffic(None, FAST), None, "NoTraffic", "latency.request, toxicity", id="some unmeasured"),
    ],
)
def test_objectives_are_judged(
    objectives: dict[str, Any], traffic: Traffic, status: bool | None, reason: str, told: str
) -> None:
    found = find_objectives(Objectives.model_validate(objectives), traffic)
    assert (found.status, found.reason) == (status, reason)
    assert told in found.message


@pytest.mark.parametrize(
    ("below", "share"),
    [
        pytest.param(0.5, 0.06, id="on a bound it is counted"),
        pytest.param(0.625, 0.03, id="between two bounds it is interpolated"),
        pytest.param(60.0, 0.0, id="above the highest bound that has everything"),
        pytest.param(0.2, 0.55, id="below the lowest it is interpolated from zero"),
    ],
)
def test_the_share_above_a_time(below: float, share: float) -> None:
    assert SLOW.share_above(below) == pytest.approx(share)


def test_figures_are_for_people_and_stay_until_they_differ_by_more_than_their_rounding() -> None:
    first = observe(None, Traffic(None, FAST, FAST, scores(9996, 10000)), None, NOW)
    quantiles = Quantiles(p50="220ms", p95="500ms")
    assert first == ObservedTraffic(
        window="5m",
        time_to_first_token=quantiles,
        request=quantiles,
        toxic_responses="0.0004",
        at="2026-11-26T03:00:00Z",
    )
    later = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
    nearly = Traffic(None, times(91, 95, 100, 100, 100), FAST, scores(9995, 10000))
    assert observe(None, nearly, first, later) is not first
    little = Traffic(None, times(92, 95, 100, 100, 100), FAST, scores(9996, 10000))
    assert observe(None, little, first, later) is first, "218 ms is shown as 220 ms already"
    other = observe(None, Traffic(None, times(10, 95, 100, 100, 100), FAST), first, later)
    assert other is not None
    assert (other.toxic_responses, other.at) == (None, "2026-11-26T04:00:00Z")


def test_no_figures_without_answers_or_without_a_gateway() -> None:
    before = observe(None, Traffic(None, FAST), None, NOW)
    assert before is not None
    assert observe(None, Traffic(None), before, NOW) is None
    assert observe(None, Traffic("away", FAST), before, NOW) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0ms"),
        (0.0004, "0ms"),
        (0.0849, "85ms"),
        (0.2149, "210ms"),
        (1.04, "1s"),
        (1.46, "1s500ms"),
        (127.0, "130s"),
    ],
)
def test_times_are_rounded_to_two_digits_and_can_be_read_again(value: float, text: str) -> None:
    assert duration(rounded(value)) == text
    assert seconds(text) == pytest.approx(rounded(value), abs=0.0005)
