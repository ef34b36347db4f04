"""A streamed answer under guard rails: events leave in their order, as the bytes they came in, once their text may.

Each text that grows (a choice's content, its reasoning, a tool's arguments) is a stream of the guard library. An event
waits until the streams let go of all its text. What was redacted is written into the event that leaves next. A block
ends the answer: what waits is dropped, the choices end with `content_filter`, and `stopped` says to cancel the rest.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

import orjson

from fmops_serving.gateway.screen.growing import Growing, Key
from fmops_serving.guard.openai.answer import BLOCKED
from fmops_serving.guard.openai.delta import Delta, deltas_of, ended_choices, whole_texts, write_delta
from fmops_serving.guard.openai.places import Path, put_all
from fmops_serving.guard.rails import Rails
from fmops_serving.guard.rule import Direction
from fmops_serving.guard.sse import Event, Splitter
from fmops_serving.guard.stream import Mode

_DONE = b"[DONE]"


class _Held:
    """An event that waits, and how far each of its texts goes in its stream."""

    __slots__ = ("deltas", "ends", "event", "parsed")

    def __init__(self, event: Event, parsed: Any, deltas: list[Delta], ends: list[int]) -> None:
        self.event = event
        self.parsed = parsed
        self.deltas = deltas
        self.ends = ends


class EventScreen:
    """Screens one stream of events: `feed` gives what may leave, `finish` what is left."""

    def __init__(self, held: Rails | None, audited: Rails | None, mode: Mode, *, responses: bool) -> None:
        """Hold text by `held` in a mode, look at it by `audited` as it leaves; `responses` says which API it is."""
        self._rails = held
        self._audited = audited
        self._mode = mode
        self._responses = responses
        self._splitter = Splitter()
        self._growing: dict[Key, Growing] = {}
        self._waiting: deque[_Held] = deque()
        self._head: dict[str, Any] = {}
        self._choices: dict[int, bool] = {}
        """The choices seen, and whether they ended."""
        self.stopped = False
        """Whether a rail ended the answer: nothing of what comes may leave."""
        self.stopped_by = ""

    def feed(self, data: bytes) -> bytes:
        """Take bytes, cut anywhere."""
        return b"".join(piece for event in self._splitter.feed(data) for piece in self._take(event))

    def finish(self) -> bytes:
        """End, also where no [DONE] came."""
        if self.stopped:
            return b""
        rest = self._splitter.rest()
        out = [piece for event in rest for piece in self._take(event)]
        self._end(list(self._growing))
        return b"".join([*out, *self._let_go()])

    def _take(self, event: Event) -> Iterator[bytes]:
        if self.stopped:
            return
        parsed = _parsed(event)
        if isinstance(parsed, dict):
            self._look(event, parsed)
        else:
            if event.data == _DONE:
                self._end(list(self._growing))
            self._waiting.append(_Held(event, None, [], []))
        yield from self._let_go()

    def _look(self, event: Event, parsed: dict[str, Any]) -> None:
        """Feed an event's texts to their streams, and put it in the row."""
        if not self._head:
            self._head = {key: parsed[key] for key in ("id", "object", "created", "model") if key in parsed}
        deltas = deltas_of(parsed)
        ends = []
        for delta in deltas:
            growing = self._growing.get(delta.key)
            if growing is None:
                growing = self._growing[delta.key] = Growing(self._rails, self._audited, self._mode)
            ends.append(growing.feed(delta.text))
            self._stop(growing.stopped_by)
        for choice in parsed.get("choices") or ():
            if isinstance(choice, dict) and isinstance(choice.get("index"), int):
                self._choices.setdefault(choice["index"], False)
        for index in ended_choices(parsed):
            self._choices[index] = True
            self._end([key for key in self._growing if key[0] == index])
        if texts := whole_texts(parsed):
            self._end(list(self._growing))
            event = self._whole(event, parsed, texts)
        self._waiting.append(_Held(event, parsed, deltas, ends))

    def _whole(self, event: Event, parsed: dict[str, Any], texts: list[tuple[Path, str]]) -> Event:
        """Look at texts that an event repeats as a whole, and take out of them what was taken out of their pieces."""
        if self._rails is None:
            return event
        decisions = self._rails.screen([text for _, text in texts], Direction.OUTPUT)
        for decision in decisions:
            self._stop(decision.stopped_by)
        changes = [
            (path, decision.text)
            for (path, text), decision in zip(texts, decisions, strict=True)
            if decision.text != text
        ]
        return Event(event.written(orjson.dumps(put_all(parsed, changes))), b"") if changes else event

    def _end(self, keys: list[Key]) -> None:
        for key in keys:
            self._growing[key].finish()
            self._stop(self._growing[key].stopped_by)

    def _stop(self, rail: str) -> None:
        if rail and not self.stopped:
            self.stopped, self.stopped_by = True, rail

    def _let_go(self) -> Iterator[bytes]:
        """Give the events whose text may leave; after a block, the end of the answer instead."""
        if self.stopped:
            self._waiting.clear()
            yield self._last()
            return
        while self._waiting and self._may_leave(self._waiting[0]):
            yield self._written(self._waiting.popleft())

    def _may_leave(self, held: _Held) -> bool:
        return all(self._growing[delta.key].let_go >= end for delta, end in zip(held.deltas, held.ends, strict=True))

    def _written(self, held: _Held) -> bytes:
        """Give an event as it came, or with what is left of its text."""
        changes = []
        for delta, end in zip(held.deltas, held.ends, strict=True):
            text = self._growing[delta.key].take(delta.text, end)
            if text != delta.text:
                changes.append((delta, text))
        if not changes:
            return held.event.raw
        parsed = held.parsed
        for delta, text in changes:
            parsed = write_delta(parsed, delta, text)
        return held.event.written(orjson.dumps(parsed))

    def _last(self) -> bytes:
        if self._responses:
            response = {**self._head, "object": "response", "status": "incomplete", "output": []}
            response["incomplete_details"] = {"reason": BLOCKED}
            data = orjson.dumps({"type": "response.incomplete", "response": response})
            return b"event: response.incomplete\ndata: " + data + b"\n\n"
        open_ones = [index for index, ended in self._choices.items() if not ended] or [0]
        text: dict[str, Any] = {"text": ""} if self._head.get("object") == "text_completion" else {"delta": {}}
        choices = [{"index": index, **text, "logprobs": None, "finish_reason": BLOCKED} for index in open_ones]
        return b"data: " + orjson.dumps({**self._head, "choices": choices}) + b"\n\ndata: [DONE]\n\n"


def _parsed(event: Event) -> Any:
    if not event.data or event.data == _DONE:
        return None
    try:
        return orjson.loads(event.data)
    except orjson.JSONDecodeError:
        return None
