"""Taking over verdicts of earlier inputs, of judges that score and of those that compare."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.judge.bench import KeptRow, Sheet
from fmops_serving.evaluate.judge.inputs import JudgeInputs
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.recall import Questions, Recallable, oldest, recall
from fmops_serving.evaluate.rows import Rows
from fmops_serving.evaluate.terms import Terms


class VerdictRow(KeptRow, Recallable, Protocol):
    """A row that figures are made of and that can be taken over."""

    @property
    def key(self) -> Any:
        """Say which case it is about."""


R = TypeVar("R", bound=VerdictRow)


@dataclass(frozen=True)
class Archive:
    """What one candidate's judges were asked before, as far as the run lets it count."""

    inputs: Inputs
    progress: Progress
    terms: Terms

    async def recall(
        self, judge: JudgeInputs, sheets: Callable[[], Iterable[Sheet[R]]], rows: Rows[R], read: type[R], below: str
    ) -> None:
        """Copy the verdicts on the same cases into `rows`; raises SinkFailed."""
        cache, earlier = self.inputs.plan.cache, self.terms.earlier
        if earlier is None or cache is None:
            return
        since = oldest(cache, [judge.planned.endpoint])
        questions = Questions(lambda: {sheet.key: sheet.request_hash for sheet in sheets()}, since)
        found = await recall(rows, questions, read, earlier.lines(below))
        self.progress.recalled += found.taken
        self.progress.unreadable += found.unreadable
