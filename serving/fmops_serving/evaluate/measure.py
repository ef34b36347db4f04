"""One candidate from prompts to figures."""

import asyncio
from contextlib import nullcontext

from fmops_api.evaluationplan import EvaluationSummary
from fmops_serving.evaluate.errors import NotMeasured
from fmops_serving.evaluate.folder import RunFolder, forget_results, write_whole
from fmops_serving.evaluate.generate import generate
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.remote import RemoteSink
from fmops_serving.evaluate.rows import MemoryRows, RowFile, Rows
from fmops_serving.evaluate.scoring import score
from fmops_serving.results.keeping import keep


async def measure(
    inputs: Inputs, folder: RunFolder | None, progress: Progress, deadline: float, remote: RemoteSink | None = None
) -> EvaluationSummary:
    """Ask what has no answer yet, until `deadline`, then score; without a folder the rows end with the process.

    Raises EvaluationError; rows that are there stay, and the next call goes on from them.
    """
    if folder is None:
        return await _measure(inputs, MemoryRows(), progress, deadline)
    name = inputs.candidate.name
    forget_results(folder, name)
    if remote is not None:
        await remote.begin()
    rows = RowFile(folder.rows(name))
    try:
        async with remote.keeping() if remote is not None else nullcontext():
            summary = await _measure(inputs, rows, progress, deadline)
        await asyncio.to_thread(keep, inputs, rows, summary, folder, remote.parts if remote is not None else None)
    finally:
        rows.close()
    write_whole(folder.complete(name), b"")
    if remote is not None:
        await remote.finish([candidate.name for candidate in inputs.plan.candidates])
    return summary


async def _measure(inputs: Inputs, rows: Rows, progress: Progress, deadline: float) -> EvaluationSummary:
    await generate(inputs, rows, progress, deadline)
    summary = score(inputs, rows)
    if not summary.answered:
        raise NotMeasured(
            f"{inputs.candidate.name}: none of {summary.total} examples was answered; {progress.last_fault}"
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
    )
