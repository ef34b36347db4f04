"""Measuring every candidate of a run from here, side by side as far as the run allows."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from time import monotonic

from rich.console import Console

from fmops_api.evaluationplan import Candidate, EvaluationPlan, EvaluationSummary
from fmops_api.scalars import seconds
from fmops_serving.evaluate.errors import NotMeasured
from fmops_serving.evaluate.folder import RunFolder
from fmops_serving.evaluate.inputs import Inputs, gather, key_of
from fmops_serving.evaluate.laptop.bars import drawn
from fmops_serving.evaluate.laptop.manifests import Evaluation
from fmops_serving.evaluate.laptop.plan import Reach, build_plan, endpoints_of
from fmops_serving.evaluate.laptop.report import Outcome
from fmops_serving.evaluate.laptop.served import served_name
from fmops_serving.evaluate.manifest import write_manifest
from fmops_serving.evaluate.measure import measure, unmeasured
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.together import together
from fmops_serving.evaluate.watch import logged


async def carry_out(evaluation: Evaluation, reach: Reach, limit: int | None, folder: RunFolder) -> Outcome:
    """Measure every candidate; one that cannot be measured does not keep the others from it. Raises EvaluationError."""
    started = datetime.now(UTC)
    draft = endpoints_of(evaluation.run, evaluation.models, reach)
    found = await asyncio.gather(*(_served(candidate) for candidate in draft))
    _refuse_absent_judges(evaluation, draft, found)
    endpoints = [
        endpoint.model_copy(update={"model": name}) if isinstance(name, str) else endpoint
        for endpoint, name in zip(draft, found, strict=True)
    ]
    plan = build_plan(evaluation.run, evaluation.catalog, endpoints, limit)
    inputs = [gather(plan, evaluation.catalog, index) for index in range(len(plan.candidates))]
    write_manifest(folder, inputs[0])
    away = {draft[i].name: fault for i, fault in enumerate(found) if isinstance(fault, NotMeasured)}
    summaries = await _all_measured(plan, inputs, away, folder)
    if all(summary.error for summary in summaries):
        raise NotMeasured("; ".join(summary.error for summary in summaries))
    return Outcome(plan, evaluation.run.spec, summaries, started, len(inputs[0].examples))


def _refuse_absent_judges(
    evaluation: Evaluation, endpoints: Sequence[Candidate], found: Sequence[str | NotMeasured]
) -> None:
    """Ask nobody anything when a judge is away: without it no candidate can be measured."""
    judges = {judge.model.name for judge in evaluation.run.spec.judges or ()}
    for endpoint, fault in zip(endpoints, found, strict=True):
        if isinstance(fault, NotMeasured) and endpoint.name in judges:
            raise NotMeasured(f"judge {fault}")


async def _served(candidate: Candidate) -> str | NotMeasured:
    key = key_of(candidate)
    try:
        return await served_name(candidate.url, key, list(dict.fromkeys([candidate.model, candidate.name])))
    except NotMeasured as error:
        return NotMeasured(f"{candidate.name}: {error}")


async def _all_measured(
    plan: EvaluationPlan, inputs: Sequence[Inputs], away: Mapping[str, NotMeasured], folder: RunFolder
) -> list[EvaluationSummary]:
    counts = [Progress(each.candidate.name, len(each.examples)) for each in inputs]
    deadline = monotonic() + seconds(plan.execution.run_timeout)
    room = asyncio.Semaphore(plan.execution.parallelism)

    async def one(each: Inputs, progress: Progress) -> EvaluationSummary:
        if fault := away.get(each.candidate.name):
            return unmeasured(progress, fault)
        try:
            async with room:
                return await measure(each, folder, progress, deadline)
        except NotMeasured as error:
            return unmeasured(progress, error)

    async with _shown([progress for progress in counts if progress.model not in away]):
        return await together([one(each, progress) for each, progress in zip(inputs, counts, strict=True)])


@asynccontextmanager
async def _shown(counts: Sequence[Progress]) -> AsyncIterator[None]:
    """Draw bars where somebody looks, and write lines where nobody does."""
    console = Console(stderr=True)
    if console.is_terminal:
        async with drawn(counts, console):
            yield
        return
    async with AsyncExitStack() as stack:
        for progress in counts:
            await stack.enter_async_context(logged(progress))
        yield
