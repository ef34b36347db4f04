"""One level of the ladder: so many requests, never more than so many of them at once."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from fmops_serving.evaluate.client import Endpoint
from fmops_serving.evaluate.errors import NotMeasured
from fmops_serving.evaluate.faults import Fault, Remedy
from fmops_serving.evaluate.performance.timing import Timed
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.together import together


@dataclass(frozen=True)
class Level:
    """What came of one level."""

    concurrency: int
    started: float
    """On the clock of `perf_counter`."""
    duration: float
    """Seconds from the first request to the end of the last one."""
    timed: Sequence[Timed]
    faults: Mapping[str, int]
    """Requests without an answer, by cause; none is sent again."""

    @property
    def requests(self) -> int:
        """Count the requests, answered or not."""
        return len(self.timed) + sum(self.faults.values())


async def run_level(
    endpoint: Endpoint[Timed], bodies: Iterator[bytes], concurrency: int, requests: int, progress: Progress
) -> Level:
    """Keep `concurrency` requests on their way until all are done; raises NotMeasured when asking is in vain."""
    turns, timed, faults = iter(range(requests)), list[Timed](), Counter[str]()

    async def work() -> None:
        for _ in turns:
            try:
                timed.append(await endpoint.ask(next(bodies)))
                progress.answered += 1
            except Fault as fault:
                if fault.remedy is Remedy.STOP:
                    raise NotMeasured(f"{progress.model}: {fault.sentence}") from None
                faults[fault.sentence] += 1
                progress.errors += 1
                progress.last_fault = fault.sentence

    started = perf_counter()
    await together([work() for _ in range(min(concurrency, requests))])
    return Level(concurrency, started, perf_counter() - started, timed, faults)
