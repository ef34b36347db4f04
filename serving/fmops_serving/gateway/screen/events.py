"""A streamed answer under guard rails: events leave in their order, as the bytes they came in, once their text may.

Each text that grows (a choice's content, its reasoning, a tool's arguments) is a stream of the guard library; it ends
with its choice, or where another text of the choice begins. An event waits until the streams let go of all its text.
What was redacted is written into the event that leaves next. A block ends the answer: what waits is dropped, the
choices end with `content_filter`, and `stopped` says to cancel the rest. Where only the usage is still to come, which
the client asked for, it is waited for. A rail that fails ends the answer with an error.
"""

from collections import deque
from collections.abc import Iterable
from typing import Any

from fmops_api.guardrail import Direction, Streaming
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.screen.growing import Growing
from fmops_serving.gateway.screen.held import Held, HeldText
from fmops_serving.gateway.screen.last import head_of, last_chunks, last_error, last_response, usage_of
from fmops_serving.gateway.screen.refusals import unavailable, unreadable
from fmops_serving.guard.openai.delta import Delta, Key, deltas_of, index_of, whole_texts, write_delta
from fmops_serving.guard.openai.frame import Frames
from fmops_serving.guard.openai.jsontext import read_json, write_json
from fmops_serving.guard.openai.places import put_all, without_field
from fmops_serving.guard.rails import Decision, Rails
from fmops_serving.guard.sse import Event, Splitter

_DONE = b"[DONE]"
LONGEST_OTHER = 1 << 16
"""Bytes of an event that is no JSON and is looked at all the same."""
MOST_HELD = 32 << 20
"""Bytes of events that wait; an answer that is longer and may not leave ends."""


class EventScreen:
    """Screens one stream of events: `feed` gives what may leave, `finish` what is left."""

    def __init__(
        self, held: Rails | None, audited: Rails | None, mode: Streaming, *, responses: bool, usage: bool = False
    ) -> None:
        """Hold text by `held` in a mode, look at it by `audited` as it leaves.

        `responses` says which API it is, and `usage` whether the client asked for the usage.
        """
        self._rails = held
        self._audited = audited
        self._mode = mode
        self._responses = responses
        self._asks_usage = usage
        self._splitter = Splitter()
        self._frames = Frames()
        self._growing: dict[Key, Growing] = {}
        self._latest: dict[int | str, list[Key]] = {}
        """The texts of each choice that its last event had."""
        self._waiting: deque[Held | HeldText] = deque()
        self._size = 0
        self._head: dict[str, Any] = {}
        self._usage: Any = None
        self._number = 0
        self._open: dict[int, bool] = {}
        """The choices seen, and whether more of them is to come."""
        self._ended: set[int] = set()
        """The choices whose end left."""
        self.stopped = False
        """Whether a rail ended the answer and its end was given: nothing of what comes may leave."""
        self.stopped_by = ""
        self.refusal: Refusal | None = None
        """What is wrong, when the answer ended because it could not be screened."""

    @property
    def holds(self) -> bool:
        """Say whether anything waits."""
        return bool(self._waiting)

    def feed(self, data: bytes) -> bytes:
        """Take bytes, cut anywhere."""
        out: list[bytes] = []
        # Most pieces are one event, and like the one before.
        if not (self._splitter.between and self._take_framed(data, out)):
            for event in self._splitter.feed(data):
                if self.stopped:
                    break
                if not self._take_framed(event.raw, out):
                    self._take(event, out)
        return out[0] if len(out) == 1 else b"".join(out)

    def finish(self) -> bytes:
        """End, also where no [DONE] came."""
        out: list[bytes] = []
        for event in self._splitter.rest():
            if not self.stopped:
                self._take(event, out)
        if not self.stopped:
            self._end(self._growing)
            self._let_go(out)
            if self.stopped_by and not self.stopped:
                self._stop_here(out)
        return b"".join(out)

    def _take_framed(self, raw: bytes, out: list[bytes]) -> bool:
        """Take an event that goes on with a text and says nothing else; gives whether it was such a one."""
        if self.stopped_by or (framed := self._frames.read(raw)) is None:
            return False
        key = framed.delta.key
        if self._latest.get(key[0]) != [key]:
            return False
        growing, end = self._grow(framed.delta)
        self._wait(HeldText(framed, growing, end), out)
        return True

    def _take(self, event: Event, out: list[bytes]) -> None:
        parsed = read_json(event.data) if event.data and event.data != _DONE else None
        if isinstance(parsed, dict) and (said := usage_of(parsed)) is not None:
            self._usage = said
        if self.stopped_by:
            if self._usage is not None or event.data == _DONE:
                self._stop_here(out)
            return
        held = Held(event, parsed)
        if isinstance(parsed, dict):
            self._look(held, parsed)
        elif event.data == _DONE:
            self._end(self._growing)
        elif event.data:
            self._look_at_other(held)
        self._wait(held, out)

    def _wait(self, held: Held | HeldText, out: list[bytes]) -> None:
        """Let an event wait for its turn, which may be at once."""
        self._waiting.append(held)
        self._size += held.size
        if self._size > MOST_HELD and not self.stopped_by:
            self._give_up(unreadable(f"it is longer than {MOST_HELD >> 20} MiB"))
        self._let_go(out)

    def _look(self, held: Held, parsed: dict[str, Any]) -> None:
        """Feed an event's texts to their streams."""
        if not self._head:
            self._head = head_of(parsed)
        deltas = deltas_of(parsed)
        if deltas:
            self._begin(deltas)
        for delta in deltas:
            growing, end = self._grow(delta)
            held.pieces += ((growing, delta, end),)
        for place, choice in enumerate(parsed.get("choices") or ()):
            if isinstance(choice, dict):
                self._look_at_end(held, index_of(choice, place), choice.get("finish_reason"))
        if texts := whole_texts(parsed):
            self._end(self._growing)
            self._look_at_whole(held, texts)
        elif not (held.finishes or self._responses):
            self._frames.learn(held.event.raw, deltas)

    def _grow(self, delta: Delta) -> tuple[Growing, int]:
        """Feed a piece to its text; gives the text, and where the piece ends in it."""
        growing = self._growing.get(delta.key)
        if growing is None:
            growing = self._growing[delta.key] = self._text()
        end = growing.feed(delta.text)
        if growing.stopped_by:
            self._stop(growing)
        return growing, end

    def _text(self) -> Growing:
        return Growing(self._rails, self._audited, self._mode)

    def _begin(self, deltas: list[Delta]) -> None:
        """End the texts of a choice that this event does not go on with: another begins, which must not wait."""
        if len(deltas) == 1 and self._latest.get((key := deltas[0].key)[0]) == [key]:
            return
        now: dict[int | str, list[Key]] = {}
        for delta in deltas:
            now.setdefault(delta.key[0], []).append(delta.key)
        for choice, keys in now.items():
            self._end([key for key in self._latest.get(choice, ()) if key not in keys])
            self._latest[choice] = keys

    def _look_at_end(self, held: Held, index: int, reason: Any) -> None:
        if not reason:
            self._open.setdefault(index, True)
            return
        self._open[index] = False
        held.finishes += (index,)
        self._end([key for key in self._growing if key[0] == index])

    def _look_at_whole(self, held: Held, texts: list[tuple[tuple[str | int, ...], str]]) -> None:
        """Look at texts that an event has as a whole, and take out of them what was taken out of their pieces."""
        if self._rails is not None:
            self._take_whole(held, texts, self._rails.screen([text for _, text in texts], Direction.OUTPUT))

    def _take_whole(
        self, held: Held, texts: list[tuple[tuple[str | int, ...], str]], decisions: list[Decision]
    ) -> None:
        self._decided(decisions)
        changes = [
            (path, decision.text)
            for (path, text), decision in zip(texts, decisions, strict=True)
            if decision.text != text
        ]
        if changes:
            held.parsed = without_field(put_all(held.parsed, changes), "logprobs")
            held.event = Event(held.event.written(write_json(held.parsed)), b"")

    def _look_at_other(self, held: Held) -> None:
        """Look at an event that is no JSON object as it reads."""
        if self._rails is None:
            return
        if len(held.event.data) > LONGEST_OTHER:
            self._give_up(unreadable("an event of it is no JSON"))
        else:
            self._look_at_text(self._rails, held, held.event.data.decode("utf-8", "replace"))

    def _look_at_text(self, rails: Rails, held: Held, text: str) -> None:
        self._take_other(held, text, rails.screen([text], Direction.OUTPUT)[0])

    def _take_other(self, held: Held, text: str, decision: Decision) -> None:
        self._decided([decision])
        if decision.text != text:
            held.event = Event(held.event.written(decision.text.replace("\n", "\ndata: ").encode()), b"")

    def _decided(self, decisions: Iterable[Decision]) -> None:
        for decision in decisions:
            if decision.stopped_by and not self.stopped_by:
                self.stopped_by = decision.stopped_by
                if not decision.blocked_by:
                    self._give_up(unavailable(decision.unavailable))

    def _end(self, keys: Iterable[Key]) -> None:
        for key in keys:
            growing = self._growing[key]
            growing.finish()
            if growing.stopped_by:
                self._stop(growing)

    def _stop(self, growing: Growing) -> None:
        if not self.stopped_by:
            self.stopped_by = growing.stopped_by
            if growing.failed:
                self._give_up(unavailable(growing.stopped_by))

    def _give_up(self, refusal: Refusal) -> None:
        self.refusal = refusal
        self.stopped_by = self.stopped_by or refusal.code

    def _let_go(self, out: list[bytes]) -> None:
        """Give the events whose text may leave; after a block, the end of the answer instead."""
        if self.stopped_by:
            if self.refusal is not None or not self._usage_comes:
                self._stop_here(out)
            return
        waiting = self._waiting
        while waiting and waiting[0].may_leave:
            held = waiting.popleft()
            self._size -= held.size
            out.append(held.written() if isinstance(held, HeldText) else self._written(held))

    @property
    def _usage_comes(self) -> bool:
        """Say whether the model is through, and only the usage is to come."""
        return self._asks_usage and self._usage is None and bool(self._open) and not any(self._open.values())

    def _written(self, held: Held) -> bytes:
        """Give an event as it came, or with what is left of its text."""
        self._ended.update(held.finishes)
        if self._responses and isinstance(held.parsed, dict):
            said = held.parsed.get("sequence_number")
            self._number = said if isinstance(said, int) else self._number
        parsed = held.parsed
        for growing, delta, _ in held.pieces:
            text = growing.take(delta.text)
            if text != delta.text:
                parsed = write_delta(parsed, delta, text)
        return held.event.raw if parsed is held.parsed else held.event.written(write_json(parsed))

    def _stop_here(self, out: list[bytes]) -> None:
        self.stopped = True
        self._waiting.clear()
        self._growing.clear()
        if self.refusal is not None:
            out.append(last_error(self.refusal))
        elif self._responses:
            out.append(last_response(self._head, self._number, self._usage))
        else:
            choices = [index for index in self._open if index not in self._ended] or list(self._open) or [0]
            out.append(last_chunks(self._head, choices, self._usage if self._asks_usage else None))
