"""What is asked: the request of one example, and the hash that tells whether it was asked before."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Self

import orjson

from fmops_api.evaluationplan import Candidate
from fmops_api.foundationmodel import Task
from fmops_api.promptcatalog import Generation, Template
from fmops_serving.prompts.generation import sampling
from fmops_serving.prompts.schema import response_format

_STREAMED = {"stream": True, "stream_options": {"include_usage": True}}
PATHS = {Task.CHAT: "/chat/completions", Task.COMPLETION: "/completions"}


class Frame(NamedTuple):
    """A JSON object with fields in the order of their names, all written but one, which each request has its own of."""

    before: bytes
    after: bytes

    @classmethod
    def around(cls, name: str, fields: Mapping[str, Any]) -> Self:
        """Leave out the field of this name."""
        before = _written({key: value for key, value in fields.items() if key < name})[:-1]
        after = _written({key: value for key, value in fields.items() if key > name})[1:]
        return cls(
            b"%b%b%b:" % (before, b"," if len(before) > 1 else b"", orjson.dumps(name)),
            b"%b%b" % (b"," if len(after) > 1 else b"", after),
        )

    def filled(self, value: bytes) -> bytes:
        """Give the whole object."""
        return self.before + value + self.after


class Request(NamedTuple):
    """A request ready to be sent. `prompt_hash` covers everything that makes an answer different, and no time-outs."""

    example: str
    repeat: int
    messages: Sequence[Mapping[str, str]]
    frame: Frame
    """What is sent around the prompt."""
    prompt: bytes
    """The messages as JSON, or their text for a completion model."""
    prompt_hash: str

    @property
    def body(self) -> bytes:
        """Write what is sent, with fields in the order of their names.

        Kubernetes keeps no other, and engines generate an answer's fields in the order of its schema.
        """
        return self.frame.filled(self.prompt)

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

    @cached_property
    def sent(self) -> Frame:
        """Give what is sent around every prompt."""
        return Frame.around(self._slot, {**self._asked, **_STREAMED})

    @cached_property
    def identity(self) -> Frame:
        """Give what makes an answer different, around every prompt."""
        return Frame.around(self._slot, {"url": self.target.url, "revision": self.target.revision, **self._asked})

    @property
    def _asked(self) -> dict[str, Any]:
        return {"model": self.target.model, **self.wish}

    @cached_property
    def completes(self) -> bool:
        """Say whether the model goes on with a text, and is not sent messages."""
        return self.target.task is Task.COMPLETION

    @property
    def _slot(self) -> str:
        return "prompt" if self.completes else "messages"


def build_request(call: Call, example: str, messages: Sequence[Mapping[str, str]], repeat: int = 0) -> Request:
    """Build the request of one example; a completion model gets the messages' texts, a blank line between them."""
    if call.completes:
        prompt = orjson.dumps("\n\n".join(message["content"] for message in messages))
    else:
        prompt = _written(messages)
    digest = hashlib.sha256(call.identity.filled(prompt)).hexdigest()
    return Request(example, repeat, messages, call.sent, prompt, digest)


def _written(content: Any) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
