"""One candidate from prompts to figures."""

from fmops_api.evaluationplan import EvaluationSummary
from fmops_serving.evaluate.errors import NotMeasured
from fmops_serving.evaluate.folder import RunFolder, remove, write_json, write_whole
from fmops_serving.evaluate.generate import generate
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.judge.judging import judge
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.rows import MemoryRows, RowFile, Rows
from fmops_serving.evaluate.scoring import score


async def measure(inputs: Inputs, folder: RunFolder | None, progress: Progress, deadline: float) -> EvaluationSummary:
    """Ask what has no answer yet, until `deadline`, have it judged, then score.

    Without a folder the rows end with the process. Raises EvaluationError; rows that are there stay, and the next call
    goes on from them.
    """
    if folder is None:
        return await _measure(inputs, MemoryRows(), None, progress, deadline)
    name = inputs.candidate.name
    remove(folder.complete(name))
    rows = RowFile(folder.rows(name))
    try:
        summary = await _measure(inputs, rows, folder, progress, deadline)
    finally:
        rows.close()
    write_json(folder.summary(name), summary.to_manifest())
    write_whole(folder.complete(name), b"")
    return summary


async def _measure(
    inputs: Inputs, rows: Rows, folder: RunFolder | None, progress: Progress, deadline: float
) -> EvaluationSummary:
    await generate(inputs, rows, progress, deadline)
    if not progress.answered:
        raise NotMeasured(
            f"{inputs.candidate.name}: none of {progress.total} examples was answered; {progress.last_fault}"
        )
    return score(inputs, rows, await judge(inputs, rows, folder, progress, deadline))


def unmeasured(progress: Progress, error: NotMeasured) -> EvaluationSummary:
    """Sum up a candidate that could not be measured: how far it came, and why no further."""
    return EvaluationSummary(
        model=progress.model,
        answered=progress.answered,
        errors=progress.errors,
        total=progress.total,
        error=str(error),
    )
