"""One candidate from prompts to figures."""

import asyncio
from contextlib import nullcontext
from decimal import Decimal

from fmops_api.evaluationplan import EvaluationSummary
from fmops_serving.evaluate.errors import NotMeasured, TooManyErrors
from fmops_serving.evaluate.folder import RunFolder, forget_results, write_whole, writing_whole
from fmops_serving.evaluate.generate import generate
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.judge.judged import Judged
from fmops_serving.evaluate.judge.judging import judge
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.remote import RemoteSink
from fmops_serving.evaluate.rows import MemoryRows, RowFile, Rows
from fmops_serving.evaluate.scores import line_of
from fmops_serving.evaluate.scoring import score
from fmops_serving.results.keeping import Kept, keep


async def measure(
    inputs: Inputs, folder: RunFolder | None, progress: Progress, deadline: float, remote: RemoteSink | None = None
) -> EvaluationSummary:
    """Ask what has no answer yet, until `deadline`, have it judged, then score.

    Without a folder the rows end with the process. Raises EvaluationError; rows that are there stay, and the next call
    goes on from them.
    """
    if folder is None:
        rows = MemoryRows()
        return score(inputs, rows, judged=await _answered(inputs, rows, None, progress, deadline))
    name = inputs.candidate.name
    forget_results(folder, name)
    if remote is not None:
        await remote.begin()
    kept = RowFile(folder.rows(name))
    try:
        async with remote.keeping() if remote is not None else nullcontext():
            judged = await _answered(inputs, kept, folder, progress, deadline)
        with writing_whole(folder.scores(name)) as write:
            summary = score(inputs, kept, lambda scored: write(line_of(scored)), judged)
        parts = remote.parts if remote is not None else None
        await asyncio.to_thread(keep, inputs, kept, folder, Kept(summary, judged, parts))
    finally:
        kept.close()
    write_whole(folder.complete(name), b"")
    if remote is not None:
        await remote.finish([candidate.name for candidate in inputs.plan.candidates])
    return summary


async def _answered(
    inputs: Inputs, rows: Rows, folder: RunFolder | None, progress: Progress, deadline: float
) -> Judged:
    """Ask, and have the answers judged if there are enough of them: verdicts on too few would cost and say nothing."""
    await generate(inputs, rows, progress, deadline)
    _refuse_too_few(inputs, progress)
    return await judge(inputs, rows, folder, progress, deadline)


def _refuse_too_few(inputs: Inputs, progress: Progress) -> None:
    """Raise NotMeasured when too few answers came for the candidate's figures to say anything."""
    name, most = inputs.candidate.name, inputs.plan.execution.max_error_fraction
    if not progress.answered:
        raise NotMeasured(f"{name}: none of {progress.total} examples was answered; {progress.last_fault}")
    if progress.errors > Decimal(most) * progress.total:
        raise TooManyErrors(
            f"{name}: {progress.errors} of {progress.total} answers are missing, and execution.maxErrorFraction"
            f" ({most}) allows {int(Decimal(most) * progress.total)}; {progress.last_fault}"
        )


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
