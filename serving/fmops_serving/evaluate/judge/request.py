"""The requests that a judge gets, and the hash that tells whether it was asked before."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from fmops_api.evaluationplan import PlannedJudge
from fmops_api.judge import Scoring
from fmops_serving.evaluate.judge.prompt import Form, Messages

TOP_LOGPROBS = 20
"""Alternatives asked for at each token; the most that the OpenAI API gives."""


@dataclass(frozen=True)
class Call:
    """How one judge is asked: everything of a request but the messages. `schema` is that of its verdict."""

    planned: PlannedJudge
    schema: Mapping[str, Any]

    def body(self, messages: Messages, form: Form) -> bytes:
        """Write a request with these messages."""
        streamed = {"stream": True, "stream_options": {"include_usage": True}}
        return orjson.dumps({**self._asked(messages, form), **streamed})

    def request_hash(self, messages: Messages) -> str:
        """Hash everything that can make the verdict different; `messages` are the first, of the form JSON."""
        identity = {**self._endpoint, **self._asked(messages, Form.JSON)}
        return hashlib.sha256(orjson.dumps(identity, option=orjson.OPT_SORT_KEYS)).hexdigest()

    @cached_property
    def _endpoint(self) -> dict[str, str]:
        endpoint = self.planned.endpoint
        return {"url": endpoint.url, "revision": endpoint.revision}

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
            schema = {"name": "verdict", "strict": True, "schema": self.schema}
            asked["response_format"] = {"type": "json_schema", "json_schema": schema}
        if judge.scoring is Scoring.EXPECTED:
            asked |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
        return asked


def object_schema(properties: dict[str, Any]) -> dict[str, Any]:
    """Give the JSON schema of an object, in the part that OpenAI's strict mode and vLLM both take.

    Properties are written in their order, so a reason comes before what it is the reason of.
    """
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
