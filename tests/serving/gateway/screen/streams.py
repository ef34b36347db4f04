"""Streams of events as models write them, and what is left of them under guard rails."""

import json
from typing import Any

from fmops_api.guardrail import Guardrail
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.kind import Kind
from fmops_serving.gateway.screen.screen import Screen

SECRET = {"name": "secret", "detector": "Regex", "pattern": "(?i)forbidden phrase", "timeout": "30s"}


MAIL = {"name": "mail", "detector": "PersonalData", "kinds": ["Email"], "action": "Redact", "timeout": "30s"}


def chunk(index: int = 0, finish: str | None = None, **delta: Any) -> bytes:
    choice = {"index": index, "delta": delta, "finish_reason": finish, "logprobs": None}
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return b"data: " + json.dumps({**head, "choices": [choice]}).encode() + b"\n\n"


def words(text: str, index: int = 0) -> list[bytes]:
    return [chunk(index, content=word + " ") for word in text.split(" ")]


USAGE = b'data: {"id":"c1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5}}\n\n'


DONE = b"data: [DONE]\n\n"


LONG = "This is a plain answer. It has some sentences, and one of them is long enough to be cut by a window. " * 4


def exchange(kind: Kind = Kind.CHAT) -> Exchange:
    made = Exchange("POST", "/v1/chat/completions", "", {}, b"", "r1", 0.0, kind)
    made.stream = True
    return made


def screened(pieces: list[bytes], *rails: dict[str, Any], kind: Kind = Kind.CHAT) -> tuple[bytes, bool]:
    screen = Screen([Guardrail.model_validate(rail) for rail in rails], lambda _: None).events(exchange(kind))
    assert screen is not None
    out = []
    for piece in pieces:
        out.append(screen.feed(piece))
        if screen.stopped:
            return b"".join(out), True
    return b"".join([*out, screen.finish()]), screen.stopped


def events(out: bytes) -> list[Any]:
    return [json.loads(each[6:]) for each in out.decode().split("\n\n") if each.startswith("data: {")]


def text_of(out: bytes, field: str = "content", index: int = 0) -> str:
    choices = [choice for event in events(out) for choice in event["choices"] if choice["index"] == index]
    return "".join(choice["delta"].get(field) or "" for choice in choices)
