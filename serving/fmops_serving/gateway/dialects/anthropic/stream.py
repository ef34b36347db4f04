"""A stream of the Messages API as one of chat completions. https://platform.claude.com/docs/en/build-with-claude/streaming"""

from collections.abc import Callable, Iterator
from time import time
from typing import Any

import orjson

from fmops_serving.gateway.dialects.anthropic import thinking
from fmops_serving.gateway.dialects.anthropic.answer import finish_reason, refusal, stopped_by, usage
from fmops_serving.gateway.dialects.anthropic.errors import error_event, unreadable
from fmops_serving.gateway.dialects.anthropic.refusing import Json
from fmops_serving.gateway.dialects.sse import Events, TooLongError
from fmops_serving.gateway.refusal import Refusal

_DONE = b"data: [DONE]\n\n"


class MessageStream:
    """Translates the events of one message. Events and blocks that came later to the API say nothing here."""

    def __init__(
        self, *, with_usage: bool, on_usage: Callable[[Json], object], clock: Callable[[], float] = time
    ) -> None:
        """`on_usage` is told what the answer used as OpenAI counts it, `with_usage` tells the client too."""
        self.over = False
        self._on_usage = on_usage
        self._with_usage = with_usage
        self._clock = clock
        self._events = Events()
        self._head: Json = {}
        self._counted: Json = {}
        self._block: Json = {}
        self._calls = 0
        self._thoughts = 0

    def feed(self, data: bytes) -> bytes:
        """Take a piece of the stream, cut anywhere; gives the chunks that it completes."""
        if self.over:
            return b""
        said: list[bytes] = []
        try:
            for event in self._events.feed(data):
                said += self._read(event)
                if self.over:
                    break
        except Refusal as fault:
            said.append(self._fail(fault))
        except TooLongError:
            said.append(self._fail(unreadable("has an event beyond 8 MiB")))
        return b"".join(said)

    def finish(self) -> bytes:
        """Take the end of the stream: an error where the message was not over."""
        return b"" if self.over else self._fail(unreadable("ended before the message did"))

    def _read(self, data: bytes) -> Iterator[bytes]:
        try:
            event = orjson.loads(data)
            handler = self._HANDLERS.get(event["type"])
            if handler is not None:
                yield from handler(self, event)
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError):
            raise unreadable("has an event that is none of the Messages API") from None

    def _start(self, event: Json) -> Iterator[bytes]:
        message = event["message"]
        self._head = {
            "id": message["id"],
            "object": "chat.completion.chunk",
            "created": int(self._clock()),
            "model": message["model"],
        }
        self._count(message["usage"])
        yield self._chunk({"role": "assistant", "content": ""})

    def _open(self, event: Json) -> Iterator[bytes]:
        self._block = dict(event["content_block"])
        kind = self._block["type"]
        if kind == "text" and self._block.get("text"):
            yield self._chunk({"content": self._block["text"]})
        elif kind == "thinking" and self._block.get("thinking"):
            yield self._chunk({thinking.TEXT: self._block["thinking"]})
        elif kind == "tool_use":
            given = self._block.get("input")
            self._block["said"] = bool(given)
            function = {"name": self._block["name"], "arguments": orjson.dumps(given).decode() if given else ""}
            yield self._call({"id": self._block["id"], "type": "function", "function": function})

    def _delta(self, event: Json) -> Iterator[bytes]:
        delta = event["delta"]
        kind = delta["type"]
        if kind == "text_delta":
            yield self._chunk({"content": delta["text"]})
        elif kind == "input_json_delta" and delta["partial_json"]:
            self._block["said"] = True
            yield self._call({"function": {"arguments": delta["partial_json"]}})
        elif kind == "thinking_delta":
            self._block["thinking"] = self._block.get("thinking", "") + delta["thinking"]
            yield self._chunk({thinking.TEXT: delta["thinking"]})
        elif kind == "signature_delta":
            self._block["signature"] = delta["signature"]

    def _close(self, _: Json) -> Iterator[bytes]:
        kind = self._block.get("type")
        if kind in {"thinking", "redacted_thinking"}:
            yield self._chunk({thinking.BLOCKS: [thinking.mark(self._thoughts, self._block)]})
            self._thoughts += 1
        elif kind == "tool_use":
            if not self._block["said"]:
                # A call without arguments: OpenAI's clients read the text as JSON.
                yield self._call({"function": {"arguments": "{}"}})
            self._calls += 1
        self._block = {}

    def _end(self, event: Json) -> Iterator[bytes]:
        self._count(event["usage"])
        delta = event["delta"]
        if (why := refusal(delta)) is not None:
            yield self._chunk({"refusal": why})
        if delta.get("stop_reason") is not None:
            yield self._chunk({}, finish_reason(delta["stop_reason"]), **stopped_by(delta))

    def _stop(self, _: Json) -> Iterator[bytes]:
        self.over = True
        used = usage(self._counted)
        self._on_usage(used)
        if self._with_usage:
            yield _event({**self._head, "choices": [], "usage": used})
        yield _DONE

    def _error(self, event: Json) -> Iterator[bytes]:
        raise error_event(event)

    def _count(self, counted: Json) -> None:
        """Keep the newest count of each kind: they are totals, and later events leave out what did not change."""
        self._counted |= {name: value for name, value in counted.items() if value is not None}

    def _call(self, part: Json) -> bytes:
        return self._chunk({"tool_calls": [{"index": self._calls, **part}]})

    def _chunk(self, delta: Json, finish: str | None = None, **more: Any) -> bytes:
        if not self._head:
            raise unreadable("says something before its message started")
        return _event(
            {
                **self._head,
                "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish, **more}],
                **({"usage": None} if self._with_usage else {}),
            }
        )

    def _fail(self, fault: Refusal) -> bytes:
        """End the stream with an error, in the shape in which the clients of OpenAI look for one."""
        self.over = True
        if self._counted:
            self._on_usage(usage(self._counted))
        return b"data: " + fault.body() + b"\n\n" + _DONE

    _HANDLERS = {  # noqa: RUF012 - never written to
        "message_start": _start,
        "content_block_start": _open,
        "content_block_delta": _delta,
        "content_block_stop": _close,
        "message_delta": _end,
        "message_stop": _stop,
        "error": _error,
    }


def _event(content: Json) -> bytes:
    return b"data: " + orjson.dumps(content) + b"\n\n"
