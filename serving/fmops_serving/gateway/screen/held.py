"""Events of a streamed answer that wait until their texts may leave."""

from typing import Any

import orjson

from fmops_serving.gateway.screen.growing import Growing
from fmops_serving.guard.openai.delta import Delta, write_delta
from fmops_serving.guard.openai.frame import Framed
from fmops_serving.guard.openai.jsontext import read_json, write_json
from fmops_serving.guard.sse import Event, event_of


class Held:
    """An event that waits, with its texts, how far each goes in its stream, and the choices that it ends."""

    __slots__ = ("event", "finishes", "parsed", "pieces")

    def __init__(self, event: Event, parsed: Any) -> None:
        """Wait with no texts yet."""
        self.event = event
        self.parsed = parsed
        self.pieces: tuple[tuple[Growing, Delta, int], ...] = ()
        self.finishes: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Give the bytes of the event."""
        return len(self.event.raw)

    @property
    def may_leave(self) -> bool:
        """Say whether all of its texts were let go."""
        return all(growing.let_go >= end for growing, _, end in self.pieces)


class HeldText:
    """An event that waits and says nothing but a piece of a text: of thousands, what is around it is kept once."""

    __slots__ = ("end", "frame", "growing", "string")

    def __init__(self, framed: Framed, growing: Growing, end: int) -> None:
        """Wait until a text was let go up to a place."""
        self.frame = framed.frame
        self.string = framed.string
        self.growing = growing
        self.end = end

    @property
    def size(self) -> int:
        """Give the bytes of the event."""
        return len(self.frame.head) + len(self.string) + len(self.frame.tail) - 2

    @property
    def may_leave(self) -> bool:
        """Say whether its text was let go."""
        return self.growing.let_go >= self.end

    def written(self) -> bytes:
        """Give the event as it came, or with what is left of its text."""
        said: str = orjson.loads(self.string)
        raw, text = self.frame.around(self.string), self.growing.take(said)
        if text == said:
            return raw
        event, delta = event_of(raw), Delta(self.frame.key, said, self.frame.path)
        return event.written(write_json(write_delta(read_json(event.data), delta, text)))
