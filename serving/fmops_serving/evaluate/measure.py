"""One candidate from prompts to figures. What comes after asking is imported then."""

# ruff: noqa: PLC0415

import asyncio
from contextlib import nullcontext
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from fmops_api.evaluationplan import EvaluationSummary
from fmops_serving.evaluate.errors import NotMeasured, NoTryMends, TooManyErrors
from fmops_serving.evaluate.folder import RunFolder, forget_results, write_whole
from fmops_serving.evaluate.generate import generate
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.joinedrows import answer_rows
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.rows import MemoryRows, Rows
from fmops_serving.evaluate.terms import Terms

if TYPE_CHECKING:
    from fmops_serving.evaluate.embed.embedding import Embedded
    from fmops_serving.evaluate.judge.judged import Judged
    from fmops_serving.evaluate.newest import RowIndex
    from fmops_serving.evaluate.remote import RemoteSink
    from fmops_serving.evaluate.scoring import Scoring


async def measure(
    inputs: Inputs, folder: RunFolder | None, progress: Progress, terms: Terms, remote: "RemoteSink | None" = None
) -> EvaluationSummary:
    """Ask what has no answer yet, on these terms, have it judged, then score.

    Without a folder the rows end with the process. Raises EvaluationError; rows that are there stay, and the next call
    goes on from them.
    """
    if folder is None:
        rows = MemoryRows()
        found = await _answered(inputs, rows, None, progress, terms)
        summary = found.scoring(inputs).finish()
        return summary.model_copy(update={"embedder_faults": dict(found.embedded.faults)})
    name = inputs.candidate.name
    forget_results(folder, name)
    if remote is not None:
        await remote.begin()
        await remote.bring_answers(name)
    if inputs.plan.cache:
        from fmops_serving.evaluate.earlier import EarlierFolders

        terms = replace(terms, earlier=remote or EarlierFolders(folder))
    with answer_rows(folder, name) as kept:
        async with remote.keeping() if remote is not None else nullcontext():
            found = await _answered(inputs, kept, folder, progress, terms)
        from fmops_serving.results.keeping import keep

        parts = remote.parts if remote is not None else None
        summary = await asyncio.to_thread(keep, found.scoring(inputs), folder, found.embedded.faults, parts)
    write_whole(folder.complete(name), b"")
    if remote is not None:
        await remote.finish([candidate.name for candidate in inputs.plan.candidates])
    return summary


@dataclass(frozen=True)
class _Found:
    """A candidate's answers, and what other models said of them."""

    answers: "RowIndex"
    embedded: "Embedded"
    judged: "Judged"

    def scoring(self, inputs: Inputs) -> "Scoring":
        """Score the answers, with what was said of them."""
        from fmops_serving.evaluate.scoring import Scoring

        return Scoring(replace(inputs, vectors=self.embedded.vectors), self.answers, self.judged)


async def _answered(inputs: Inputs, rows: Rows, folder: RunFolder | None, progress: Progress, terms: Terms) -> _Found:
    """Ask, and show the answers to embedders and judges if there are enough: on too few they would say nothing."""
    answers = await generate(inputs, rows, progress, terms)
    _refuse_too_few(inputs, progress)
    from fmops_serving.evaluate.embed.embedding import embed
    from fmops_serving.evaluate.judge.judging import judge

    embedded = await embed(inputs, rows, folder, progress, terms)
    return _Found(answers, embedded, await judge(inputs, rows, folder, progress, terms))


def _refuse_too_few(inputs: Inputs, progress: Progress) -> None:
    """Raise NotMeasured when too few answers came for the candidate's figures to say anything."""
    name, most = inputs.candidate.name, inputs.plan.execution.max_error_fraction
    in_vain = progress.unrendered > Decimal(most) * progress.total
    if not progress.answered:
        error = NoTryMends if in_vain else NotMeasured
        raise error(f"{name}: none of {progress.total} examples was answered; {progress.last_fault}")
    if progress.errors > Decimal(most) * progress.total:
        raise (NoTryMends if in_vain else TooManyErrors)(
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
