"""The requests that a judge gets, and the hash that tells whether it was asked before."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from fmops_api.evaluationplan import PlannedJudge
from fmops_api.judge import Scoring
from fmops_api.rubric import Rubric
from fmops_serving.evaluate.judge.prompt import Case, Form, Messages, ask

TOP_LOGPROBS = 20
"""Alternatives asked for at each token; the most that the OpenAI API gives."""


@dataclass(frozen=True)
class Sheet:
    """One case before one judge."""

    planned: PlannedJudge
    rubric: Rubric
    case: Case

    def messages(self, form: Form) -> Messages:
        """Give the first messages."""
        return ask(self.rubric, self.case, form)

    def body(self, messages: Messages, form: Form) -> bytes:
        """Write a request with these messages."""
        streamed = {"stream": True, "stream_options": {"include_usage": True}}
        return orjson.dumps({**self._asked(messages, form), **streamed})

    @cached_property
    def request_hash(self) -> str:
        """Hash everything that can make the verdict different."""
        endpoint = self.planned.endpoint
        asked = self._asked(self.messages(Form.JSON), Form.JSON)
        identity = {"url": endpoint.url, "revision": endpoint.revision, **asked}
        return hashlib.sha256(orjson.dumps(identity, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def _asked(self, messages: Messages, form: Form) -> dict[str, Any]:
        judge = self.planned.judge
        asked: dict[str, Any] = {
            "model": self.planned.endpoint.model,
            "messages": messages,
            "temperature": 0.0,
            "seed": judge.seed,
            "max_tokens": judge.max_tokens,
        }
        if form is Form.JSON:
            schema = {"name": "verdict", "strict": True, "schema": schema_of(self.rubric)}
            asked["response_format"] = {"type": "json_schema", "json_schema": schema}
        if judge.scoring is Scoring.EXPECTED:
            asked |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
        return asked


def schema_of(rubric: Rubric) -> dict[str, Any]:
    """Give the JSON schema of a verdict, in the part that OpenAI's strict mode and vLLM both take.

    Properties are written in their order, so the reason comes before the score.
    """
    scores = list(range(rubric.scale.min, rubric.scale.max + 1))
    part = _object({"reason": {"type": "string"}, "score": {"type": "integer", "enum": scores}})
    return _object({criterion.name: part for criterion in rubric.criteria})


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
