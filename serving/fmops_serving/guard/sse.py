"""Server-sent events: bytes, cut anywhere, into events that keep the bytes they came in.

After the grammar of the HTML standard, section 9.2: lines end with CR, LF or both, and several lines of data are one.
"""

import re
from collections.abc import Iterable, Iterator

MOST = 8 << 20
"""Bytes of one event; a longer one is given in parts, which are no JSON."""
_END = re.compile(rb"(?>\r\n|\n|\r)(?>\r\n|\n|\r)")
"""An end of line and an empty line. CR LF is never taken for two ends; a LF that comes after the CR of an end in an
earlier piece opens the next event, where it is an empty line more."""
_MARK = b"\xef\xbb\xbf"
"""The byte order mark that may open a stream, which readers skip."""


class Event:
    """One event."""

    __slots__ = ("data", "raw")

    def __init__(self, raw: bytes, data: bytes) -> None:
        """Take all its bytes with the empty line, and its data."""
        self.raw = raw
        self.data = data

    def written(self, data: bytes) -> bytes:
        """Give the event with other data; its other fields stay."""
        others = [line for line in self.raw.splitlines() if line and not _is_data(line)]
        return b"".join(line + b"\n" for line in others) + b"data: " + data + b"\n\n"


class Splitter:
    """Finds the ends of events."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rest = b""

    @property
    def between(self) -> bool:
        """Say whether what comes next begins an event."""
        return not self._rest

    def feed(self, data: bytes) -> Iterable[Event]:
        """Take bytes; gives the events that end in them."""
        if not self._rest and data.endswith(b"\n\n") and data.find(b"\n\n") == len(data) - 2 and data.find(b"\r") < 0:
            return (event_of(data),)  # most pieces are one whole event
        return self._split(data)

    def _split(self, data: bytes) -> Iterator[Event]:
        searched = max(0, len(self._rest) - 2)
        self._rest += data
        start = 0
        for end in _ends(self._rest, searched):
            yield event_of(self._rest[start:end])
            start = end
        self._rest = self._rest[start:]
        if len(self._rest) > MOST:
            yield from self.rest()

    def rest(self) -> Iterator[Event]:
        """Give what came after the last event."""
        rest, self._rest = self._rest, b""
        if rest:
            yield event_of(rest)


def _ends(data: bytes, start: int) -> Iterator[int]:
    """Give the places where events end."""
    if data.find(b"\r", start) >= 0:
        yield from (found.end() for found in _END.finditer(data, start))
        return
    # Nearly all streams have line feeds alone, and those are found at once; the pattern tries each byte.
    while (end := data.find(b"\n\n", start)) >= 0:
        start = end + 2
        yield start


def event_of(raw: bytes) -> Event:
    """Read the data of one event."""
    if raw.startswith(b"data: ") and raw.find(b"\n") == len(raw) - 2 and raw.endswith(b"\n\n") and raw.find(b"\r") < 0:
        return Event(raw, raw[6:-2])
    lines = [line for line in raw.removeprefix(_MARK).splitlines() if _is_data(line)]
    return Event(raw, b"\n".join(line[5:].removeprefix(b" ") for line in lines))


def _is_data(line: bytes) -> bool:
    return line.startswith(b"data:")
