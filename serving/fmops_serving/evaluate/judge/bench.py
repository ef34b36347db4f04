"""One judge at work: every case that has no verdict yet, many at once, each written down as it comes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fmops_api.judge import Scoring
from fmops_serving.evaluate.answer import Answer
from fmops_serving.evaluate.asking import Asker
from fmops_serving.evaluate.faults import Fault, Remedy
from fmops_serving.evaluate.judge.expected import expected
from fmops_serving.evaluate.judge.inputs import JudgeInputs
from fmops_serving.evaluate.judge.prompt import Case, Form, Messages, repair
from fmops_serving.evaluate.judge.request import Sheet
from fmops_serving.evaluate.judge.rows import Finding, JudgeRow
from fmops_serving.evaluate.judge.verdict import Cause, Unscored, Verdict, read
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.rows import Key, Rows
from fmops_serving.evaluate.synced import synced
from fmops_serving.evaluate.together import together


@dataclass
class _Hearing:
    """What the judge said of one case so far."""

    answers: list[Answer] = field(default_factory=list)
    attempts: int = 0


@dataclass
class Bench:
    """Puts cases before one judge. `form` becomes LINES when the endpoint turns out to take no schema."""

    judge: JudgeInputs
    asker: Asker
    progress: Progress
    form: Form = Form.JSON

    async def hear(self, cases: Iterable[Case], rows: Rows[JudgeRow]) -> dict[Key, Finding]:
        """Give what the newest row of every case says, asking where there is none; raises NotMeasured or SinkFailed."""
        wanted: dict[Key, str] = {}
        pending = self._pending(cases, rows, wanted)
        async with synced(rows):
            await together([self._work(pending, rows) for _ in range(self.asker.in_flight)])
        return {row.key: row.finding for row in rows.read() if wanted.get(row.key) == row.request_hash}

    async def _work(self, pending: Iterator[Sheet], rows: Rows[JudgeRow]) -> None:
        for sheet in pending:
            rows.append(await self._row(sheet))
            self.progress.judged += 1

    def _pending(self, cases: Iterable[Case], rows: Rows[JudgeRow], wanted: dict[Key, str]) -> Iterator[Sheet]:
        settled = {(row.key, row.request_hash) for row in rows.read() if row.settled}
        for case in cases:
            sheet = Sheet(self.judge.planned, self.judge.rubric, case)
            wanted[case.key] = sheet.request_hash
            if (case.key, sheet.request_hash) in settled:
                self.progress.judged += 1
            else:
                yield sheet

    async def _row(self, sheet: Sheet) -> JudgeRow:
        hearing = _Hearing()
        try:
            verdict, scores = await self._verdict(sheet, hearing)
        except Unscored as unscored:
            return _row(sheet, hearing, unscored=unscored)
        return _row(sheet, hearing, verdict, scores)

    async def _verdict(self, sheet: Sheet, hearing: _Hearing) -> tuple[Verdict, Mapping[str, float]]:
        """Ask for the verdict, and once more when it cannot be read; raises Unscored."""
        answer, form = await self._first(sheet, hearing)
        try:
            return self._scored(answer)
        except Unscored as unscored:
            if not unscored.repairable:
                raise
            fault = unscored.sentence
        messages = repair(sheet.messages(form), answer.text, fault, sheet.rubric, form)
        return self._scored(_answered(await self._ask(sheet, messages, form, hearing)))

    async def _first(self, sheet: Sheet, hearing: _Hearing) -> tuple[Answer, Form]:
        """Ask with a schema, and without one where the endpoint refuses such a request."""
        form = self.form
        outcome = await self._ask(sheet, sheet.messages(form), form, hearing)
        if form is Form.JSON and isinstance(outcome, Fault) and outcome.remedy is Remedy.SKIP:
            form = Form.LINES
            outcome = await self._ask(sheet, sheet.messages(form), form, hearing)
            if isinstance(outcome, Answer):
                self.form = form
        return _answered(outcome), form

    async def _ask(self, sheet: Sheet, messages: Messages, form: Form, hearing: _Hearing) -> Answer | Fault:
        outcome, attempts = await self.asker.ask(sheet.body(messages, form))
        hearing.attempts += attempts
        if isinstance(outcome, Answer):
            hearing.answers.append(outcome)
        return outcome

    def _scored(self, answer: Answer) -> tuple[Verdict, Mapping[str, float]]:
        verdict = read(answer, self.judge.rubric)
        if self.judge.planned.judge.scoring is Scoring.EXPECTED:
            return verdict, expected(answer, verdict, self.judge.rubric)
        return verdict, {name: float(score) for name, score in verdict.scores.items()}


def _answered(outcome: Answer | Fault) -> Answer:
    if isinstance(outcome, Fault):
        raise Unscored(Cause.NO_ANSWER, str(outcome))
    return outcome


def _row(
    sheet: Sheet,
    hearing: _Hearing,
    verdict: Verdict | None = None,
    scores: Mapping[str, float] | None = None,
    unscored: Unscored | None = None,
) -> JudgeRow:
    example, repeat = sheet.case.key
    answers = hearing.answers
    return JudgeRow(
        example=example,
        repeat=repeat,
        request_hash=sheet.request_hash,
        scores=scores,
        reasons=verdict.reasons if verdict else {},
        raw=[answer.text for answer in answers],
        form=verdict.form if verdict else None,
        cause=unscored.cause if unscored else None,
        error=unscored.sentence if unscored else None,
        attempts=hearing.attempts,
        prompt_tokens=_sum(answer.prompt_tokens for answer in answers),
        output_tokens=_sum(answer.output_tokens for answer in answers),
        request_time=sum(answer.request_time for answer in answers) if answers else None,
        at=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )


def _sum(counts: Iterable[int | None]) -> int | None:
    """Add up what is known; unknown stays unknown."""
    found = list(counts)
    known = [count for count in found if count is not None]
    return sum(known) if known and len(known) == len(found) else None
