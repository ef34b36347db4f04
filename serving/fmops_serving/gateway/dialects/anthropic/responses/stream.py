"""Chunks of a chat completion as events of the Responses API."""

from collections.abc import Iterator
from typing import Any

import orjson

from fmops_serving.gateway.dialects.anthropic.refusing import Json
from fmops_serving.gateway.dialects.anthropic.responses.answer import (
    ended,
    function_call,
    message,
    refusal_part,
    response,
    text_part,
)
from fmops_serving.gateway.dialects.anthropic.stream import MessageStream


class ResponseStream:
    """Translates the chunks that `chunks` gives, event by event."""

    def __init__(self, asked: Json, chunks: MessageStream) -> None:
        """Answer what was asked for."""
        self._asked = asked
        self._chunks = chunks
        self._number = 0
        self._begun: Json = {}
        self._output: list[Json] = []
        self._open = ""
        """What is open: text, refusal, a call, or nothing."""
        self._text = ""
        self._call: tuple[str, str] = ("", "")
        self._finish: Any = None
        self._used: Json | None = None
        self._over = False

    def feed(self, data: bytes) -> bytes:
        """Take a piece of the stream, cut anywhere; gives the events that it completes."""
        return self._translated(self._chunks.feed(data))

    def finish(self) -> bytes:
        """Take the end of the stream: an error where the message was not over."""
        return self._translated(self._chunks.finish())

    def _translated(self, chunks: bytes) -> bytes:
        said: list[bytes] = []
        for chunk in chunks.split(b"\n\n")[:-1]:
            if not self._over:
                said += self._read(chunk.removeprefix(b"data: "))
        return b"".join(said)

    def _read(self, data: bytes) -> Iterator[bytes]:
        if data == b"[DONE]":
            self._over = True
            yield from self._close()
            done = ended(self._begun, self._output, self._finish, self._used)
            yield self._event(f"response.{done['status']}", response=done)
            return
        chunk: Json = orjson.loads(data)
        if (error := chunk.get("error")) is not None:
            self._over = True
            yield self._event("error", code=error["code"], message=error["message"], param=None)
            return
        if not self._begun:
            self._begun = response(self._asked, chunk["id"], chunk["created"], chunk["model"])
            yield self._event("response.created", response=self._begun)
            yield self._event("response.in_progress", response=self._begun)
        self._used = chunk.get("usage") or self._used
        for choice in chunk["choices"]:
            self._finish = choice["finish_reason"] or self._finish
            yield from self._said(choice["delta"])

    def _said(self, delta: Json) -> Iterator[bytes]:
        if delta.get("content"):
            yield from self._grow("output_text", delta["content"])
        if delta.get("refusal"):
            yield from self._grow("refusal", delta["refusal"])
        for call in delta.get("tool_calls", ()):
            if "id" in call:
                yield from self._close()
                self._open, self._call = "call", (call["id"], call["function"]["name"])
                yield self._event("response.output_item.added", **self._place(), item=self._item("in_progress"))
            if arguments := call["function"].get("arguments"):
                self._text += arguments
                yield self._event("response.function_call_arguments.delta", **self._of_item(), delta=arguments)

    def _grow(self, kind: str, text: str) -> Iterator[bytes]:
        if self._open != kind:
            yield from self._close()
            self._open = kind
            item = message(self._identity, "in_progress", [])
            yield self._event("response.output_item.added", **self._place(), item=item)
            yield self._event("response.content_part.added", **self._of_part(), part=self._part())
        self._text += text
        logprobs: Json = {"logprobs": []} if kind == "output_text" else {}
        yield self._event(f"response.{kind}.delta", **self._of_part(), delta=text, **logprobs)

    def _close(self) -> Iterator[bytes]:
        """End what is open, and keep it for the whole."""
        if not self._open:
            return
        if self._open == "call":
            yield self._event(
                "response.function_call_arguments.done", **self._of_item(), arguments=self._text, name=self._call[1]
            )
        else:
            name = "text" if self._open == "output_text" else "refusal"
            logprobs: Json = {"logprobs": []} if name == "text" else {}
            yield self._event(f"response.{self._open}.done", **self._of_part(), **{name: self._text}, **logprobs)
            yield self._event("response.content_part.done", **self._of_part(), part=self._part())
        item = self._item("completed")
        yield self._event("response.output_item.done", **self._place(), item=item)
        self._output.append(item)
        self._open, self._text = "", ""

    @property
    def _identity(self) -> str:
        if self._open == "call":
            return f"fc_{self._call[0]}"
        return f"msg_{self._begun['id'].removeprefix('resp_')}_{len(self._output)}"

    def _item(self, status: str) -> Json:
        if self._open == "call":
            return function_call(*self._call, status, self._text)
        return message(self._identity, status, [self._part()])

    def _part(self) -> Json:
        return text_part(self._text) if self._open == "output_text" else refusal_part(self._text)

    def _place(self) -> Json:
        return {"output_index": len(self._output)}

    def _of_item(self) -> Json:
        return {"item_id": self._identity, **self._place()}

    def _of_part(self) -> Json:
        return {**self._of_item(), "content_index": 0}

    def _event(self, kind: str, **fields: Any) -> bytes:
        content = {"type": kind, "sequence_number": self._number, **fields}
        self._number += 1
        return f"event: {kind}\ndata: ".encode() + orjson.dumps(content) + b"\n\n"
