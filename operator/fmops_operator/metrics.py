"""The operator's Prometheus metrics: of its own work, and of each object, derived from its stored status."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from fmops_operator.manifest import Key
from fmops_operator.readings import OBJECT_METRICS, Documentation, Reading, readings_of

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_RECONCILES = Documentation(
    "fmops_reconcile_total",
    "counter",
    ("kind", "result"),
    "Looks at an object, by result: done, or the kind of error (conflict, unavailable, forbidden, refused, notleading,"
    " error).",
)
_SECONDS = Documentation("fmops_reconcile_seconds", "histogram", ("kind",), "Time of one look at an object.")
_DEPTH = Documentation("fmops_queue_depth", "gauge", (), "Objects that wait to be looked at.")
_AGE = Documentation(
    "fmops_last_event_age_seconds",
    "gauge",
    (),
    "Seconds since the API server last told anything by a watch; bookmarks come every minute, so it stays small.",
)
_LEADER = Documentation("fmops_leader", "gauge", (), "1 when this replica works, 0 when it waits for the Lease.")
OWN_METRICS = (_RECONCILES, _SECONDS, _DEPTH, _AGE, _LEADER)


def documented() -> tuple[Documentation, ...]:
    """List every metric of the operator: name, type, labels and help; docs/metrics.md is made from it."""
    return (*OWN_METRICS, *OBJECT_METRICS)


class Metrics:
    """The registry of one operator."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._total = Counter(*_declared(_RECONCILES), registry=self.registry)
        self._seconds = Histogram(*_declared(_SECONDS), registry=self.registry, buckets=_BUCKETS)
        self._objects = Objects()
        self.registry.register(self._objects)

    def gauges(self, depth: Callable[[], float], age: Callable[[], float], leader: Callable[[], float]) -> None:
        """Take the sources of the operator's own gauges; they are asked at each scrape."""
        for documentation, source in ((_DEPTH, depth), (_AGE, age), (_LEADER, leader)):
            Gauge(*_declared(documentation), registry=self.registry).set_function(source)

    def looked(self, kind: str, result: str, seconds: float) -> None:
        """Count one look."""
        self._total.labels(kind, result).inc()
        self._seconds.labels(kind).observe(seconds)

    def observe(self, key: Key, manifest: Mapping[str, Any] | None) -> None:
        """Take an object as it is now; None when it is gone, and its series with it."""
        self._objects.observe(key, manifest)


class Objects(Collector):
    """The series of each object, as of its stored status."""

    def __init__(self) -> None:
        self._readings: dict[Key, tuple[Reading, ...]] = {}

    def observe(self, key: Key, manifest: Mapping[str, Any] | None) -> None:
        """Take an object as it is now, or None when it is gone."""
        if manifest is None:
            self._readings.pop(key, None)
        else:
            self._readings[key] = readings_of(manifest)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Give every series."""
        families = {each.name: GaugeMetricFamily(each.name, each.help, labels=each.labels) for each in OBJECT_METRICS}
        for readings in self._readings.values():
            for reading in readings:
                families[reading.name].add_metric(reading.labels, reading.value)
        return families.values()


def _declared(documentation: Documentation) -> tuple[str, str, tuple[str, ...]]:
    return documentation.name, documentation.help, documentation.labels
