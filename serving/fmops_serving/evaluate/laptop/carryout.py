"""Measuring every candidate of a run from here, side by side as far as the run allows.

What a stage needs beside asking is imported when it gets there, so that the first request is soon on its way.
"""

# ruff: noqa: PLC0415

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from time import monotonic

from fmops_api.choose.facts import card_of
from fmops_api.evaluationplan import Candidate, EvaluationPlan, EvaluationSummary, Stage
from fmops_api.scalars import seconds
from fmops_serving.evaluate.budget import Budget, Meter
from fmops_serving.evaluate.errors import NotMeasured
from fmops_serving.evaluate.folder import RunFolder, forget_results
from fmops_serving.evaluate.inputs import Inputs, gather, key_of
from fmops_serving.evaluate.laptop.budget import budget_of
from fmops_serving.evaluate.laptop.manifests import Evaluation
from fmops_serving.evaluate.laptop.plan import Asked, Reach, build_plan, prompt_of, shortlist_of, targets_of
from fmops_serving.evaluate.laptop.prices import prices_of
from fmops_serving.evaluate.laptop.report import Outcome
from fmops_serving.evaluate.laptop.served import served_name
from fmops_serving.evaluate.manifest import write_manifest
from fmops_serving.evaluate.measure import measure, unmeasured
from fmops_serving.evaluate.pace import Paces
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.terms import Terms
from fmops_serving.evaluate.together import together
from fmops_serving.evaluate.watch import logged


async def carry_out(evaluation: Evaluation, reach: Reach, limit: int | None, folder: RunFolder) -> Outcome:
    """Measure every candidate; one that cannot be measured does not keep the others from it. Raises EvaluationError."""
    started = datetime.now(UTC)
    listed = shortlist_of(evaluation.run, evaluation.models)
    prompt = prompt_of(evaluation.run, evaluation.catalog)
    asked = Asked(evaluation.run, listed.names, prompt, prices_of(evaluation, [*listed.names, *prompt.models]))
    budget = budget_of(evaluation, asked.models)
    draft = targets_of(asked, evaluation.models, reach)
    found = await asyncio.gather(*(_served(target) for target in draft))
    _refuse_absent(evaluation, draft, found)
    targets = [
        target.model_copy(update={"model": name}) if isinstance(name, str) else target
        for target, name in zip(draft, found, strict=True)
    ]
    plan = build_plan(asked, evaluation.catalog, targets, limit)
    inputs = [gather(plan, evaluation.catalog, index) for index in range(len(plan.candidates))]
    write_manifest(folder, inputs[0])
    faults = {draft[i].name: fault for i, fault in enumerate(found) if isinstance(fault, NotMeasured)}
    away = {each.candidate.name: fault for each in inputs if (fault := _away(each, faults))}
    summaries = await _all_measured(plan, inputs, away, folder, budget)
    if all(summary.error for summary in summaries):
        raise NotMeasured("; ".join(summary.error for summary in summaries))
    summaries = await _all_compared(inputs, summaries, folder)
    summaries = await _all_loaded(inputs, summaries, folder)
    cards = {name: card_of(model) for name, model in evaluation.models.items() if name in listed.names}
    wanted = sum(each.wanted for each in inputs)
    return Outcome(plan, evaluation.run.spec, summaries, started, wanted, cards, listed.excluded)


def _refuse_absent(evaluation: Evaluation, targets: Sequence[Candidate], found: Sequence[str | NotMeasured]) -> None:
    """Ask nobody anything when a judge or an embedder is away: without it no candidate can be measured."""
    roles = dict.fromkeys(evaluation.run.spec.embedders, "embedder")
    roles |= {judge.model.name: "judge" for judge in evaluation.run.spec.judges or ()}
    for target, fault in zip(targets, found, strict=True):
        if isinstance(fault, NotMeasured) and target.name in roles:
            raise NotMeasured(f"{roles[target.name]} {fault}")


async def _all_compared(
    inputs: Sequence[Inputs], summaries: Sequence[EvaluationSummary], folder: RunFolder
) -> list[EvaluationSummary]:
    """Add the figures against the baseline, if there is one, of those that could be measured as it could."""
    from fmops_serving.evaluate.compare.stage import compare

    plan = inputs[0].plan
    baseline = next((each for each in inputs if each.candidate.name == plan.baseline), None)
    failed = {each.model for each in summaries if each.error}
    if baseline is None or plan.baseline in failed:
        return list(summaries)
    counts = {
        name: Progress(name, len(baseline.examples)) for name in plan.subjects(Stage.COMPARE) if name not in failed
    }
    deadline = monotonic() + seconds(plan.execution.run_timeout)
    room = asyncio.Semaphore(plan.execution.parallelism)

    async def one(each: Inputs, summary: EvaluationSummary) -> EvaluationSummary:
        progress = counts.get(summary.model)
        if progress is None:
            return summary
        progress.answered = progress.total
        try:
            async with room:
                found = await compare(each, baseline, folder, progress, Terms(deadline))
        except NotMeasured as error:
            return summary.model_copy(update={"error": str(error), "reason": str(error.reason)})
        faults = {**summary.judge_faults, **found.judge_faults}
        return summary.model_copy(update={"results": [*summary.results, *found.results], "judge_faults": faults})

    shown = _shown(list(counts.values())) if baseline.duels else nullcontext()
    async with shown:
        return await together([one(each, summary) for each, summary in zip(inputs, summaries, strict=True)])


async def _all_loaded(
    inputs: Sequence[Inputs], summaries: Sequence[EvaluationSummary], folder: RunFolder
) -> list[EvaluationSummary]:
    """Add speed under load, if the run asks for it: one candidate after the other, and nothing beside it."""
    from fmops_serving.evaluate.performance.stage import put_under_load, wanted_of

    ladder, found = inputs[0].plan.performance, list(summaries)
    for place, (each, summary) in enumerate(zip(inputs, summaries, strict=True)):
        if ladder is None or summary.error:
            continue
        progress = Progress(summary.model, wanted_of(ladder))
        deadline = monotonic() + seconds(each.plan.execution.run_timeout)
        try:
            async with _shown([progress]):
                loaded = await put_under_load(each, folder, progress, deadline)
            found[place] = summary.model_copy(update={"results": [*summary.results, *loaded.results]})
        except NotMeasured as error:
            found[place] = summary.model_copy(update={"error": str(error), "reason": str(error.reason)})
    return found


async def _served(target: Candidate) -> str | NotMeasured:
    key = key_of(target)
    try:
        return await served_name(target.url, key, list(dict.fromkeys([target.model, target.name])))
    except NotMeasured as error:
        return NotMeasured(f"{target.name}: {error}")


def _away(inputs: Inputs, faults: Mapping[str, NotMeasured]) -> NotMeasured | None:
    """Say why a candidate cannot be measured: an endpoint that it needs does not serve."""
    name = inputs.candidate.name
    for target in {step.call.target.name for step in inputs.steps} & faults.keys():
        return faults[target] if target == name else NotMeasured(f"{name}: {faults[target]}")
    return None


async def _all_measured(
    plan: EvaluationPlan, inputs: Sequence[Inputs], away: Mapping[str, NotMeasured], folder: RunFolder, budget: Budget
) -> list[EvaluationSummary]:
    counts = [Progress(each.candidate.name, each.wanted) for each in inputs]
    deadline = monotonic() + seconds(plan.execution.run_timeout)
    share, paces = budget.shared(len(plan.candidates)), Paces()
    room = asyncio.Semaphore(plan.execution.parallelism)

    async def one(each: Inputs, progress: Progress) -> EvaluationSummary:
        if fault := away.get(each.candidate.name):
            forget_results(folder, each.candidate.name)
            return unmeasured(progress, fault)
        try:
            async with room:
                return await measure(each, folder, progress, Terms(deadline, Meter(share), paces))
        except NotMeasured as error:
            return unmeasured(progress, error)

    async with _shown([progress for progress in counts if progress.model not in away]):
        return await together([one(each, progress) for each, progress in zip(inputs, counts, strict=True)])


@asynccontextmanager
async def _shown(counts: Sequence[Progress]) -> AsyncIterator[None]:
    """Draw bars where somebody looks, and write lines where nobody does."""
    if sys.stderr.isatty():
        from rich.console import Console

        from fmops_serving.evaluate.laptop.bars import drawn

        async with drawn(counts, Console(stderr=True)):
            yield
        return
    async with AsyncExitStack() as stack:
        for progress in counts:
            await stack.enter_async_context(logged(progress))
        yield
