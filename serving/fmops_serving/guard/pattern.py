"""Regex: what a pattern of RE2 finds. Its time grows with the text and no faster, so no text can hang it."""

from collections.abc import Sequence
from typing import Any

import re2

from fmops_serving.guard.finding import Finding
from fmops_serving.guard.glance import pattern_glance

_MEMORY = 8 << 20
MOST = 1000
"""Finds that are told of one text: a pattern that matches everywhere cannot fill the memory."""


_RIGHT = "its syntax has no look-around and no back-references"


class Regex:
    """Finds each match of a pattern, from left to right; what was found is certain, so its score is 1."""

    def __init__(self, name: str, pattern: str) -> None:
        """Compile the pattern; raises ValueError with what is wrong with it."""
        self._name = name
        self._pattern = compiled(pattern)
        self._search = self._pattern.search
        self.glance = pattern_glance([pattern])

    def find(self, text: str) -> Sequence[Finding]:
        """Give each match that is not empty; most texts have none, which bytes tell without counting characters."""
        if self.glance is not None and self.glance.absent(text):
            return ()
        try:
            written = text.encode()
        except UnicodeEncodeError:
            written = encodable(text).encode()
        if self._search(written) is None:
            return ()
        found = []
        for match in self._pattern.finditer(encodable(text)):
            if match.end() > match.start():
                found.append(Finding(self._name, match.start(), match.end(), 1.0))
            if len(found) == MOST:
                break
        return found


def compiled(pattern: str) -> Any:
    """Compile a pattern; raises ValueError with the pattern, what is wrong with it and what would be right."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0]
        told = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        right = "make it smaller: fewer or lower repetitions, or two rails" if "too large" in told else _RIGHT
        raise ValueError(f"{pattern!r} is no regular expression of RE2: {told}; {right}") from None


def encodable(text: str) -> str:
    """Put a character that can be written in the place of each half of a surrogate pair; places stay."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in text)
    return text
