"""Judging one candidate against the baseline: both answers of every example before every judge that compares."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

from fmops_api.scalars import seconds
from fmops_serving.evaluate.asking import Asker
from fmops_serving.evaluate.client import connect
from fmops_serving.evaluate.errors import RanOutOfTime
from fmops_serving.evaluate.folder import RunFolder, calibration_of, judgements_of
from fmops_serving.evaluate.inputs import Inputs, key_of
from fmops_serving.evaluate.joinedrows import written_rows
from fmops_serving.evaluate.judge.bench import Bench
from fmops_serving.evaluate.judge.inputs import JudgeInputs, references_of
from fmops_serving.evaluate.judge.pairwise.agreement import calibration_pairs, pair_agreement
from fmops_serving.evaluate.judge.pairwise.figures import Heard, duel_figures, jury_duel_figures
from fmops_serving.evaluate.judge.pairwise.prompt import Pair, Side
from fmops_serving.evaluate.judge.pairwise.sheet import PairRow, PairSheet
from fmops_serving.evaluate.judge.recalling import Archive
from fmops_serving.evaluate.newest import newest
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.request import PATHS
from fmops_serving.evaluate.rows import Key, Row, kept_rows
from fmops_serving.evaluate.score.figure import Figure
from fmops_serving.evaluate.score.reply import without_reasoning
from fmops_serving.evaluate.terms import Terms
from fmops_serving.evaluate.together import together


@dataclass(frozen=True)
class Duels:
    """What the judges that compare say: figures, and why pairs have no verdict, counted."""

    figures: Sequence[Figure] = ()
    """Of the candidate against the baseline."""
    agreement: Sequence[Figure] = ()
    """Of the judges with people."""
    faults: Mapping[str, int] = field(default_factory=dict)
    """By judge and cause, such as `duel/Unreadable`; each order counts."""


async def duel(inputs: Inputs, baseline: Inputs, folder: RunFolder, progress: Progress, terms: Terms) -> Duels:
    """Put every pair before every judge, on these terms, and write a row for each order.

    Raises NotMeasured or SinkFailed, keeping the rows.
    """
    if not inputs.duels:
        return Duels()
    pairs = _pairs(inputs, baseline, folder)
    progress.to_judge = len(Side) * sum(len(pairs) + len(each.calibration) for each in inputs.duels)
    ring = _Ring(inputs, pairs, folder, progress, terms)
    try:
        async with asyncio.timeout(max(0.0, terms.deadline - monotonic())):
            heard = await together([ring.hear(each) for each in inputs.duels])
    except TimeoutError:
        raise RanOutOfTime(
            f"{inputs.candidate.name}: runTimeout ({inputs.plan.execution.run_timeout}) passed with {progress.judged}"
            f" of {progress.to_judge} verdicts against {baseline.candidate.name} there"
        ) from None
    return _duels(inputs, {each.name: found for each, found in zip(inputs.duels, heard, strict=True)})


@dataclass(frozen=True)
class _Ring:
    """One candidate's pairs, and where verdicts are kept."""

    inputs: Inputs
    pairs: Sequence[Pair]
    folder: RunFolder
    progress: Progress
    terms: Terms

    @property
    def _archive(self) -> Archive:
        return Archive(self.inputs, self.progress, self.terms)

    async def hear(self, each: JudgeInputs) -> tuple[Heard, Heard]:
        """Give a judge's findings on the pairs that people compared, and on the candidate's."""
        endpoint, execution = each.planned.endpoint, self.inputs.plan.execution
        url, name = endpoint.url.rstrip("/") + PATHS[endpoint.task], self.inputs.candidate.name
        async with connect(url, key_of(endpoint), seconds(execution.attempt_timeout)) as connection:
            who = f"judge {each.name} ({endpoint.name})"
            asker = Asker(connection, who, execution.retries, execution.max_in_flight, self.terms, endpoint.name)
            bench = Bench(asker, self.progress)
            agreed = await self._calibrated(each, bench)
            with kept_rows(self.folder.judgements(name, each.name), PairRow) as rows:
                below = judgements_of(name, each.name)
                await self._archive.recall(each, lambda: _sheets(each, self.pairs), rows, PairRow, below)
                return agreed, await bench.hear(_sheets(each, self.pairs), rows)

    async def _calibrated(self, each: JudgeInputs, bench: Bench) -> Heard:
        if not each.calibration:
            return {}
        pairs = list(calibration_pairs(each, self.inputs.prompt))
        with kept_rows(self.folder.calibration(each.name), PairRow) as rows:
            below = calibration_of(each.name)
            await self._archive.recall(each, lambda: _sheets(each, pairs), rows, PairRow, below)
            return await bench.hear(_sheets(each, pairs), rows)


def _sheets(each: JudgeInputs, pairs: Sequence[Pair]) -> Iterator[PairSheet]:
    return (PairSheet(each, pair, side) for pair in pairs for side in Side)


def _pairs(inputs: Inputs, baseline: Inputs, folder: RunFolder) -> list[Pair]:
    """Give both answers to each example that both answered, of each repeat; not those of a null control."""
    theirs = _answers(baseline, folder)
    found = []
    for key, row in sorted(_answers(inputs, folder).items()):
        if key in theirs:
            references = references_of(inputs.examples[key[0]])
            found.append(Pair(key, row.messages, references, _text(row), _text(theirs[key])))
    return found


def _answers(inputs: Inputs, folder: RunFolder) -> dict[Key, Row]:
    rows = newest(inputs, written_rows(folder, inputs.candidate.name))
    return {key: row for key, row in rows if row is not None and row.answered and key[1] < inputs.plan.repeats}


def _text(row: Row) -> str:
    return without_reasoning(row.output or "")


def _duels(inputs: Inputs, every: Mapping[str, tuple[Heard, Heard]]) -> Duels:
    asked = {unique_id: example.cluster for unique_id, example in inputs.examples.items()}
    heard = {name: of_answers for name, (_, of_answers) in every.items()}
    figures = [figure for each in inputs.duels for figure in duel_figures(each, heard[each.name], asked)]
    agreement = [figure for each in inputs.duels for figure in pair_agreement(each, every[each.name][0])]
    for jury in inputs.plan.juries or ():
        if jury.judges[0] in heard:
            figures += jury_duel_figures(jury, heard, asked)
    causes = Counter(
        f"{name}/{row.cause}" for name, both in every.items() for found in both for row in found.values() if row.cause
    )
    return Duels(figures, agreement, dict(sorted(causes.items())))
