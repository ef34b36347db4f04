"""Screening an answer while it comes: what may leave is decided by the text alone, never by how it was cut into pieces.

Buffer holds everything until the end. Window scans at each sentence end, or after 200 characters without one, together
with the 100 before it, and lets go of what was scanned; after 200 characters it holds the last 100 back, so that no
phrase leaves in part. Audit lets everything go at once and only tells what was found: it cannot stop anything.
"""

import re
from collections.abc import Generator, Sequence
from typing import NamedTuple

from fmops_api.guardrail import Direction, Streaming
from fmops_serving.guard.decision import Decision, Failure, Found
from fmops_serving.guard.finding import Finding
from fmops_serving.guard.rails import Rails
from fmops_serving.guard.redaction import Redaction, redacted

_AUDIT, _BUFFER = Streaming.AUDIT, Streaming.BUFFER
"""Looked up once: an enumeration takes its time."""
WINDOW = 200
"""Characters without a sentence end after which a window is scanned."""
OVERLAP = 100
"""Characters before a window that are scanned with it, and that stay back where no sentence ends."""
_SENTENCE_END = re.compile(r"[.!?…]+(?=\s)|[。！？\n]")
_SPACE = re.compile(r"\s")


class Step(NamedTuple):
    """What one piece of an answer led to: text that may leave, and the rule that ends the answer, if one does."""

    released: str
    stopped_by: str = ""


class _Cut(NamedTuple):
    """How far to scan, and how far to let go when nothing is found; places in the text that is held."""

    scan: int
    release: int


_NOTHING = Step("")
_Screening = Generator[str, Decision, Step]
"""Gives texts to screen, takes the decision about each, and returns what the piece led to."""


def _step_of(end: StopIteration) -> Step:
    step: Step = end.value
    return step


class Stream:
    """One answer. `feed` takes its pieces in order, `finish` ends it; nothing leaves after a stop."""

    __slots__ = (
        "_bypassed",
        "_dropped",
        "_failures",
        "_found",
        "_left",
        "_mode",
        "_pieces",
        "_rails",
        "_scanned",
        "_searched",
        "_text",
        "stopped_by",
    )

    def __init__(self, rails: Rails, mode: Streaming = Streaming.WINDOW) -> None:
        """Begin with nothing."""
        self._rails = rails
        self._mode = mode
        self._text = ""
        """What is held: the overlap, which has left, and what has not left yet."""
        self._pieces: list[str] = []
        """What came to a Buffer, which looks at nothing before the end."""
        self._dropped = 0
        self._left = 0
        self._scanned = 0
        self._searched = 0
        """Before this place there is no sentence end that was not scanned."""
        self._found: dict[Found, None] = {}
        self._bypassed: dict[str, None] = {}
        self._failures: dict[Failure, None] = {}
        self.stopped_by = ""
        """The rule that ended the answer; in Audit, the first that would have."""

    @property
    def left(self) -> int:
        """Say how many characters of the answer, as it came, were let go; not for Audit, which holds none."""
        return self._dropped + self._left

    @property
    def found(self) -> list[Found]:
        """Give everything found so far, each once; places are those of the whole answer."""
        return list(self._found)

    @property
    def bypassed(self) -> list[str]:
        """Name the rules that failed and were passed by."""
        return list(self._bypassed)

    @property
    def failures(self) -> list[Failure]:
        """Say why rules failed, each once."""
        return list(self._failures)

    @property
    def immediate(self) -> bool:
        """Say whether `feed` and `finish` do; else call `afeed` and `afinish`."""
        return self._rails.immediate_for(Direction.OUTPUT)

    def feed(self, delta: str) -> Step:
        """Take the next piece; raises RuntimeError where a rule has to be awaited."""
        cut = self._taken(delta)
        if cut is None:
            return self._step("", delta)
        return self._screened(self._windows(cut, delta))

    def finish(self) -> Step:
        """Scan what is left, and let it go; raises RuntimeError where a rule has to be awaited."""
        return self._screened(self._rest())

    async def afeed(self, delta: str) -> Step:
        """Take the next piece, once the call before has returned. In Audit the piece may leave before this has."""
        cut = self._taken(delta)
        return await self._awaited(self._windows(cut, delta)) if cut else self._step("", delta)

    async def afinish(self) -> Step:
        """Scan what is left, and let it go."""
        return await self._awaited(self._rest())

    def _screened(self, screening: _Screening) -> Step:
        try:
            text = next(screening)
            while True:
                text = screening.send(self._rails.screen([text], Direction.OUTPUT)[0])
        except StopIteration as end:
            return _step_of(end)

    async def _awaited(self, screening: _Screening) -> Step:
        try:
            text = next(screening)
            while True:
                text = screening.send((await self._rails.ascreen([text], Direction.OUTPUT))[0])
        except StopIteration as end:
            return _step_of(end)

    def _taken(self, delta: str) -> _Cut | None:
        """Take a piece; most complete no window."""
        if self.stopped_by and self._ended:
            return None
        if self._mode is _BUFFER:
            self._pieces.append(delta)
            return None
        self._text += delta
        return self._cut()

    def _windows(self, cut: _Cut | None, delta: str) -> _Screening:
        released = []
        while cut is not None:
            decision = yield self._text[: cut.scan]
            released.append(self._scanned_to(cut, decision))
            cut = None if self._ended else self._cut()
        return self._step("".join(released), delta)

    def _rest(self) -> _Screening:
        released = ""
        self._text += "".join(self._pieces)
        self._pieces.clear()
        if not self._ended and self._left < len(self._text):
            decision = yield self._text
            released = self._scanned_to(_Cut(len(self._text), len(self._text)), decision)
        return self._step(released, "")

    @property
    def _ended(self) -> bool:
        return bool(self.stopped_by) and self._mode is not _AUDIT

    def _step(self, released: str, delta: str) -> Step:
        if self._mode is _AUDIT:
            return Step(delta)
        return Step(released, self.stopped_by) if released or self.stopped_by else _NOTHING

    def _cut(self) -> _Cut | None:
        """Find the end of the next window; None until the text that decides it has come."""
        most = self._scanned + WINDOW
        if (sentence := _SENTENCE_END.search(self._text, self._searched, most + 1)) and sentence.end() <= most:
            return _Cut(sentence.end(), sentence.end())
        if len(self._text) <= most:
            # The last character may end a sentence yet, by the white space that comes next.
            self._searched = max(self._scanned, len(self._text) - 1)
            return None
        spaces = [found.end() for found in _SPACE.finditer(self._text, self._scanned, most)]
        # A word that is cut may look like another, so a window ends where one does.
        end = spaces[-1] if spaces else most
        return _Cut(end, max(self._left, end - OVERLAP))

    def _scanned_to(self, cut: _Cut, decision: Decision) -> str:
        """Give what may leave after a window was screened with the overlap before it."""
        self._note(decision)
        if self._ended:
            return ""
        # What begins in text that has left is taken out of the rest of it.
        redactions = [
            each._replace(start=max(each.start, self._left)) for each in decision.redactions if each.end > self._left
        ]
        release = self._whole(redactions, cut.release)
        released = redacted(self._text, redactions, self._left, release)
        self._left, self._scanned = release, cut.scan
        self._drop()
        return released

    def _whole(self, redactions: Sequence[Redaction], release: int) -> int:
        """Let go of all of a redaction or of nothing of it: while text is before it, it is held and may yet grow."""
        for each in redactions:
            if each.start < release < each.end:
                return each.start if each.start > self._left else each.end
        return release

    def _note(self, decision: Decision) -> None:
        for rule, finding in ((each.rule, each.finding) for each in decision.found):
            start, end = finding.start + self._dropped, finding.end + self._dropped
            self._found[Found(rule, Finding(finding.kind, start, end, finding.score))] = None
        self._bypassed.update(dict.fromkeys(decision.bypassed))
        self._failures.update(dict.fromkeys(decision.failures))
        self.stopped_by = self.stopped_by or decision.stopped_by

    def _drop(self) -> None:
        """Forget what lies before the overlap; what is kept begins with a whole word, if there is one."""
        start = max(0, self._left - OVERLAP)
        if start and (space := _SPACE.search(self._text, start, self._left)):
            start = space.end()
        self._text = self._text[start:]
        self._dropped += start
        self._left -= start
        self._scanned -= start
        self._searched = self._scanned
