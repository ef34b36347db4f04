"""Asking backends: one address after another, for as long as nothing has reached the client."""

import math
import time
from collections.abc import Awaitable, Callable

from fmops_serving.gateway.balance.choice import Target, choose
from fmops_serving.gateway.balance.head import head_of
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.metrics.recorder import Recorder
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.retry import RetryBudget, worth_another
from fmops_serving.gateway.routes.routes import Routes
from fmops_serving.gateway.routes.table import Live
from fmops_serving.gateway.upstream.address import Address
from fmops_serving.gateway.upstream.answer import Answer
from fmops_serving.gateway.upstream.fault import TIMEOUTS, UNSENT, Cause, UpstreamFault
from fmops_serving.gateway.upstream.request import write_request

REQUEST_TIME = 900.0
"""Seconds that a request whose answer is not streamed may take, over all addresses and steps of a chain."""
Deliver = Callable[[Target, Answer], Awaitable[None]]
"""Brings an answer to the client; raises UpstreamFault when it broke off before anything was sent."""


class Forwarder:
    """Forwards requests; one for all of them."""

    def __init__(self, recorder: Recorder, routes: Routes, request_time: float = REQUEST_TIME) -> None:
        """Begin with a full budget of retries; a request that is not streamed may take `request_time` seconds."""
        self._budget = RetryBudget()
        self._routes = routes
        self._request_time = request_time
        self._recorder = recorder

    async def forward(self, exchange: Exchange, live: Live, deliver: Deliver) -> None:
        """Ask until an answer is delivered. Raises Refusal when no address gave one."""
        self._budget.earn()
        head = head_of(exchange.parsed, live.head_length) if live.head_length else b""
        tried: list[Target] = []
        last: UpstreamFault | None = None
        while (target := self._choose(live, tried, head)) is not None:
            tried.append(target)
            address, span, exchange.target = target.address, exchange.span, target
            address.outstanding += 1
            attempt = span.attempt(target, len(tried) - 1) if span is not None else None
            fault = None
            try:
                answer = await address.ask(_written(exchange, target), self._left(exchange))
                if attempt is not None:
                    attempt.heard(answer.status)
                if answer.status == 200 or not (worth_another(answer) and self._another(live, tried, head)):
                    await deliver(target, answer)
                    self._note(exchange, address, answer.status < 500)
                    return
                self._note(exchange, address, answer.status == 429)
                reason = str(answer.status)
            except UpstreamFault as found:
                fault = last = found
                reason = fault.cause.value
                if attempt is not None:
                    attempt.failed(reason)
                self._note(exchange, address, False)
            finally:
                address.outstanding -= 1
                if attempt is not None:
                    attempt.end()
            if fault is not None and not self._again(fault.cause, live, tried, head):
                break
            self._recorder.retried(exchange, reason)
        raise _unanswered(last, len(tried))

    def _left(self, exchange: Exchange) -> float:
        """Give the seconds that are left for an answer as a whole. Raises UpstreamFault when none are."""
        if exchange.stream:
            return math.inf
        left = exchange.began + self._request_time - time.monotonic()
        if left <= 0:
            raise UpstreamFault(Cause.REQUEST_TIMEOUT)
        return left

    def _again(self, cause: Cause, live: Live, tried: list[Target], head: bytes) -> bool:
        """Say whether another address is asked after a fault; where nothing was sent, that is free."""
        return cause is not Cause.REQUEST_TIMEOUT and self._another(live, tried, head, free=cause in UNSENT)

    def _another(self, live: Live, tried: list[Target], head: bytes, *, free: bool = False) -> bool:
        """Say whether one more address may be asked; `free` for what costs nobody more than one request does."""
        return self._choose(live, tried, head) is not None and (free or self._budget.spend())

    def _choose(self, live: Live, tried: list[Target], head: bytes) -> Target | None:
        """Pick an address; where none is left, one that the model got since the request came."""
        if live.only is not None and not tried:
            return live.only
        now = time.monotonic()
        target = choose(live.pools, tried, head, now)
        newest = self._routes.table.find(live.place) if target is None else live
        if newest is None or newest is live:
            return target
        asked = {each.address.url for each in tried}
        again = [each for pool in newest.pools for each in pool.targets if each.address.url in asked]
        return choose(newest.pools, again, head, now)

    def _note(self, exchange: Exchange, address: Address, good: bool) -> None:
        if good:
            address.succeeded()
        elif address.failed(time.monotonic()):
            self._recorder.ejected(exchange)


def _unanswered(last: UpstreamFault | None, tried: int) -> Refusal:
    """Say why there is no answer: HTTP 504 when the last address took too long, else 502."""
    cause = last.cause.value if last is not None else "no address"
    message = f"the model did not answer ({cause}, {tried} tried)"
    if last is not None and last.cause in TIMEOUTS:
        return Refusal(504, "upstream_timeout", message, type="server_error")
    return Refusal(502, "upstream_error", message, type="server_error")


def _written(exchange: Exchange, target: Target) -> bytes:
    address = target.address
    outgoing = target.dialect.request(exchange, target.backend)
    # What is no JSON is a form, whose boundary its type says.
    content_type = "application/json" if exchange.is_json else exchange.headers["content-type"]
    return write_request(outgoing, address.authority, address.root, exchange, content_type)
