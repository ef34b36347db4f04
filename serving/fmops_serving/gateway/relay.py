"""A streamed answer on its way from a backend to a client."""

import asyncio
import time
from collections.abc import Sequence
from typing import Protocol

import orjson

from fmops_serving.gateway.dialects.dialect import Step
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.metrics.recorder import Recorder
from fmops_serving.gateway.screen.scores import Gathering
from fmops_serving.gateway.server.reply import Reply
from fmops_serving.gateway.tokens import tokens_of_events
from fmops_serving.gateway.upstream.answer import Sink
from fmops_serving.gateway.upstream.fault import UpstreamFault

_HEADERS = (("cache-control", "no-cache"),)
_EVENTS = "text/event-stream; charset=utf-8"
HEARTBEAT = 10.0
"""Seconds without a byte after which a client whose text is held gets a comment: proxies end what is silent."""
_COMMENT = b": text is held until it was looked at\n\n"


class Coming(Protocol):
    """An answer on its way from a backend."""

    def relay(self, sink: Sink) -> None:
        """Give what comes to a sink, from the first piece on."""

    def pause(self) -> None:
        """Read no further for now."""

    def resume(self) -> None:
        """Read on."""

    def cancel(self) -> None:
        """Close the connection when the answer has not ended."""


class Relay:
    """Takes pieces of an answer, has the steps look at them, and sends what they let go.

    The answer to the client begins with the first piece that may leave, so that a backend that fails before can be
    replaced by another.
    """

    def __init__(
        self, exchange: Exchange, reply: Reply, answer: Coming, steps: Sequence[Step], recorder: Recorder
    ) -> None:
        """Carry `answer` to `reply`."""
        self._exchange = exchange
        self._reply = reply
        self._answer = answer
        self._steps = steps
        self._recorder = recorder
        last = steps[-1] if steps else None
        self._screen = last if isinstance(last, Gathering) else None
        self._gap = recorder.gaps(exchange)
        self._last = 0.0
        self._loop = asyncio.get_running_loop()
        self._silent_since = time.monotonic()
        """When it began, or sent a comment."""
        self._beating: asyncio.TimerHandle | None = None
        self._ended: asyncio.Future[None] = self._loop.create_future()

    async def run(self) -> None:
        """Carry everything; raises UpstreamFault when the backend failed before anything was sent."""
        self._reply.on_pause, self._reply.on_resume = self._answer.pause, self._answer.resume
        if self._screen is not None:
            self._beating = self._loop.call_later(HEARTBEAT, self._beat)
        try:
            self._answer.relay(self)
            await self._ended
        finally:
            if self._beating is not None:
                self._beating.cancel()
            self._reply.on_pause = self._reply.on_resume = None
            self._answer.cancel()

    def feed(self, data: bytes) -> None:
        """Take a piece."""
        if self._ended.done():
            return
        try:
            self._send(data, self._steps)
            if self._screen is not None and self._screen.stopped:
                self._end()
        except Exception as error:  # noqa: BLE001 - whoever runs the relay gets it
            self._ended.set_exception(error)

    def finish(self) -> None:
        """Let go of what the steps still hold, and end."""
        if self._ended.done():
            return
        try:
            for index, step in enumerate(self._steps):
                self._send(step.finish(), self._steps[index + 1 :])
            self._end()
        except Exception as error:  # noqa: BLE001 - whoever runs the relay gets it
            self._ended.set_exception(error)

    def fail(self, fault: UpstreamFault) -> None:
        """End with an error event: the client must not take what it has for the whole."""
        if self._ended.done():
            return
        if not self._reply.started:
            self._ended.set_exception(fault)
            return
        error = {
            "message": f"the model's answer broke off: {fault.cause.value}",
            "type": "server_error",
            "param": None,
            "code": "upstream_error",
        }
        self._exchange.broken = True
        self._write(b"data: " + orjson.dumps({"error": error}) + b"\n\n")
        self._end()

    def _send(self, data: bytes, steps: Sequence[Step]) -> None:
        """Send what these steps let go. Raises what is wrong with the screen while there is no answer to spoil."""
        for step in steps:
            data = step.feed(data)
        if self._screen is not None and self._screen.refusal is not None and not self._reply.started:
            raise self._screen.refusal
        if data:
            self._write(data)

    def _write(self, data: bytes) -> None:
        now = time.monotonic()
        if self._exchange.first_byte:
            self._gap(now - self._last)
        else:
            self._begin(now)
        self._last = now
        if data.find(b'"usage"') >= 0:
            self._exchange.tokens.update(tokens_of_events(data))
        self._exchange.events += data.count(b"\n\n")
        if self._exchange.span is not None:
            self._exchange.span.answered(data)
        self._reply.write(data)

    def _begin(self, now: float) -> None:
        """Begin the answer, unless a comment did, and take note of its first piece."""
        if not self._reply.started:
            self._reply.start(200, _EVENTS, _HEADERS)
        self._exchange.first_byte = now
        self._recorder.first_token(self._exchange, now)

    def _beat(self) -> None:
        """Send a comment where text is held and nothing was sent for long, and look again later."""
        now = time.monotonic()
        due = max(self._last, self._silent_since) + HEARTBEAT
        if now >= due and self._screen is not None and self._screen.holds:
            if not self._reply.started:
                self._reply.start(200, _EVENTS, _HEADERS)
            self._reply.write(_COMMENT)
            self._silent_since, due = now, now + HEARTBEAT
        self._beating = self._loop.call_later(max(due - now, 1.0), self._beat)

    def _end(self) -> None:
        if not self._reply.started:
            self._reply.start(200, _EVENTS, _HEADERS)
        self._reply.end()
        self._ended.set_result(None)
