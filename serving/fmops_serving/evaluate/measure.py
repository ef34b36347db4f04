"""One candidate from prompts to figures."""

import asyncio
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path

from fmops_api.evaluationplan import EvaluationSummary
from fmops_serving.evaluate.errors import NotMeasured, TooManyErrors
from fmops_serving.evaluate.folder import RunFolder, forget_results, write_whole, writing_whole
from fmops_serving.evaluate.generate import generate
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.remote import RemoteSink
from fmops_serving.evaluate.rows import MemoryRows, RowFile, Rows
from fmops_serving.evaluate.scores import line_of
from fmops_serving.evaluate.scoring import score
from fmops_serving.results.keeping import keep


async def measure(
    inputs: Inputs, folder: RunFolder | None, progress: Progress, deadline: float, remote: RemoteSink | None = None
) -> EvaluationSummary:
    """Ask what has no answer yet, until `deadline`, then score; without a folder the rows end with the process.

    Raises EvaluationError; rows that are there stay, and the next call goes on from them.
    """
    if folder is None:
        rows = MemoryRows()
        await generate(inputs, rows, progress, deadline)
        return _judged(inputs, score(inputs, rows), progress)
    name = inputs.candidate.name
    forget_results(folder, name)
    if remote is not None:
        await remote.begin()
    kept = RowFile(folder.rows(name))
    try:
        async with remote.keeping() if remote is not None else nullcontext():
            await generate(inputs, kept, progress, deadline)
        summary = _judged(inputs, _scored(inputs, kept, folder.scores(name)), progress)
        await asyncio.to_thread(keep, inputs, kept, summary, folder, remote.parts if remote is not None else None)
    finally:
        kept.close()
    write_whole(folder.complete(name), b"")
    if remote is not None:
        await remote.finish([candidate.name for candidate in inputs.plan.candidates])
    return summary


def _scored(inputs: Inputs, rows: Rows, path: Path) -> EvaluationSummary:
    with writing_whole(path) as write:
        return score(inputs, rows, lambda scored: write(line_of(scored)))


def _judged(inputs: Inputs, summary: EvaluationSummary, progress: Progress) -> EvaluationSummary:
    """Give the summary, unless too few answers came for it to say anything; raises NotMeasured then."""
    name, most = inputs.candidate.name, inputs.plan.execution.max_error_fraction
    if not summary.answered:
        raise NotMeasured(f"{name}: none of {summary.total} examples was answered; {progress.last_fault}")
    if summary.errors > Decimal(most) * summary.total:
        raise TooManyErrors(
            f"{name}: {summary.errors} of {summary.total} answers are missing, and execution.maxErrorFraction"
            f" ({most}) allows {int(Decimal(most) * summary.total)}; {progress.last_fault}"
        )
    return summary


def unmeasured(progress: Progress, error: NotMeasured) -> EvaluationSummary:
    """Sum up a candidate that could not be measured: how far it came, and why no further."""
    return EvaluationSummary(
        model=progress.model,
        answered=progress.answered,
        errors=progress.errors,
        total=progress.total,
        error=str(error),
        reason=str(error.reason),
    )
