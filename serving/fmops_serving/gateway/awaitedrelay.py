"""A streamed answer that is looked at elsewhere on its way: it goes on coming while a detector is asked.

One look at a time: what comes meanwhile is in the next one. When more than a little waits for a look, the backend is
paused, as it is for a client that does not read. A client that leaves ends the look.
"""

import asyncio

from fmops_serving.gateway.dialects.dialect import Step
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.metrics.recorder import Recorder
from fmops_serving.gateway.relay import Coming, Relay
from fmops_serving.gateway.screen.awaitedscores import AwaitedGathering
from fmops_serving.gateway.server.reply import Reply
from fmops_serving.gateway.upstream.answer import Sink

MOST_BEHIND = 256 << 10
"""Bytes of events that wait for a look before the backend is paused."""


class _Valve:
    """An answer that is read while neither the client nor a detector is behind."""

    def __init__(self, answer: Coming) -> None:
        self._answer = answer
        self._client_behind = self._detector_behind = False
        self.over = False
        """Whether all came: the connection may serve another request already, which must not be paused."""

    def relay(self, sink: Sink) -> None:
        self._answer.relay(sink)

    def cancel(self) -> None:
        self._answer.cancel()

    def pause(self) -> None:
        self._client_behind = True
        if not self.over:
            self._answer.pause()

    def resume(self) -> None:
        self._client_behind = False
        self._open()

    def hold(self) -> None:
        """Pause for a detector."""
        self._detector_behind = True
        if not self.over:
            self._answer.pause()

    def let_go(self) -> None:
        """Go on after a look."""
        if self._detector_behind:
            self._detector_behind = False
            self._open()

    def _open(self) -> None:
        if not (self.over or self._client_behind or self._detector_behind):
            self._answer.resume()


AwaitedSteps = tuple[Step, AwaitedGathering] | tuple[AwaitedGathering]
"""What reads another API's stream, where one has to, and what is awaited."""


class AwaitedRelay(Relay):
    """A relay whose last step is awaited."""

    def __init__(
        self, exchange: Exchange, reply: Reply, answer: Coming, steps: AwaitedSteps, recorder: Recorder
    ) -> None:
        """Carry `answer` to `reply`."""
        *_, screen = steps
        self._valve = _Valve(answer)
        super().__init__(exchange, reply, self._valve, steps, recorder)
        self._awaited = screen
        self._looking: asyncio.Task[None] | None = None
        self._all_came = False

    async def run(self) -> None:
        """Carry everything; raises UpstreamFault when the backend failed before anything was sent."""
        try:
            await super().run()
        except BaseException:
            self._awaited.cancel()
            raise
        else:
            self._awaited.end()
        finally:
            if self._looking is not None:
                self._looking.cancel()

    def feed(self, data: bytes) -> None:
        """Take a piece, and have it looked at."""
        super().feed(data)
        self._look()
        if self._looking is not None and self._awaited.size > MOST_BEHIND:
            self._valve.hold()

    def _look(self) -> None:
        if self._looking is None and self._awaited.unsettled and not self._ended.done():
            self._looking = self._loop.create_task(self._look_at_all())

    async def _look_at_all(self) -> None:
        try:
            while self._awaited.unsettled and not self._ended.done():
                await self._awaited.settle()
                self._after_look()
        except Exception as error:  # noqa: BLE001 - whoever runs the relay gets it
            if not self._ended.done():
                self._ended.set_exception(error)
        finally:
            self._looking = None

    def _after_look(self) -> None:
        if self._ended.done():
            return
        self._send(self._awaited.released(), ())
        self._valve.let_go()
        if self._awaited.stopped or (self._all_came and not self._awaited.unsettled):
            super()._end()

    def _end(self) -> None:
        """End when all was looked at; at once where a rail ended the answer or the backend broke off."""
        if self._exchange.broken or self._awaited.stopped or not self._awaited.unsettled:
            super()._end()
            return
        self._all_came = self._valve.over = True
        self._look()
