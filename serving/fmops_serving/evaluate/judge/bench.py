"""One judge at work: every case that has no verdict yet, many at once, each written down as it comes."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from fmops_serving.evaluate.answer import Answer
from fmops_serving.evaluate.asking import Asker
from fmops_serving.evaluate.errors import BudgetExhausted
from fmops_serving.evaluate.faults import Fault, Remedy
from fmops_serving.evaluate.judge.prompt import Form, Messages
from fmops_serving.evaluate.judge.verdict import Cause, Unscored
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.rows import Rows
from fmops_serving.evaluate.synced import synced
from fmops_serving.evaluate.together import together


@dataclass
class Hearing:
    """What the judge said of one case so far."""

    answers: list[Answer] = field(default_factory=list)
    attempts: int = 0

    @property
    def told(self) -> dict[str, Any]:
        """Give what every row keeps of it: the replies, and tokens and seconds of all requests."""
        answers = self.answers
        return {
            "raw": [answer.text for answer in answers],
            "attempts": self.attempts,
            "prompt_tokens": _sum(answer.prompt_tokens for answer in answers),
            "output_tokens": _sum(answer.output_tokens for answer in answers),
            "request_time": sum(answer.request_time for answer in answers) if answers else None,
        }


class KeptRow(Protocol):
    """A row about one case."""

    @property
    def key(self) -> Hashable:
        """Say which case it is about."""

    @property
    def request_hash(self) -> str:
        """Give what was asked."""

    @property
    def settled(self) -> bool:
        """Say whether it need not be asked again."""

    @property
    def finding(self) -> Any:
        """Give what figures need of it."""


R = TypeVar("R", bound=KeptRow)
R_co = TypeVar("R_co", bound=KeptRow, covariant=True)


class Sheet(Protocol[R_co]):
    """One case before one judge: how it is asked, how the reply is read, and what is kept of it."""

    @property
    def key(self) -> Hashable:
        """Say which case it is."""

    @property
    def request_hash(self) -> str:
        """Hash everything that can make the verdict different."""

    def messages(self, form: Form) -> Messages:
        """Give the first messages."""

    def body(self, messages: Messages, form: Form) -> bytes:
        """Write a request with these messages."""

    def repair(self, messages: Messages, reply: str, fault: str, form: Form) -> Messages:
        """Ask once more, after a reply that could not be read."""

    def read(self, answer: Answer) -> Any:
        """Read the verdict; raises Unscored."""

    def row(self, hearing: Hearing, found: Any) -> R_co:
        """Write down the verdict that was read, or the Unscored that was raised."""


@dataclass
class Bench:
    """Puts cases before one judge. `form` becomes LINES when the endpoint turns out to take no schema."""

    asker: Asker
    progress: Progress
    form: Form = Form.JSON

    async def hear(self, sheets: Iterable[Sheet[R]], rows: Rows[R]) -> dict[Any, Any]:
        """Give what the newest row of every case says, asking where there is none; raises NotMeasured or SinkFailed."""
        wanted: dict[Hashable, str] = {}
        pending = self._pending(sheets, rows, wanted)
        meter = self.asker.terms.meter
        async with synced(rows):
            await together([self._work(pending, rows) for _ in range(self.asker.in_flight)])
        if meter.used_up and (meter.cut or next(pending, None) is not None):
            told = f"{self.progress.judged} of {self.progress.to_judge} verdicts are there"
            raise BudgetExhausted(f"{self.progress.model}: {meter.sentence()}; {told}")
        return {row.key: row.finding for row in rows.read() if wanted.get(row.key) == row.request_hash}

    async def _work(self, pending: Iterator[Sheet[R]], rows: Rows[R]) -> None:
        while not self.asker.terms.meter.used_up and (sheet := next(pending, None)) is not None:
            rows.append(await self._row(sheet))
            self.progress.judged += 1

    def _pending(self, sheets: Iterable[Sheet[R]], rows: Rows[R], wanted: dict[Hashable, str]) -> Iterator[Sheet[R]]:
        settled = {(row.key, row.request_hash) for row in rows.read() if row.settled}
        for sheet in sheets:
            wanted[sheet.key] = sheet.request_hash
            if (sheet.key, sheet.request_hash) in settled:
                self.progress.judged += 1
            else:
                yield sheet

    async def _row(self, sheet: Sheet[R]) -> R:
        hearing = Hearing()
        try:
            found = await self._verdict(sheet, hearing)
        except Unscored as unscored:
            return sheet.row(hearing, unscored)
        return sheet.row(hearing, found)

    async def _verdict(self, sheet: Sheet[R], hearing: Hearing) -> Any:
        """Ask for the verdict, and once more when it cannot be read; raises Unscored."""
        answer, form = await self._first(sheet, hearing)
        try:
            return sheet.read(answer)
        except Unscored as unscored:
            if not unscored.repairable:
                raise
            fault = unscored.sentence
        messages = sheet.repair(sheet.messages(form), answer.text, fault, form)
        return sheet.read(_answered(await self._ask(sheet, messages, form, hearing)))

    async def _first(self, sheet: Sheet[R], hearing: Hearing) -> tuple[Answer, Form]:
        """Ask with a schema, and without one where the endpoint refuses such a request."""
        form = self.form
        outcome = await self._ask(sheet, sheet.messages(form), form, hearing)
        if form is Form.JSON and isinstance(outcome, Fault) and outcome.remedy is Remedy.SKIP:
            form = Form.LINES
            outcome = await self._ask(sheet, sheet.messages(form), form, hearing)
            if isinstance(outcome, Answer):
                self.form = form
        return _answered(outcome), form

    async def _ask(self, sheet: Sheet[R], messages: Messages, form: Form, hearing: Hearing) -> Answer | Fault:
        outcome, attempts = await self.asker.ask(sheet.body(messages, form))
        hearing.attempts += attempts
        if isinstance(outcome, Answer):
            hearing.answers.append(outcome)
        return outcome


def _answered(outcome: Answer | Fault) -> Answer:
    if isinstance(outcome, Fault):
        raise Unscored(Cause.NO_ANSWER, str(outcome))
    return outcome


def _sum(counts: Iterable[int | None]) -> int | None:
    """Add up what is known; unknown stays unknown."""
    found = list(counts)
    known = [count for count in found if count is not None]
    return sum(known) if known and len(known) == len(found) else None
