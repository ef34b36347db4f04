"""What is asked: the request of one example, and the hash that tells whether it was asked before."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from fmops_api.evaluationplan import Candidate
from fmops_api.foundationmodel import Task
from fmops_api.promptcatalog import Generation, Template
from fmops_serving.prompts.generation import sampling
from fmops_serving.prompts.schema import response_format

_STREAMED = {"stream": True, "stream_options": {"include_usage": True}}
PATHS = {Task.CHAT: "/chat/completions", Task.COMPLETION: "/completions"}


@dataclass(frozen=True, slots=True)
class Request:
    """A request ready to be sent. `prompt_hash` covers everything that makes an answer different, and no time-outs."""

    example: str
    repeat: int
    messages: Sequence[Mapping[str, str]]
    asked: Mapping[str, Any]
    """What the model gets, beside how it is to answer."""
    prompt_hash: str

    @property
    def body(self) -> bytes:
        """Write what is sent, with fields in the order of their names.

        Kubernetes keeps no other, and engines generate an answer's fields in the order of its schema.
        """
        return orjson.dumps({**self.asked, **_STREAMED}, option=orjson.OPT_SORT_KEYS)

    @property
    def key(self) -> tuple[str, int]:
        """Say which answer of the run this asks for."""
        return self.example, self.repeat


@dataclass(frozen=True, slots=True)
class Unrendered:
    """An example that the template cannot take, such as a value that is too long; `fault` says why."""

    example: str
    fault: str
    repeat: int = 0
    messages: Sequence[Mapping[str, str]] = ()
    prompt_hash: str = ""

    @property
    def key(self) -> tuple[str, int]:
        """Say which answer of the run this would have been."""
        return self.example, self.repeat


@dataclass(frozen=True)
class Call:
    """How one template is asked of one model: everything of a request but the messages."""

    target: Candidate
    wish: Mapping[str, Any]
    """Sampling and response_format."""

    @property
    def url(self) -> str:
        """Give the full URL to post to."""
        return self.target.url.rstrip("/") + PATHS[self.target.task]

    @classmethod
    def of(cls, target: Candidate, template: Template) -> "Call":
        """Read the template's wishes once, for all requests."""
        shape = response_format(template)
        wish = sampling(template.generation or Generation())
        return cls(target, wish if shape is None else {**wish, "response_format": shape})


def build_request(call: Call, example: str, messages: Sequence[Mapping[str, str]], repeat: int = 0) -> Request:
    """Build the request of one example; a completion model gets the messages' texts, a blank line between them."""
    asked: dict[str, Any] = {"model": call.target.model, **call.wish}
    if call.target.task is Task.COMPLETION:
        asked["prompt"] = "\n\n".join(message["content"] for message in messages)
    else:
        asked["messages"] = messages
    identity = {"url": call.target.url, "revision": call.target.revision, **asked}
    digest = hashlib.sha256(orjson.dumps(identity, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return Request(example, repeat, messages, asked, digest)
