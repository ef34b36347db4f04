"""One candidate from prompts to figures."""

import os

from fmops_api.evaluationplan import EvaluationSummary
from fmops_serving.evaluate.errors import BadInput, NotMeasured
from fmops_serving.evaluate.folder import RunFolder, remove, write_json, write_whole
from fmops_serving.evaluate.generate import generate
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.rows import MemoryRows, RowFile, Rows
from fmops_serving.evaluate.scoring import score


async def measure(inputs: Inputs, folder: RunFolder | None, progress: Progress) -> EvaluationSummary:
    """Ask what has no answer yet, then score; without a folder the rows end with the process.

    Raises EvaluationError; rows that are there stay, and the next call goes on from them.
    """
    api_key = key_of(inputs)
    if folder is None:
        return await _measure(inputs, MemoryRows(), progress, api_key)
    name = inputs.candidate.name
    remove(folder.complete(name))
    rows = RowFile(folder.rows(name))
    try:
        summary = await _measure(inputs, rows, progress, api_key)
    finally:
        rows.close()
    write_json(folder.summary(name), summary.to_manifest())
    write_whole(folder.complete(name), b"")
    return summary


async def _measure(inputs: Inputs, rows: Rows, progress: Progress, api_key: str | None) -> EvaluationSummary:
    await generate(inputs, rows, progress, api_key)
    summary = score(inputs, rows)
    if not summary.answered:
        raise NotMeasured(
            f"{inputs.candidate.name}: none of {summary.total} examples was answered; {progress.last_fault}"
        )
    return summary


def key_of(inputs: Inputs) -> str | None:
    """Give the candidate's API key from the environment; raises BadInput when it is not there."""
    variable = inputs.candidate.api_key_variable
    if variable is None:
        return None
    key = os.environ.get(variable, "").strip()
    if not key or not key.isprintable() or not key.isascii():
        raise BadInput(f"{inputs.candidate.name}: the environment variable {variable} holds no API key")
    return key
