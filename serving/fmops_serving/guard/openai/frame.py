"""Frames: most events of a stream differ from the one before in a piece of text alone, so only that is read.

What is around the text is compared byte by byte, so an event that fits a frame is the frame's JSON with another string
in its place. Everything else is parsed as a whole.
"""

from collections.abc import Sequence

import orjson

from fmops_serving.guard.openai.delta import Delta, Key, deltas_of
from fmops_serving.guard.openai.jsontext import read_json
from fmops_serving.guard.openai.places import CLOSED, Path
from fmops_serving.guard.sse import event_of

_KEPT = 4
"""Frames of one stream: a choice's content, its reasoning, a tool's arguments, or those of several choices."""
_ON_CREDIT = 8
"""Frames that may be made before one is of use: where every event has another number, none ever is."""


class Frame:
    """What is around the text of an event."""

    __slots__ = ("head", "key", "path", "tail")

    def __init__(self, head: bytes, tail: bytes, key: Key, path: Path) -> None:
        """Take the bytes, each with a quotation mark, and which text it is."""
        self.head = head
        self.tail = tail
        self.key = key
        self.path = path

    def string(self, raw: bytes) -> bytes | None:
        """Cut out what stands where the text does, with its quotation marks; None for an event that does not fit."""
        if not (raw.startswith(self.head) and raw.endswith(self.tail)):
            return None
        return raw[len(self.head) - 1 : 1 - len(self.tail)]

    def around(self, string: bytes) -> bytes:
        """Give the event of which a string was cut out."""
        return b"".join((self.head[:-1], string, self.tail[1:]))

    def read(self, string: bytes) -> Delta | None:
        """Read what was cut out of an event; None for what is no text."""
        try:
            text = orjson.loads(string)
        except orjson.JSONDecodeError:
            return None
        return Delta(self.key, text, self.path) if isinstance(text, str) and text else None


class Framed:
    """An event that fits a frame."""

    __slots__ = ("delta", "frame", "string")

    def __init__(self, frame: Frame, string: bytes, delta: Delta) -> None:
        """Take what stands where the text does, and the text."""
        self.frame = frame
        self.string = string
        self.delta = delta


class Frames:
    """The frames of one stream."""

    __slots__ = ("_credit", "_frames")

    def __init__(self) -> None:
        """Begin with none."""
        self._frames: tuple[Frame, ...] = ()
        self._credit = _ON_CREDIT

    def read(self, raw: bytes) -> Framed | None:
        """Read an event that fits; None for any other."""
        for frame in self._frames:
            if (string := frame.string(raw)) is not None and (delta := frame.read(string)) is not None:
                self._credit = _ON_CREDIT
                return Framed(frame, string, delta)
        return None

    def learn(self, raw: bytes, deltas: Sequence[Delta]) -> None:
        """Make a frame of an event that says nothing but what every one like it does, where it has one text."""
        if len(deltas) != 1 or not self._credit:
            return
        self._credit -= 1
        if (frame := _frame(raw, deltas[0])) is not None:
            self._frames = (frame, *self._frames[: _KEPT - 1])


def _frame(raw: bytes, delta: Delta) -> Frame | None:
    """Cut an event around its text, when it is plain which of its strings that is."""
    try:
        string = orjson.dumps(delta.text)
    except TypeError:
        return None
    one_line = raw.endswith(b"\n\n") and raw.find(b"\n") == len(raw) - 2 and b"\r" not in raw
    if not one_line or raw.count(string) != 1 or delta.path[-1] in CLOSED:
        return None
    head, _, tail = raw.partition(string)
    other = delta._replace(text="." if delta.text != "." else "!")
    parsed = read_json(event_of(head + orjson.dumps(other.text) + tail).data)
    if not isinstance(parsed, dict) or deltas_of(parsed) != [other]:
        return None
    return Frame(head + b'"', b'"' + tail, delta.key, delta.path)
