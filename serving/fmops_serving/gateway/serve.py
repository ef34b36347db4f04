"""The story of a request: who asks, for which model, what screens it, who answers, what screens that."""

import time
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

import orjson

from fmops_api.guardrail import Direction
from fmops_serving.gateway.access.doorkeeper import Doorkeeper
from fmops_serving.gateway.awaitedrelay import AwaitedRelay
from fmops_serving.gateway.balance.choice import Target
from fmops_serving.gateway.dialects.dialect import Step
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.forward import REQUEST_TIME, Forwarder
from fmops_serving.gateway.kind import KINDS, Kind
from fmops_serving.gateway.metrics.recorder import Recorder
from fmops_serving.gateway.naming import parse
from fmops_serving.gateway.openapi import document as openapi
from fmops_serving.gateway.plain import read_answer
from fmops_serving.gateway.prompts.call import called
from fmops_serving.gateway.prompts.responses import place_prompt
from fmops_serving.gateway.prompts.serve import Prompts
from fmops_serving.gateway.prompts.shelf import Shelf
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.relay import Relay
from fmops_serving.gateway.routes.routes import Routes
from fmops_serving.gateway.routes.table import Live
from fmops_serving.gateway.screen.awaited import AwaitedScreen
from fmops_serving.gateway.screen.awaitedevents import AwaitedEvents
from fmops_serving.gateway.screen.awaitedscores import AwaitedGathering
from fmops_serving.gateway.screen.events import EventScreen
from fmops_serving.gateway.screen.scores import Gathered, Gathering
from fmops_serving.gateway.screen.sweep import UNTOLD
from fmops_serving.gateway.server.reply import Reply
from fmops_serving.gateway.tokens import tokens_of_answer, tokens_of_body
from fmops_serving.gateway.upstream.answer import Answer
from fmops_serving.gateway.waiting import Waiting
from fmops_serving.guard.openai.jsontext import read_json

if TYPE_CHECKING:
    from fmops_serving.gateway.tracing.tracing import Tracing

_JSON = "application/json"
_INPUT, _OUTPUT, _RESPONSES = Direction.INPUT, Direction.OUTPUT, Kind.RESPONSES
"""Looked up once: an enumeration takes its time."""
_UNTOLD = nullcontext()
_CLIENT_LEFT = 499
"""In metrics, what nginx writes of a client that did not wait for the answer."""
_BROKEN = 502
"""In metrics, what a client would have been told, had the answer not begun."""


class Gateway:
    """Answers requests by the routes in force."""

    def __init__(  # noqa: PLR0913 - the pieces that a gateway is made of
        self,
        routes: Routes,
        doorkeeper: Doorkeeper,
        waiting: Waiting,
        recorder: Recorder,
        *,
        shelf: Shelf,
        tracing: "Tracing | None" = None,
        request_time: float = REQUEST_TIME,
    ) -> None:
        """Take the pieces; `tracing` makes spans of the steps of chains, `request_time` is in seconds."""
        self._routes = routes
        self._doorkeeper = doorkeeper
        self._waiting = waiting
        self._recorder = recorder
        self._forwarder = Forwarder(recorder, routes, request_time)
        self._shelf = shelf
        ask = self.answer if tracing is None else tracing.step(self.answer)
        self._prompts = Prompts(shelf, routes, doorkeeper, ask)

    async def answer(self, exchange: Exchange, reply: Reply) -> None:
        """Answer one request, and take note of how it went. Raises Refusal before anything was sent."""
        status = _CLIENT_LEFT
        try:
            await self._answer(exchange, reply)
            status = _BROKEN if exchange.broken else reply.status
        except Refusal as refusal:
            status = refusal.status
            if status == 429:
                self._recorder.rate_limited(exchange, refusal.code)
            raise
        except Exception:
            status = 500
            raise
        finally:
            if exchange.kind is not None:
                self._recorder.finished(exchange, status, time.monotonic())

    async def _answer(self, exchange: Exchange, reply: Reply) -> None:
        if not self._routes.loaded and exchange.path.startswith("/v1/"):
            raise _unready()
        kind = KINDS.get(exchange.path)
        if kind is None:
            await self._answer_other(exchange, reply)
            return
        if exchange.method != "POST":
            raise Refusal(405, "method_not_allowed", f"{exchange.path} takes POST", headers=(("allow", "POST"),))
        exchange.kind = kind
        table = self._routes.table
        keys = self._doorkeeper.greet(exchange, table)
        parse(exchange)
        live, booking = self._doorkeeper.admit(exchange, table, keys)
        in_flight = self._recorder.in_flight(live.place)
        in_flight.add(1)
        try:
            if not live.reachable:
                live = await self._reachable(exchange, live)
            if kind not in live.kinds:
                raise _unfit(exchange, live)
            if kind is _RESPONSES:
                place_prompt(exchange, live.route, self._shelf)
            screen = live.screen
            if screen.incoming and not self._passed(exchange, _INPUT, screen.sweep_request(exchange)):
                await self._screen(exchange, live)
            if booking is not None:
                reply.headers = self._doorkeeper.left(booking)
            deliver = partial(self._deliver, exchange, reply, live)
            await self._forwarder.forward(exchange, live, deliver)
        finally:
            in_flight.add(-1)
            if booking is not None:
                self._doorkeeper.settle(booking, exchange)

    async def _reachable(self, exchange: Exchange, live: Live) -> Live:
        """Wait for an address; raises Refusal, also where the key has gone meanwhile."""
        found = await self._waiting.reachable(live)
        self._doorkeeper.find(exchange, self._routes.table, str(found.place))
        exchange.place = found.place
        return found

    async def _screen(self, exchange: Exchange, live: Live) -> None:
        """Look at a request; raises Refusal when it may not go on."""
        exchange.whole = True
        with self._gathered(exchange, live, _INPUT):
            if isinstance(live.screen, AwaitedScreen):
                await live.screen.arequest(exchange)
            else:
                live.screen.request(exchange)

    async def _deliver(self, exchange: Exchange, reply: Reply, live: Live, target: Target, answer: Answer) -> None:
        """Bring an answer to the client; raises UpstreamFault when it broke off before anything was sent."""
        dialect = target.dialect
        if answer.streamed:
            await self._relay(exchange, reply, answer, dialect.events(exchange), live.screen.events(exchange)).run()
            return
        status, body = dialect.answer(exchange, answer.status, answer.body)
        exchange.first_byte = time.monotonic()
        if status != 200:
            reply.send(*_told(status, body), headers=_retry_after(answer, status))
            return
        plain = read_answer(body)
        if plain is not None:
            exchange.tokens = plain.tokens
        screen = live.screen
        if screen.outgoing and not self._passed(exchange, _OUTPUT, screen.sweep_answer(exchange, plain)):
            body = await self._screened(exchange, live, body)
        elif plain is None:
            exchange.tokens = tokens_of_body(body)
        if exchange.span is not None:
            exchange.span.answered(body)
        reply.send(200, body, answer.headers.get("content-type", _JSON))

    async def _screened(self, exchange: Exchange, live: Live, body: bytes) -> bytes:
        """Look at a whole answer; gives what may leave, and raises Refusal where nothing may."""
        parsed = read_json(body)
        exchange.tokens = tokens_of_answer(parsed)
        with self._gathered(exchange, live, _OUTPUT):
            if isinstance(live.screen, AwaitedScreen):
                return await live.screen.aanswer(exchange, body, parsed)
            return live.screen.answer(exchange, body, parsed)

    def _passed(self, exchange: Exchange, direction: Direction, score: float | None) -> bool:
        """Say whether what was swept may pass as it is; tells how toxic it is, where a rail could tell."""
        if score is None:
            return False
        if score > UNTOLD:
            self._recorder.toxicity(exchange, direction, score)
        return True

    def _gathered(self, exchange: Exchange, live: Live, direction: Direction) -> AbstractContextManager[None]:
        """Let what is looked at within tell how toxic it is as a whole, where a rail can tell."""
        if not live.screen.scores:
            return _UNTOLD
        return Gathered(partial(self._recorder.toxicity, exchange, direction))

    def _relay(
        self, exchange: Exchange, reply: Reply, answer: Answer, read: Step | None, screen: EventScreen | None
    ) -> Relay:
        """Make what carries a streamed answer through a dialect's reader and the rails, where there are any."""
        first = () if read is None else (read,)
        coming = answer if exchange.span is None else exchange.span.coming(answer)
        toxicity = partial(self._recorder.toxicity, exchange, Direction.OUTPUT)
        if isinstance(screen, AwaitedEvents):
            awaited = (*first, AwaitedGathering(screen, toxicity))
            return AwaitedRelay(exchange, reply, coming, awaited, self._recorder)
        steps: tuple[Step, ...] = first if screen is None else (*first, Gathering(screen, toxicity))
        return Relay(exchange, reply, coming, steps, self._recorder)

    async def _answer_other(self, exchange: Exchange, reply: Reply) -> None:
        """Answer what is no request to a model."""
        if (prompt := called(exchange.path)) is not None:
            await self._prompts.answer(exchange, reply, prompt)
        else:
            self._answer_itself(exchange, reply)

    def _answer_itself(self, exchange: Exchange, reply: Reply) -> None:
        """Answer what needs no model."""
        if exchange.path == "/healthz":
            reply.send(200, b"ok\n", "text/plain")
        elif exchange.path == "/readyz":
            ready, said = self._routes.readiness()
            reply.send(200 if ready else 503, f"{said}\n".encode(), "text/plain")
        elif exchange.path == "/openapi.json":
            reply.send(200, openapi.text().encode())
        elif exchange.path == "/v1/models":
            if exchange.method not in {"GET", "HEAD"}:
                raise Refusal(405, "method_not_allowed", "/v1/models takes GET", headers=(("allow", "GET, HEAD"),))
            seen = self._doorkeeper.models(exchange, self._routes.table)
            reply.send(200, orjson.dumps({"object": "list", "data": [_card(each) for each in seen]}))
        else:
            raise Refusal(404, "not_found", "there is nothing at this path")


def _unready() -> Refusal:
    """Say that nothing is known yet: a key is neither right nor wrong then, and a model neither there nor missing."""
    message, later = "the gateway has read no routes yet", (("retry-after", "5"),)
    return Refusal(503, "gateway_not_ready", message, type="server_error", headers=later)


def _unfit(exchange: Exchange, live: Live) -> Refusal:
    """Say what a model is for."""
    told = f"{live.place} does {live.route.task}: {exchange.path} is not for it"
    return Refusal(400, "unsupported_task", told)


def _card(live: Live) -> dict[str, object]:
    """Describe a model as /v1/models does."""
    return {"id": str(live.place), "object": "model", "created": 0, "owned_by": live.route.namespace}


def _told(status: int, body: bytes) -> tuple[int, bytes]:
    """Give a backend's refusal to the client, in the OpenAI API's shape.

    A backend that refuses the gateway's own key is not the client's fault, and a page of HTML is no answer.
    """
    if status in {401, 403}:
        refusal = Refusal(502, "upstream_unauthorized", "the model's provider refused the gateway", type="server_error")
        return refusal.status, refusal.body()
    try:
        if status >= 400 and isinstance(orjson.loads(body), dict):
            return status, body
    except orjson.JSONDecodeError:
        pass
    told = status if 400 <= status < 500 or status in {502, 503, 504} else 502
    refusal = Refusal(told, "upstream_error", f"the model answered HTTP {status}", type="server_error")
    return told, refusal.body()


def _retry_after(answer: Answer, status: int) -> tuple[tuple[str, str], ...]:
    given = answer.headers.get("retry-after")
    if given is not None:
        return (("retry-after", given[:64]),)
    return (("retry-after", "1"),) if status in {429, 503} else ()
