"""The stage that asks alone: one shard of a candidate, whose rows another pod scores together with all others."""

# ruff: noqa: PLC0415

from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from fmops_api.evaluationplan import EvaluationSummary
from fmops_serving.evaluate.errors import BudgetExhausted
from fmops_serving.evaluate.folder import RunFolder
from fmops_serving.evaluate.generate import generate
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.joinedrows import answer_rows
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.terms import Terms

if TYPE_CHECKING:
    from fmops_serving.evaluate.remote import RemoteSink


async def ask(
    inputs: Inputs, folder: RunFolder, progress: Progress, terms: Terms, remote: "RemoteSink | None" = None
) -> EvaluationSummary:
    """Ask what has no answer yet of the inputs' shard; raises EvaluationError, keeping the rows.

    How many errors are too many is judged over all shards. One whose part of the budget is spent is done as well: the
    pod that scores goes on with what the other shards left of the candidate's.
    """
    name = inputs.candidate.name
    if remote is not None:
        await remote.begin()
        await remote.bring_answers(name, inputs.shard)
    if inputs.plan.cache:
        from fmops_serving.evaluate.earlier import EarlierFolders

        terms = replace(terms, earlier=remote or EarlierFolders(folder))
    with answer_rows(folder, name, inputs.shard) as rows:
        async with remote.keeping() if remote is not None else nullcontext():
            with suppress(BudgetExhausted):
                await generate(inputs, rows, progress, terms)
    return EvaluationSummary(
        model=name, shard=str(inputs.shard), answered=progress.answered, errors=progress.errors, total=progress.total
    )
