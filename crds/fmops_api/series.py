"""The gateway's series: what each is called, how it counts, its labels and buckets.

The gateway fills them; the operator, its alerts and the dashboards read them; docs/metrics.md is made from them.
"""

from enum import StrEnum
from typing import NamedTuple


class SeriesType(StrEnum):
    """How a series counts."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Series(NamedTuple):
    """What a series is."""

    name: str
    type: SeriesType
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = ()
    """Upper bounds, of a histogram, without infinity."""


TIME_BUCKETS = (
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0,
    7.5, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0,
)  # fmt: skip
"""Seconds until an answer begins or ends. An objective on one of these is exact; between two it is interpolated."""
GAP_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5)
"""Seconds between two pieces of a stream; from 0.01 on those of OpenTelemetry's gen_ai.server.time_per_output_token."""
GUARD_BUCKETS = (
    0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
    2.5, 5.0, 10.0, 30.0,
)  # fmt: skip
"""Seconds of a look: a few microseconds by a pattern, seconds by a guard model, and 30 at most, a rail's timeout."""
SCORE_BUCKETS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
"""Scores of toxicity; an objective counts what lies above one of them."""

_MODEL = ("namespace", "model")
_REVISION = (*_MODEL, "revision")


def _counter(name: str, labels: tuple[str, ...], sentence: str) -> Series:
    return Series(f"fmops_{name}_total", SeriesType.COUNTER, labels, sentence)


def _gauge(name: str, labels: tuple[str, ...], sentence: str) -> Series:
    return Series(f"fmops_{name}", SeriesType.GAUGE, labels, sentence)


def _histogram(name: str, labels: tuple[str, ...], buckets: tuple[float, ...], sentence: str) -> Series:
    return Series(f"fmops_{name}", SeriesType.HISTOGRAM, labels, sentence, buckets)


REQUESTS = _counter(
    "gateway_requests",
    (*_REVISION, "operation", "code"),
    "Requests, by HTTP status; 499 where the client left. No model where none was found.",
)
REQUEST_DURATION = _histogram(
    "gateway_request_duration_seconds",
    (*_REVISION, "operation"),
    TIME_BUCKETS,
    "Time from a request's head to the end of its answer, of requests answered 200.",
)
TIME_TO_FIRST_TOKEN = _histogram(
    "gateway_time_to_first_token_seconds",
    _REVISION,
    TIME_BUCKETS,
    "Time from a request's head to the first piece of its streamed answer that left, after the guard rails.",
)
TOKEN_GAP = _histogram(
    "gateway_inter_token_gap_seconds", _REVISION, GAP_BUCKETS, "Time between two pieces of a streamed answer that left."
)
TOKENS = _counter(
    "gateway_tokens",
    (*_REVISION, "kind"),
    "Tokens as answers count them: input, output, and of them cached, reasoning.",
)
IN_FLIGHT = _gauge("gateway_requests_in_flight", _MODEL, "Requests that are being answered.")
QUEUED = _gauge("gateway_requests_queued", _MODEL, "Requests that wait for a pod to be ready.")
ADDRESSES = _gauge(
    "gateway_addresses", _REVISION, "Addresses that requests for the model may be sent to; absent for unknown models."
)
ROUTES_AGE = _gauge(
    "gateway_routes_age_seconds",
    (),
    "Time since the API server, or the folder, last confirmed the routes in force: two minutes at most if it answers.",
)
RETRIES = _counter(
    "gateway_retries",
    (*_REVISION, "reason"),
    "Requests sent to one more address, by what the one before did: a fault of the connection, or its status.",
)
EJECTIONS = _counter("gateway_ejections", _REVISION, "Addresses left out for a while because they failed.")
RATE_LIMITED = _counter(
    "gateway_rate_limited", (*_MODEL, "key", "limit"), "Requests refused with 429, by key and by the limit it reached."
)
GUARD_CHECKS = _counter(
    "guard_checks",
    (*_MODEL, "detector", "rail", "direction", "outcome"),
    "Looks of a guard rail at a text: allowed, blocked, redacted, annotated, error (and stopped) or bypassed.",
)
GUARD_REMEMBERED = _counter(
    "guard_remembered",
    (*_MODEL, "detector", "rail"),
    "Looks of fmops_guard_checks_total that were not made again: the same key had sent the same text before.",
)
GUARD_DURATION = _histogram(
    "guard_duration_seconds", (*_MODEL, "detector", "direction"), GUARD_BUCKETS, "Time of one look at a text."
)
GUARD_BYPASSED = _counter(
    "guard_bypassed",
    (*_MODEL, "rail", "direction"),
    "Texts that went on unscreened because a rail failed and its failurePolicy is Ignore.",
)
TOXICITY = _histogram(
    "toxicity_score",
    (*_MODEL, "direction"),
    SCORE_BUCKETS,
    "Toxicity of each request or answer, from 0 to 1, where a rail looks for it.",
)
GATEWAY_SERIES = (
    REQUESTS, REQUEST_DURATION, TIME_TO_FIRST_TOKEN, TOKEN_GAP, TOKENS, IN_FLIGHT, QUEUED, ADDRESSES,
    ROUTES_AGE, RETRIES, EJECTIONS, RATE_LIMITED, GUARD_CHECKS, GUARD_REMEMBERED, GUARD_DURATION, GUARD_BYPASSED,
    TOXICITY,
)  # fmt: skip
