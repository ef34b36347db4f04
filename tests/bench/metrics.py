"""The gateway's metrics beside prometheus-client, in one run, on equal pages: `python -m tests.bench.metrics`.

Prints CPU time per observation and per page, medians of interleaved rounds, and the ratio. Not a test: it ends with an
error only when the pages differ.
"""

import argparse
from collections.abc import Callable
from statistics import median
from time import process_time

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from fmops_api.series import REQUESTS, TIME_TO_FIRST_TOKEN
from fmops_serving.gateway.metrics.cells import distributions, numbers
from fmops_serving.gateway.metrics.exposition import page

MODELS = 50
OBSERVATIONS = 20_000
SECONDS = [0.0007 * (1 + number % 997) for number in range(OBSERVATIONS)]


class Ours:
    """What the gateway does."""

    def __init__(self) -> None:
        self.times = distributions(TIME_TO_FIRST_TOKEN)
        self.counts = numbers(REQUESTS)
        self.time = self.times.cell("support", "model-0", "r1").observe
        self.count = self.counts.cell("support", "model-0", "r1", "chat", "200").add
        for number in range(MODELS):
            self.times.cell("support", f"model-{number}", "r1")
            self.counts.cell("support", f"model-{number}", "r1", "chat", "200")

    def page(self) -> str:
        return page([self.times, self.counts])[0].decode()


class Theirs:
    """The same by prometheus-client, with the children of labels kept as well."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        series = TIME_TO_FIRST_TOKEN
        times = Histogram(series.name, series.help, series.labels, registry=self.registry, buckets=series.buckets)
        counts = Counter(REQUESTS.name, REQUESTS.help, REQUESTS.labels, registry=self.registry)
        self.time = times.labels("support", "model-0", "r1").observe
        self.count = counts.labels("support", "model-0", "r1", "chat", "200").inc
        for number in range(MODELS):
            times.labels("support", f"model-{number}", "r1")
            counts.labels("support", f"model-{number}", "r1", "chat", "200")

    def page(self) -> str:
        return generate_latest(self.registry).decode()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.metrics", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds, interleaved; the median of each side counts")
    rounds = parser.parse_args().rounds
    ours, theirs = Ours(), Theirs()
    seconds = [(_observed(theirs), _observed(ours), _page(theirs.page), _page(ours.page)) for _ in range(rounds)]
    if _samples(ours.page()) != _samples(theirs.page()):
        raise SystemExit("the pages differ")
    their_time, our_time, their_page, our_page = (median(column) for column in zip(*seconds, strict=True))
    print(f"{'':28}{'prometheus-client':>20}{'fmops':>10}{'ratio':>9}")
    print(f"{'count and time, µs':28}{1e6 * their_time:20.2f}{1e6 * our_time:10.2f}{their_time / our_time:8.1f}x")
    print(
        f"{f'page of {MODELS} models, ms':28}{1e3 * their_page:20.2f}{1e3 * our_page:10.2f}"
        f"{their_page / our_page:8.1f}x"
    )


def _observed(side: Ours | Theirs) -> float:
    time, count = side.time, side.count
    began = process_time()
    for value in SECONDS:
        time(value)
        count()
    return (process_time() - began) / OBSERVATIONS


def _page(write: Callable[[], str], times: int = 20) -> float:
    began = process_time()
    for _ in range(times):
        write()
    return (process_time() - began) / times


def _samples(text: str) -> set[tuple[str, tuple[tuple[str, str], ...], float]]:
    return {
        (sample.name, tuple(sorted(sample.labels.items())), round(sample.value, 6))
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


if __name__ == "__main__":
    main()
