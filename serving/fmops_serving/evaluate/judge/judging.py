"""Judging one candidate: its answers before every judge of the run, all judges at once."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from fmops_api.scalars import seconds
from fmops_serving.evaluate.asking import Asker
from fmops_serving.evaluate.client import connect
from fmops_serving.evaluate.errors import NotMeasured
from fmops_serving.evaluate.folder import RunFolder
from fmops_serving.evaluate.inputs import Inputs, key_of
from fmops_serving.evaluate.judge.bench import Bench
from fmops_serving.evaluate.judge.figures import agreement_figures, judge_figures, jury_figures
from fmops_serving.evaluate.judge.inputs import JudgeInputs, calibration_cases, references_of
from fmops_serving.evaluate.judge.judged import Judged
from fmops_serving.evaluate.judge.prompt import Case
from fmops_serving.evaluate.judge.rows import Finding, JudgeRow
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.request import PATHS
from fmops_serving.evaluate.rows import Key, MemoryRows, RowFile, Rows
from fmops_serving.evaluate.score.figure import Figure
from fmops_serving.evaluate.scoring import chosen_answers
from fmops_serving.evaluate.together import together

Heard = Mapping[Key, Finding]


async def judge(inputs: Inputs, answers: Rows, folder: RunFolder | None, progress: Progress, deadline: float) -> Judged:
    """Put every answer before every judge, until `deadline` on the clock of `monotonic`, and write a row for each.

    Raises NotMeasured or SinkFailed, keeping the rows.
    """
    if not inputs.judges:
        return Judged()
    progress.to_judge = sum(progress.answered + len(each.calibration) for each in inputs.judges)
    sitting = _Sitting(inputs, answers, folder, progress, deadline)
    try:
        async with asyncio.timeout(max(0.0, deadline - monotonic())):
            heard = await together([sitting.hear(each) for each in inputs.judges])
    except TimeoutError:
        raise NotMeasured(
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
    deadline: float

    async def hear(self, each: JudgeInputs) -> tuple[Heard, Heard]:
        """Give a judge's findings on the answers that people judged, and on the candidate's."""
        endpoint, execution = each.planned.endpoint, self.inputs.plan.execution
        url = endpoint.url.rstrip("/") + PATHS[endpoint.task]
        async with connect(url, key_of(endpoint), seconds(execution.attempt_timeout)) as connection:
            who = f"judge {each.name} ({endpoint.name})"
            asker = Asker(connection, who, execution.retries, execution.max_in_flight, self.deadline)
            bench = Bench(each, asker, self.progress)
            agreed = await self._calibrated(each, bench)
            path = self.folder.judgements(self.inputs.candidate.name, each.name) if self.folder else None
            with _rows(path) as rows:
                return agreed, await bench.hear(_cases(self.inputs, self.answers), rows)

    async def _calibrated(self, each: JudgeInputs, bench: Bench) -> Heard:
        if not each.calibration:
            return {}
        with _rows(self.folder.calibration(each.name) if self.folder else None) as rows:
            return await bench.hear(calibration_cases(each, self.inputs.template), rows)


@contextmanager
def _rows(path: Path | None) -> Iterator[Rows[JudgeRow]]:
    if path is None:
        yield MemoryRows[JudgeRow]()
        return
    file = RowFile(path, JudgeRow)
    try:
        yield file
    finally:
        file.close()


def _cases(inputs: Inputs, answers: Rows) -> Iterator[Case]:
    for row in chosen_answers(inputs, answers):
        yield Case(row.key, row.messages, references_of(inputs.examples[row.example]), row.output or "")


def _judged(inputs: Inputs, heard: Mapping[str, tuple[Heard, Heard]]) -> Judged:
    judges = {each.name: each for each in inputs.judges}
    total = len(inputs.examples)
    rows = {name: of_answers for name, (_, of_answers) in heard.items()}
    figures: list[Figure] = []
    for name, each in judges.items():
        figures += judge_figures(each, rows[name], total)
        figures += agreement_figures(each, heard[name][0])
    for jury in inputs.plan.juries or ():
        figures += jury_figures(jury, judges, rows, total)
    causes = Counter(
        f"{name}/{row.cause}" for name, both in heard.items() for found in both for row in found.values() if row.cause
    )
    unscored = {key for found in rows.values() for key, finding in found.items() if finding.scores is None}
    return Judged(figures, frozenset(unscored), dict(sorted(causes.items())))
