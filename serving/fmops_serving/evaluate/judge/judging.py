"""Judging one candidate: its answers before every judge of the run, all judges at once."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean
from time import monotonic

from fmops_api.scalars import seconds
from fmops_serving.evaluate.asking import Asker
from fmops_serving.evaluate.client import connect
from fmops_serving.evaluate.errors import RanOutOfTime
from fmops_serving.evaluate.folder import RunFolder, calibration_of, judgements_of
from fmops_serving.evaluate.inputs import Inputs, key_of
from fmops_serving.evaluate.judge.bench import Bench
from fmops_serving.evaluate.judge.figures import Scores, agreement_figures, judge_figures, jury_figures, medians, scored
from fmops_serving.evaluate.judge.inputs import JudgeInputs, calibration_cases, references_of
from fmops_serving.evaluate.judge.judged import UNJUDGED, Judged
from fmops_serving.evaluate.judge.prompt import Case
from fmops_serving.evaluate.judge.recalling import Archive
from fmops_serving.evaluate.judge.rows import Finding, JudgeRow
from fmops_serving.evaluate.judge.sheet import ScoreSheet
from fmops_serving.evaluate.newest import newest
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.request import PATHS
from fmops_serving.evaluate.rows import Key, Rows, kept_rows
from fmops_serving.evaluate.score.figure import Figure
from fmops_serving.evaluate.score.reply import without_reasoning
from fmops_serving.evaluate.terms import Terms
from fmops_serving.evaluate.together import together

Heard = Mapping[Key, Finding]


async def judge(inputs: Inputs, answers: Rows, folder: RunFolder | None, progress: Progress, terms: Terms) -> Judged:
    """Put every answer before every judge, on these terms, and write a row for each.

    Raises NotMeasured or SinkFailed, keeping the rows.
    """
    if not inputs.judges:
        return UNJUDGED
    answered = sum(1 for _ in _cases(inputs, answers))
    progress.to_judge = sum(answered + len(each.calibration) for each in inputs.judges)
    sitting = _Sitting(inputs, answers, folder, progress, terms)
    try:
        async with asyncio.timeout(max(0.0, terms.deadline - monotonic())):
            heard = await together([sitting.hear(each) for each in inputs.judges])
    except TimeoutError:
        raise RanOutOfTime(
            f"{inputs.candidate.name}: runTimeout ({inputs.plan.execution.run_timeout}) passed with {progress.judged}"
            f" of {progress.to_judge} verdicts there"
        ) from None
    return _judged(inputs, {each.name: found for each, found in zip(inputs.judges, heard, strict=True)})


@dataclass(frozen=True)
class _Sitting:
    """One candidate's answers, and where verdicts are kept."""

    inputs: Inputs
    answers: Rows
    folder: RunFolder | None
    progress: Progress
    terms: Terms

    @property
    def _archive(self) -> Archive:
        return Archive(self.inputs, self.progress, self.terms)

    async def hear(self, each: JudgeInputs) -> tuple[Heard, Heard]:
        """Give a judge's findings on the answers that people judged, and on the candidate's."""
        endpoint, execution = each.planned.endpoint, self.inputs.plan.execution
        url = endpoint.url.rstrip("/") + PATHS[endpoint.task]
        async with connect(url, key_of(endpoint), seconds(execution.attempt_timeout)) as connection:
            who = f"judge {each.name} ({endpoint.name})"
            asker = Asker(connection, who, execution.retries, execution.max_in_flight, self.terms, endpoint.name)
            bench = Bench(asker, self.progress)
            agreed = await self._calibrated(each, bench)
            name = self.inputs.candidate.name
            with kept_rows(self.folder.judgements(name, each.name) if self.folder else None, JudgeRow) as rows:
                below = judgements_of(name, each.name)
                await self._archive.recall(each, lambda: self._sheets(each), rows, JudgeRow, below)
                self.terms.meter.recount_verdicts(endpoint.name, rows.read())
                return agreed, await bench.hear(self._sheets(each), rows)

    def _sheets(self, each: JudgeInputs) -> Iterator[ScoreSheet]:
        return (ScoreSheet(each, case) for case in _cases(self.inputs, self.answers))

    async def _calibrated(self, each: JudgeInputs, bench: Bench) -> Heard:
        if not each.calibration:
            return {}
        with kept_rows(self.folder.calibration(each.name) if self.folder else None, JudgeRow) as rows:
            sheets = [ScoreSheet(each, case) for case in calibration_cases(each, self.inputs.prompt)]
            await self._archive.recall(each, lambda: sheets, rows, JudgeRow, calibration_of(each.name))
            self.terms.meter.recount_verdicts(each.planned.endpoint.name, rows.read())
            return await bench.hear(sheets, rows)


def _cases(inputs: Inputs, answers: Rows) -> Iterator[Case]:
    """Give the answers that figures are made of: not those of a null control, and of a chain the last step's."""
    for key, row in newest(inputs, answers):
        if row is not None and row.answered and key[1] < inputs.plan.repeats:
            yield Case(key, row.messages, references_of(inputs.examples[key[0]]), without_reasoning(row.output or ""))


def _judged(inputs: Inputs, heard: Mapping[str, tuple[Heard, Heard]]) -> Judged:
    judges = {each.name: each for each in inputs.judges}
    juries = [jury for jury in inputs.plan.juries or () if jury.judges[0] in judges]
    asked = {unique_id: example.cluster for unique_id, example in inputs.examples.items()}
    rows = {name: of_answers for name, (_, of_answers) in heard.items()}
    figures: list[Figure] = []
    for name, each in judges.items():
        figures += judge_figures(each, rows[name], asked)
        figures += agreement_figures(each, heard[name][0])
    for jury in juries:
        figures += jury_figures(jury, judges, rows, asked)
    causes = Counter(
        f"{name}/{row.cause}" for name, both in heard.items() for found in both for row in found.values() if row.cause
    )
    unscored = {key for found in rows.values() for key, finding in found.items() if finding.scores is None}
    given = {name: scored(found) for name, found in rows.items()}
    given |= {jury.name: medians(jury, judges[jury.judges[0]].rubric, rows) for jury in juries}
    return Judged(figures, _by_answer(given), frozenset(unscored), dict(sorted(causes.items())))


def _by_answer(given: Mapping[str, Mapping[Key, Scores]]) -> dict[Key, dict[str, float]]:
    """Name scores as the figures are: the mean over the criteria, then each criterion."""
    found: dict[Key, dict[str, float]] = {}
    for name, by_key in given.items():
        for key, scores in by_key.items():
            parts = {f"{name}.{criterion}": score for criterion, score in scores.items()}
            found.setdefault(key, {}).update({name: fmean(scores.values()), **parts})
    return found
