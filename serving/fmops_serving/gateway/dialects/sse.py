"""Server-sent events, read from pieces of any size. https://html.spec.whatwg.org/multipage/server-sent-events.html"""

from collections.abc import Iterator

LIMIT = 8 * 2**20
"""Longest event, in bytes; a provider that sends more without an end of line is not waited for."""


class TooLongError(Exception):
    """An event beyond the limit."""


class Events:
    """Splits a stream into the data of its events. Names of events are left aside: the data says what it is."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._scanned = 0
        self._data: list[bytes] = []
        self._size = 0
        self._after_return = False

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Give the data of each event that ends in this piece; raises TooLongError."""
        if self._after_return and piece:
            # The second half of a line end that was cut in two.
            piece = piece.removeprefix(b"\n")
            self._after_return = False
        self._rest += piece
        while (line := self._line()) is not None:
            if line:
                self._keep(line)
            elif self._data:
                data, self._data, self._size = b"\n".join(self._data), [], 0
                yield data
        if len(self._rest) + self._size > LIMIT:
            raise TooLongError

    def _line(self) -> bytes | None:
        """Take the next line, ended as the standard allows: line feed, carriage return, or both."""
        rest = self._rest
        ends = [at for at in (rest.find(b"\n", self._scanned), rest.find(b"\r", self._scanned)) if at >= 0]
        if not ends:
            self._scanned = len(rest)
            return None
        end = min(ends)
        line = bytes(rest[:end])
        after = end + 1
        if rest[end] == 0x0D:
            if after == len(rest):
                self._after_return = True
            elif rest[after] == 0x0A:
                after += 1
        del rest[:after]
        self._scanned = 0
        return line

    def _keep(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if name == b"data":
            value = value.removeprefix(b" ")
            self._data.append(value)
            self._size += len(value) + 1
