"""Spans from the beginning to the end: made around requests, kept in a bounded queue, sent by a thread of their own."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind

from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.place import Place
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.routes.routes import MakeCounting
from fmops_serving.gateway.screen.checks import Check, Counting
from fmops_serving.gateway.server.reply import Reply
from fmops_serving.gateway.tracing.current import looked, within
from fmops_serving.gateway.tracing.spans import RequestSpan

Answer = Callable[[Exchange, Reply], Awaitable[None]]
_NAME = "fmops-gateway"
_CLIENT_LEFT = "client_disconnected"
LAST_WORDS = 5.0
"""Seconds in which what is queued may still be sent when the gateway ends."""


class Tracing:
    """Makes spans and sends them. A collector that does not answer loses spans and nothing else."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Send to the collector that the environment names; sampler, headers and queue are by its variables too."""
        self._provider = TracerProvider(resource=_resource(environ), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("fmops_serving.gateway", version("fmops"))

    def request(self, answer: Answer) -> Answer:
        """Put a span around each request of the API that a client sends."""

        async def traced(exchange: Exchange, reply: Reply) -> None:
            if exchange.path.startswith("/v1/"):
                await self._traced(answer, exchange, reply, SpanKind.SERVER)
            else:
                await answer(exchange, reply)

        return traced

    def step(self, answer: Answer) -> Answer:
        """Put a span around each request that the gateway makes itself, for a step of a chain."""

        async def traced(exchange: Exchange, reply: Reply) -> None:
            await self._traced(answer, exchange, reply, SpanKind.INTERNAL)

        return traced

    def checks(self, counting: MakeCounting) -> MakeCounting:
        """Tell looks of rails to spans, beside who counts them."""

        def made(place: Place) -> Counting:
            count = counting(place)

            def told(check: Check) -> None:
                count(check)
                looked(check)

            return told

        return made

    def close(self) -> None:
        """Send what is queued, as far as that goes soon; the thread that sends does not hold the process."""
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(LAST_WORDS)

    async def _traced(self, answer: Answer, exchange: Exchange, reply: Reply, kind: SpanKind) -> None:
        span = exchange.span = RequestSpan(self._tracer, exchange, kind)
        status, error = 0, _CLIENT_LEFT
        try:
            with within(span):
                await answer(exchange, reply)
            status, error = reply.status, _error_of(exchange, reply.status)
        except Refusal as refusal:
            status, error = refusal.status, refusal.code
            raise
        except asyncio.CancelledError:
            raise
        except Exception as fault:
            status, error = 500, type(fault).__name__
            raise
        finally:
            span.end(status, error)


def _error_of(exchange: Exchange, status: int) -> str:
    if exchange.broken:
        return "upstream_error"
    return str(status) if status >= 400 else ""


def _resource(environ: Mapping[str, str]) -> Resource:
    """Say who makes the spans, unless the environment does."""
    found = Resource.create({SERVICE_VERSION: version("fmops")})
    named = environ.get("OTEL_SERVICE_NAME") or f"{SERVICE_NAME}=" in environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return found if named else found.merge(Resource({SERVICE_NAME: _NAME}))
