"""The gateway's histograms, read from its metrics page or from an answer of Prometheus: pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from fmops_api.series import REQUEST_DURATION, TIME_TO_FIRST_TOKEN, TOXICITY
from fmops_operator.histogram import Counts

READ = (TIME_TO_FIRST_TOKEN, REQUEST_DURATION, TOXICITY)
_LINE = re.compile(rf"^({'|'.join(series.name for series in READ)})_bucket\{{([^}}]*)\}} ([-+.0-9eE]+)", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')
_OUTPUT = "Output"


class Series(NamedTuple):
    """A histogram of a model."""

    name: str
    namespace: str
    model: str


Readings = Mapping[Series, Counts]


def read_page(text: str) -> Readings:
    """Read a page in Prometheus' text format; revisions and operations are added up, lines of others passed over."""
    return _together((name, dict(_LABEL.findall(labels)), float(value)) for name, labels, value in _LINE.findall(text))


def read_answer(name: str, answer: Any) -> Readings:
    """Read the instant vector of a query about one histogram. Raises ValueError, KeyError or TypeError for another."""
    if answer["status"] != "success" or answer["data"]["resultType"] != "vector":
        raise ValueError("it is no instant vector")
    return _together((name, sample["metric"], float(sample["value"][1])) for sample in answer["data"]["result"])


def _together(samples: Iterable[tuple[str, Mapping[str, str], float]]) -> Readings:
    buckets: defaultdict[Series, defaultdict[float, float]] = defaultdict(lambda: defaultdict(float))
    for name, labels, value in samples:
        if labels.get("direction", _OUTPUT) == _OUTPUT and labels.get("model"):
            buckets[Series(name, labels["namespace"], labels["model"])][float(labels["le"])] += value
    return {series: Counts.of(found) for series, found in buckets.items()}
