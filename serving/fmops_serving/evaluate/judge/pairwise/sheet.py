"""One pair of answers in one order before one judge, and what is kept of it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import NamedTuple

from fmops_api.promptcatalog import Better
from fmops_serving.evaluate.answer import Answer
from fmops_serving.evaluate.judge.bench import Hearing
from fmops_serving.evaluate.judge.inputs import JudgeInputs
from fmops_serving.evaluate.judge.pairwise.prompt import Pair, Side, compare, wanted
from fmops_serving.evaluate.judge.pairwise.verdict import PairVerdict, read_better
from fmops_serving.evaluate.judge.prompt import Form, Messages, repair
from fmops_serving.evaluate.judge.request import Call, object_schema
from fmops_serving.evaluate.judge.rows import HeardRow
from fmops_serving.evaluate.judge.verdict import Unscored

PairKey = tuple[str, int, str]
"""Which answers, and in which order: the example as set/id, the repeat, and whose answer stands as A."""
WIN, TIE, LOSS = 1.0, 0.5, 0.0
"""Outcomes, as the candidate sees them."""
SCHEMA = object_schema({"reason": {"type": "string"}, "verdict": {"type": "string", "enum": [*map(str, Better)]}})


class PairFinding(NamedTuple):
    """What figures need of a row; the texts stay in the file."""

    outcome: float | None
    form: str | None
    cause: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRow(HeardRow):
    """Which answer of a pair is better, or why that is not known."""

    example: str
    repeat: int
    first: str
    """Whose answer stands as A: candidate or baseline."""
    verdict: str | None
    """A, B or Tie."""
    reason: str

    @property
    def key(self) -> PairKey:
        """Say which answers it is about, in which order."""
        return self.example, self.repeat, self.first

    @property
    def reusable(self) -> bool:
        """Say whether the same question may be answered with it: not where the judge could not be read."""
        return self.verdict is not None

    @property
    def finding(self) -> PairFinding:
        """Give what figures need."""
        return PairFinding(_outcome(self.verdict, self.first), self.form, self.cause)


def _outcome(verdict: str | None, first: str) -> float | None:
    if verdict is None:
        return None
    if verdict == Better.TIE:
        return TIE
    return WIN if (verdict == Better.A) == (first == Side.CANDIDATE) else LOSS


@dataclass(frozen=True)
class PairSheet:
    """One pair in one order before one judge."""

    judge: JudgeInputs
    pair: Pair
    first: Side

    @property
    def key(self) -> PairKey:
        """Say which answers it is about, in which order."""
        return (*self.pair.key, str(self.first))

    @cached_property
    def request_hash(self) -> str:
        """Hash everything that can make the verdict different."""
        return self._call.request_hash(self.messages(Form.JSON))

    def messages(self, form: Form) -> Messages:
        """Give the first messages."""
        return compare(self.judge.rubric, self.pair, self.first, form)

    def body(self, messages: Messages, form: Form) -> bytes:
        """Write a request with these messages."""
        return self._call.body(messages, form)

    def repair(self, messages: Messages, reply: str, fault: str, form: Form) -> Messages:
        """Ask once more, after a reply that could not be read."""
        return repair(messages, reply, fault, wanted(form))

    def read(self, answer: Answer) -> PairVerdict:
        """Read the verdict; raises Unscored."""
        return read_better(answer)

    def row(self, hearing: Hearing, found: PairVerdict | Unscored) -> PairRow:
        """Write down what came of it."""
        unscored = found if isinstance(found, Unscored) else None
        verdict = None if isinstance(found, Unscored) else found
        example, repeat, first = self.key
        return PairRow(
            example=example,
            repeat=repeat,
            first=first,
            request_hash=self.request_hash,
            verdict=str(verdict.better) if verdict else None,
            reason=verdict.reason if verdict else "",
            form=verdict.form if verdict else None,
            cause=unscored.cause if unscored else None,
            error=unscored.sentence if unscored else None,
            at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            **hearing.told,
        )

    @property
    def _call(self) -> Call:
        return Call(self.judge.planned, SCHEMA)
