"""A streamed answer under guard rails that are asked elsewhere.

Events are taken as they come, and their texts wait for `settle`, which asks about all that came until then at the same
time; what may leave then is `released`. So an answer goes on coming while it is being looked at, and the backend is
only told to pause when more than a little waits (relay). What leaves at once (Audit) is looked at beside it.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, cast

from fmops_api.guardrail import Direction, Streaming
from fmops_serving.gateway.screen.awaitedgrowing import AwaitedGrowing
from fmops_serving.gateway.screen.events import EventScreen
from fmops_serving.gateway.screen.growing import Growing
from fmops_serving.gateway.screen.held import Held
from fmops_serving.guard.openai.delta import Delta
from fmops_serving.guard.openai.places import Path
from fmops_serving.guard.rails import Decision, Rails

LONGEST_AUDIT = 30.0
"""Seconds that a look at what has left may go on after the answer ended."""
_NO_PIECE = Delta((), "", ())
_AUDITS: set[asyncio.Task[None]] = set()
"""The loop itself does not keep tasks."""
Look = Callable[[list[Decision]], None]


class _Look(NamedTuple):
    """Texts of an event that are looked at as a whole; its mark keeps the event back."""

    held: Held
    texts: list[str]
    take: Look
    mark: Growing


class AwaitedEvents(EventScreen):
    """Screens one stream of events: `feed` takes, `settle` looks, `released` gives what may leave."""

    def __init__(
        self, held: Rails | None, audited: Rails | None, mode: Streaming, *, responses: bool, usage: bool = False
    ) -> None:
        """Begin as EventScreen does."""
        super().__init__(held, audited, mode, responses=responses, usage=usage)
        self._looks: list[_Look] = []
        self._grown: list[AwaitedGrowing] = []
        """Every text, also those of an answer that was ended."""
        self._all_came = self._settling = False
        self._auditing: asyncio.Task[None] | None = None

    @property
    def unsettled(self) -> bool:
        """Say whether anything came that was not looked at."""
        came = self._settling or bool(self._looks) or any(each.unsettled for each in self._texts())
        return came and not self.stopped

    @property
    def size(self) -> int:
        """Say how many bytes wait."""
        return self._size

    def feed(self, data: bytes) -> bytes:
        """Take bytes, cut anywhere; gives what may leave already."""
        out = super().feed(data)
        self._audit()
        return out

    def finish(self) -> bytes:
        """Take note that all came; gives what may leave already."""
        self._all_came = True
        out = super().finish()
        self._audit()
        return out

    async def settle(self) -> None:
        """Look at all that came."""
        looks, self._looks = self._looks, []
        waiting: list[Coroutine[Any, Any, None]] = [each.settle() for each in self._texts() if each.unsettled]
        waiting += [self._looked(each) for each in looks]
        self._settling = True
        try:
            if len(waiting) == 1:
                await waiting[0]
            else:
                async with asyncio.TaskGroup() as group:
                    for each in waiting:
                        group.create_task(each)
        finally:
            self._settling = False

    def released(self) -> bytes:
        """Give what may leave after a look."""
        if self.stopped:
            return b""
        out: list[bytes] = []
        # One look may let go of a sentence and end the answer at the next one.
        self._let_go(out)
        for growing in self._texts():
            if growing.stopped_by:
                self._stop(growing)
        if not self.stopped:
            self._let_go(out)
        if self._all_came and self.stopped_by and not self.stopped:
            self._stop_here(out)
        return b"".join(out)

    def end(self, then: Callable[[], None]) -> None:
        """Call `then` when what left at once was looked at, too; that has its time after the answer."""
        if self._auditing is None or self._auditing.done():
            then()
            return
        task = self._auditing
        task.add_done_callback(lambda _: then())
        asyncio.get_running_loop().call_later(LONGEST_AUDIT, task.cancel)

    def cancel(self) -> None:
        """Look no further: nobody waits for the answer any more."""
        if self._auditing is not None:
            self._auditing.cancel()

    def _texts(self) -> list[AwaitedGrowing]:
        return cast("list[AwaitedGrowing]", list(self._growing.values()))

    def _text(self) -> Growing:
        growing = AwaitedGrowing(self._rails, self._audited, self._mode)
        self._grown.append(growing)
        return growing

    def _audit(self) -> None:
        """Go on with what left at once."""
        idle = self._auditing is None or self._auditing.done()
        if idle and any(each.unaudited for each in self._grown):
            self._auditing = asyncio.get_running_loop().create_task(self._audit_all())
            _AUDITS.add(self._auditing)
            self._auditing.add_done_callback(_AUDITS.discard)

    async def _audit_all(self) -> None:
        while texts := [each for each in self._grown if each.unaudited]:
            async with asyncio.TaskGroup() as group:
                for each in texts:
                    group.create_task(each.audit())

    def _look_at_whole(self, held: Held, texts: list[tuple[Path, str]]) -> None:
        if self._rails is not None:
            self._keep(held, [text for _, text in texts], lambda said: self._take_whole(held, texts, said))

    def _look_at_text(self, rails: Rails, held: Held, text: str) -> None:
        self._keep(held, [text], lambda said: self._take_other(held, text, said[0]))

    def _keep(self, held: Held, texts: list[str], take: Look) -> None:
        """Keep an event back until its texts were looked at."""
        mark = Growing(None, None, self._mode)
        held.pieces += ((mark, _NO_PIECE, 1),)
        self._looks.append(_Look(held, texts, take, mark))

    async def _looked(self, look: _Look) -> None:
        if self._rails is not None:
            look.take(await self._rails.ascreen(look.texts, Direction.OUTPUT))
        look.held.pieces = tuple(each for each in look.held.pieces if each[0] is not look.mark)
