"""One answer before one judge, who scores it by the rubric."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from fmops_api.judge import Scoring
from fmops_api.rubric import Rubric
from fmops_serving.evaluate.answer import Answer
from fmops_serving.evaluate.judge.bench import Hearing
from fmops_serving.evaluate.judge.expected import expected
from fmops_serving.evaluate.judge.inputs import JudgeInputs
from fmops_serving.evaluate.judge.prompt import Case, Form, Messages, ask, repair, wanted
from fmops_serving.evaluate.judge.request import Call, object_schema
from fmops_serving.evaluate.judge.rows import JudgeRow
from fmops_serving.evaluate.judge.verdict import Unscored, Verdict, read
from fmops_serving.evaluate.rows import Key

Scored = tuple[Verdict, Mapping[str, float]]
"""A verdict, and the scores that are taken from it."""


@dataclass(frozen=True)
class ScoreSheet:
    """One case before one judge."""

    judge: JudgeInputs
    case: Case

    @property
    def key(self) -> Key:
        """Say which answer of the run it is about."""
        return self.case.key

    @cached_property
    def request_hash(self) -> str:
        """Hash everything that can make the verdict different."""
        return self._call.request_hash(self.messages(Form.JSON))

    def messages(self, form: Form) -> Messages:
        """Give the first messages."""
        return ask(self.judge.rubric, self.case, form)

    def body(self, messages: Messages, form: Form) -> bytes:
        """Write a request with these messages."""
        return self._call.body(messages, form)

    def repair(self, messages: Messages, reply: str, fault: str, form: Form) -> Messages:
        """Ask once more, after a reply that could not be read."""
        return repair(messages, reply, fault, wanted(self.judge.rubric, form))

    def read(self, answer: Answer) -> Scored:
        """Read the verdict; raises Unscored."""
        verdict = read(answer, self.judge.rubric)
        if self.judge.planned.judge.scoring is Scoring.EXPECTED:
            return verdict, expected(answer, verdict, self.judge.rubric)
        return verdict, {name: float(score) for name, score in verdict.scores.items()}

    def row(self, hearing: Hearing, found: Scored | Unscored) -> JudgeRow:
        """Write down what came of it."""
        unscored = found if isinstance(found, Unscored) else None
        verdict, scores = (None, None) if isinstance(found, Unscored) else found
        example, repeat = self.key
        return JudgeRow(
            example=example,
            repeat=repeat,
            request_hash=self.request_hash,
            scores=scores,
            reasons=verdict.reasons if verdict else {},
            form=verdict.form if verdict else None,
            cause=unscored.cause if unscored else None,
            error=unscored.sentence if unscored else None,
            at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            **hearing.told,
        )

    @property
    def _call(self) -> Call:
        return Call(self.judge.planned, schema_of(self.judge.rubric))


def schema_of(rubric: Rubric) -> dict[str, Any]:
    """Give the JSON schema of a verdict."""
    scores = list(range(rubric.scale.min, rubric.scale.max + 1))
    part = object_schema({"reason": {"type": "string"}, "score": {"type": "integer", "enum": scores}})
    return object_schema({criterion.name: part for criterion in rubric.criteria})
