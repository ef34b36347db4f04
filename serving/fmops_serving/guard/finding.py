"""What a detector says: where in a text it found something, what it is, and how sure it is."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable


class Finding(NamedTuple):
    """One thing found. Places are code points of the text as it came, `end` excluded."""

    kind: str
    """What was found, such as Word, Email or the name of a rule."""
    start: int
    end: int
    score: float
    """From 0 to 1."""


def highest(findings: Sequence[Finding]) -> float:
    """Give the highest score of what was found in a text; 0 where nothing was."""
    if len(findings) == 1:
        return findings[0].score
    return max([each.score for each in findings], default=0.0)


class Detector(Protocol):
    """Looks at one text, and is pure: the same text has the same findings."""

    def find(self, text: str) -> Sequence[Finding]:
        """Give what was found, whatever its score; nothing when there is nothing to say."""
        ...


class DetectorFailed(Exception):  # noqa: N818 - it says what is the case
    """A detector cannot tell, and says why in a sentence that names no text and no secret."""


@runtime_checkable
class AwaitedDetector(Protocol):
    """Looks at texts elsewhere: over the network, or in another thread."""

    async def afind(self, texts: Sequence[str]) -> Sequence[Sequence[Finding] | DetectorFailed]:
        """Give what was found in each text, in their order, or why it cannot tell of that text.

        Raises whatever it likes when it cannot tell of any.
        """
        ...
