"""What the guard counts inside an engine, on the engine's own /metrics page, by the engine's own prometheus_client."""

from functools import cache

from prometheus_client import Counter, Histogram

from fmops_serving.gateway.screen.checks import Check

_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.2, 1.0)


@cache
def _series() -> tuple[Counter, Histogram]:
    """Register the series, once in a process: Prometheus refuses a second one of the same name."""
    return (
        Counter(
            "fmops_engine_guard_checks_total",
            "Looks of a guard rail inside the engine, by what they led to",
            ("rail", "detector", "direction", "outcome"),
        ),
        Histogram(
            "fmops_engine_guard_check_seconds",
            "Time of one look of a guard rail inside the engine",
            ("rail", "direction"),
            buckets=_BUCKETS,
        ),
    )


def count(check: Check) -> None:
    """Count looks at texts."""
    checks, times = _series()
    checks.labels(check.rail, check.detector, check.direction.value, check.outcome.value).inc(check.looks)
    time = times.labels(check.rail, check.direction.value)
    for each in check.seconds:
        time.observe(each)
