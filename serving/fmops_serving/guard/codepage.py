"""Code pages: what becomes of each character is told by a table of 256 bytes, for a text that has none but a page's.

Most German and Russian texts are such; a table of all characters, or a regular expression, takes several times as long.
"""

from collections.abc import Callable

_PAGES = ("latin-1", "cp1251", "cp1252")
"""The first takes the least time to write; the others have signs of print."""


class Becoming:
    """Writes texts anew, each character as what becomes of it."""

    def __init__(self, become: Callable[[str], str]) -> None:
        """Ask what becomes of each character of each page; what a character becomes must stay as it is."""
        self._pages = [_Page(name, become) for name in _PAGES]

    def __call__(self, text: str) -> str | None:
        """Give a text anew; None where no page has all that is in it and all that becomes of that."""
        for page in self._pages:
            try:
                raw = text.encode(page.name)
            except UnicodeEncodeError:
                continue
            if (written := page.written(raw)) is not None:
                return written
        return None


class _Page:
    def __init__(self, name: str, become: Callable[[str], str]) -> None:
        self.name, table, foreign = name, bytearray(range(256)), bytearray()
        self._longer: list[tuple[bytes, bytes]] = []
        """Put in their places one after the other, which is right since what becomes of a character stays so."""
        for code in range(256):
            one = bytes([code])
            try:
                becomes = become(one.decode(name)).encode(name)
            except UnicodeError:
                foreign += one
                continue
            if len(becomes) == 1:
                table[code] = becomes[0]
            else:
                self._longer.append((one, becomes))
        self._table, self._foreign = bytes(table), bytes(foreign)

    def written(self, raw: bytes) -> str | None:
        """Give a text of this page anew; None where a character becomes one that the page has not."""
        written = raw.translate(self._table, self._foreign)
        if len(written) < len(raw):
            return None
        for one, becomes in self._longer:
            written = written.replace(one, becomes)
        return written.decode(self.name)
