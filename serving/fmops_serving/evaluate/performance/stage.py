"""The ladder of one candidate: warm up, measure, level after level."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import cycle
from pathlib import Path
from time import monotonic

from fmops_api.evaluationplan import EvaluationSummary
from fmops_api.performance import Performance
from fmops_api.scalars import seconds
from fmops_serving.evaluate.client import Endpoint, connect_to
from fmops_serving.evaluate.errors import BadInput, NotMeasured, RanOutOfTime, TooManyErrors
from fmops_serving.evaluate.folder import RunFolder, write_json
from fmops_serving.evaluate.inputs import Inputs, key_of
from fmops_serving.evaluate.performance.benchfile import bench_file
from fmops_serving.evaluate.performance.cost import cost_figures
from fmops_serving.evaluate.performance.figures import figures_of_level
from fmops_serving.evaluate.performance.kept import keep_level, kept_level
from fmops_serving.evaluate.performance.level import Level, run_level
from fmops_serving.evaluate.performance.timing import Timed, read_timed
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.request import Request
from fmops_serving.evaluate.score.result import results_of


def wanted_of(performance: Performance) -> int:
    """Count the requests of the whole ladder."""
    return len(performance.concurrency) * (performance.requests + performance.warmup)


Sent = Callable[[], Awaitable[None]]
"""Called when a level is written, to send it where it is safe."""


async def put_under_load(
    inputs: Inputs, folder: RunFolder | None, progress: Progress, deadline: float, sent: Sent | None = None
) -> EvaluationSummary:
    """Measure every level that is not there yet, until `deadline` on the clock of `monotonic`.

    Each is written when it is done. Raises NotMeasured or SinkFailed.
    """
    below = folder.performance(inputs.candidate.name) if folder else None
    try:
        async with asyncio.timeout(max(0.0, deadline - monotonic())):
            levels = await _Ladder(inputs, progress, below, sent).climb()
    except TimeoutError:
        limit = inputs.plan.execution.run_timeout
        raise RanOutOfTime(f"{inputs.candidate.name}: runTimeout ({limit}) passed under load") from None
    by_level = [list(figures_of_level(level)) for level in levels]
    figures = [figure for each in reversed(by_level) for figure in each]
    price, behind = (inputs.plan.prices or {}).get(inputs.candidate.name), inputs.candidate.accelerators
    figures = [*cost_figures(levels, [each[0] for each in by_level], price, behind), *figures]
    results = results_of(inputs.plan, inputs.candidate, figures)
    summary = EvaluationSummary(model=inputs.candidate.name, results=results)
    if below is not None:
        write_json(below / "summary.json", summary.to_manifest())
    return summary


@dataclass(frozen=True)
class _Ladder:
    """The levels of one candidate, and the folder that keeps them."""

    inputs: Inputs
    progress: Progress
    below: Path | None
    sent: Sent | None

    async def climb(self) -> list[Level]:
        """Give all levels, those of an earlier start as they were."""
        ladder, (step,) = self.inputs.plan.performance, self.inputs.steps
        if ladder is None:
            raise BadInput("the plan has no ladder of loads to measure")
        bodies, levels = _bodies(self.inputs), list[Level]()
        patience = seconds(self.inputs.plan.execution.attempt_timeout)
        async with connect_to(read_timed, step.call.url, key_of(step.call.target), patience) as endpoint:
            for concurrency in sorted(ladder.concurrency):
                levels.append(self._before(concurrency) or await self._measured(endpoint, bodies, concurrency, ladder))
        return levels

    def _before(self, concurrency: int) -> Level | None:
        level = kept_level(self.below, self.inputs.plan.inputs_hash, concurrency) if self.below else None
        if level is not None:
            self.progress.answered += len(level.timed)
            self.progress.errors += sum(level.faults.values())
            self.progress.earlier += level.requests
        return level

    async def _measured(
        self, endpoint: Endpoint[Timed], bodies: Iterator[bytes], concurrency: int, ladder: Performance
    ) -> Level:
        if ladder.warmup:
            await run_level(endpoint, bodies, concurrency, ladder.warmup, self.progress)
        level = await run_level(endpoint, bodies, concurrency, ladder.requests, self.progress)
        _refuse_too_few(self.inputs, level)
        if self.below is not None:
            write_json(self.below / f"c{concurrency}.json", bench_file(self.inputs.candidate, level))
            keep_level(self.below, self.inputs.plan.inputs_hash, level)
            if self.sent is not None:
                await self.sent()
        return level


def _bodies(inputs: Inputs) -> Iterator[bytes]:
    asked = [request.body for request in inputs.requests() if isinstance(request, Request) and request.repeat == 0]
    if not asked:
        raise NotMeasured(f"{inputs.candidate.name}: the template takes none of the examples")
    return cycle(asked)


def _refuse_too_few(inputs: Inputs, level: Level) -> None:
    """Raise NotMeasured when too few answers came: an endpoint that refuses half its load is twice as fast."""
    failed, most = sum(level.faults.values()), inputs.plan.execution.max_error_fraction
    if failed > Decimal(most) * level.requests or not level.timed:
        told = "; ".join(f"{count} × {cause}" for cause, count in level.faults.items())
        raise TooManyErrors(
            f"{inputs.candidate.name}: {failed} of {level.requests} requests failed with {level.concurrency} at once,"
            f" and execution.maxErrorFraction ({most}) allows {int(Decimal(most) * level.requests)}: {told}"
        )
