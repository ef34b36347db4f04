"""The ladder of one candidate: warm up, measure, level after level."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from itertools import cycle
from time import monotonic

from fmops_api.evaluationplan import EvaluationSummary
from fmops_api.performance import Performance
from fmops_api.scalars import seconds
from fmops_serving.evaluate.client import connect_to
from fmops_serving.evaluate.errors import BadInput, NotMeasured, RanOutOfTime, TooManyErrors
from fmops_serving.evaluate.folder import RunFolder, write_json
from fmops_serving.evaluate.inputs import Inputs, key_of
from fmops_serving.evaluate.performance.benchfile import bench_file
from fmops_serving.evaluate.performance.cost import cost_figures
from fmops_serving.evaluate.performance.figures import figures_of_level
from fmops_serving.evaluate.performance.level import Level, run_level
from fmops_serving.evaluate.performance.timing import read_timed
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.request import Request
from fmops_serving.evaluate.score.result import results_of


def wanted_of(performance: Performance) -> int:
    """Count the requests of the whole ladder."""
    return len(performance.concurrency) * (performance.requests + performance.warmup)


async def put_under_load(
    inputs: Inputs, folder: RunFolder | None, progress: Progress, deadline: float
) -> EvaluationSummary:
    """Measure every level, until `deadline` on the clock of `monotonic`; raises NotMeasured or SinkFailed."""
    try:
        async with asyncio.timeout(max(0.0, deadline - monotonic())):
            levels = await _climb(inputs, progress)
    except TimeoutError:
        limit = inputs.plan.execution.run_timeout
        raise RanOutOfTime(f"{inputs.candidate.name}: runTimeout ({limit}) passed under load") from None
    by_level = [list(figures_of_level(level)) for level in levels]
    figures = [figure for each in reversed(by_level) for figure in each]
    price, behind = (inputs.plan.prices or {}).get(inputs.candidate.name), inputs.candidate.accelerators
    figures = [*cost_figures(levels, [each[0] for each in by_level], price, behind), *figures]
    results = results_of(inputs.plan, inputs.candidate, figures)
    summary = EvaluationSummary(model=inputs.candidate.name, results=results)
    if folder is not None:
        for level in levels:
            path = folder.performance(inputs.candidate.name) / f"c{level.concurrency}.json"
            write_json(path, bench_file(inputs.candidate, level))
        write_json(folder.performance(inputs.candidate.name) / "summary.json", summary.to_manifest())
    return summary


async def _climb(inputs: Inputs, progress: Progress) -> list[Level]:
    ladder, (step,) = inputs.plan.performance, inputs.steps
    if ladder is None:
        raise BadInput("the plan has no ladder of loads to measure")
    bodies, levels = _bodies(inputs), list[Level]()
    patience = seconds(inputs.plan.execution.attempt_timeout)
    async with connect_to(read_timed, step.call.url, key_of(step.call.target), patience) as endpoint:
        for concurrency in sorted(ladder.concurrency):
            if ladder.warmup:
                await run_level(endpoint, bodies, concurrency, ladder.warmup, progress)
            levels.append(await run_level(endpoint, bodies, concurrency, ladder.requests, progress))
            _refuse_too_few(inputs, levels[-1])
    return levels


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
