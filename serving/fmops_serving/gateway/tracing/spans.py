"""The span of a request, and those of its attempts."""

from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from fmops_serving.gateway.balance.choice import Target
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.relay import Coming
from fmops_serving.gateway.screen.checks import Check, Outcome
from fmops_serving.gateway.tracing.answers import AnswerReader
from fmops_serving.gateway.tracing.attributes import of_arrival, of_attempt, of_request, operation_of, route_of
from fmops_serving.gateway.tracing.coming import TracedComing

_CONTEXT = TraceContextTextMapPropagator()
_OTHER = "_OTHER"
"""What OpenTelemetry calls an error of no known type."""
_WORST = {outcome: place for place, outcome in enumerate(
    (Outcome.ALLOWED, Outcome.ANNOTATED, Outcome.REDACTED, Outcome.BYPASSED, Outcome.BLOCKED, Outcome.ERROR)
)}  # fmt: skip


class RequestSpan:
    """The span of one request; a child of the client's where it sent one."""

    def __init__(self, tracer: Tracer, exchange: Exchange, kind: SpanKind) -> None:
        """Begin; what goes on to backends belongs to it from here on."""
        self._tracer = tracer
        self._exchange = exchange
        self._reader = AnswerReader()
        self._outcome: Outcome | None = None
        self._seen: set[tuple[str, str, str]] = set()
        self._span = tracer.start_span(
            f"{exchange.method} {route_of(exchange.path)}".rstrip(),
            _CONTEXT.extract(exchange.headers),
            kind,
            of_arrival(exchange),
        )
        self._records = self._span.is_recording()
        self.pass_on(self._span)

    def pass_on(self, span: Span | None = None) -> None:
        """Name the span, the request's own when left out, as the parent of what a backend does."""
        self._exchange.headers.pop("tracestate", None)
        _CONTEXT.inject(self._exchange.headers, set_span_in_context(span or self._span))

    def attempt(self, target: Target, before: int) -> "Attempt":
        """Begin the asking of an address, after `before` others."""
        attributes = of_attempt(self._exchange, target.backend, target.address.url, before)
        name = f"{attributes.get('gen_ai.operation.name', 'POST')} {target.backend.model}"
        span = self._tracer.start_span(name, set_span_in_context(self._span), SpanKind.CLIENT, attributes)
        self.pass_on(span)
        return Attempt(self, span, self._exchange)

    def coming(self, answer: Coming) -> Coming:
        """Let the pieces of a streamed answer come within this span."""
        return TracedComing(answer, self)

    def answered(self, data: bytes) -> None:
        """Read an answer, or a piece of it, on its way to the client."""
        if self._records:
            self._reader.read(data)

    def looked(self, check: Check) -> None:
        """Take a rail's look: the worst outcome, and the first of each outcome but that nothing was found."""
        if self._outcome is None or _WORST[check.outcome] > _WORST[self._outcome]:
            self._outcome = check.outcome
        key = (check.rail, check.direction.value, check.outcome.value)
        if check.outcome is Outcome.ALLOWED or key in self._seen:
            return
        self._seen.add(key)
        self._span.add_event(
            "fmops.guard",
            {
                "fmops.guard.rail": check.rail,
                "fmops.guard.detector": str(check.detector),
                "fmops.guard.direction": check.direction.value,
                "fmops.guard.outcome": check.outcome.value,
                "fmops.guard.score": check.score,
            },
        )

    def end(self, status: int, error: str) -> None:
        """End by HTTP's status; `error` names what went wrong, and is empty where nothing did."""
        if self._records:
            self._tell(status, error)
        self._span.end()

    def _tell(self, status: int, error: str) -> None:
        exchange, span = self._exchange, self._span
        if exchange.kind is not None and exchange.place is not None:
            span.update_name(f"{operation_of(exchange.kind)} {exchange.place}")
        span.set_attributes({**of_request(exchange), **self._reader.attributes()})
        if status:
            span.set_attribute("http.response.status_code", status)
        if self._outcome is not None:
            span.set_attribute("fmops.guard.outcome", self._outcome.value)
        if error:
            span.set_attribute("error.type", error)
        if error and not 400 <= status < 500:
            span.set_status(StatusCode.ERROR)


class Attempt:
    """The span of one address that was asked."""

    def __init__(self, request: RequestSpan, span: Span, exchange: Exchange) -> None:
        """Belong to a request."""
        self._request = request
        self._span = span
        self._exchange = exchange
        self._error = _OTHER
        """Until the address answers: the client left, or the request cannot be said to it."""

    def heard(self, status: int) -> None:
        """Take the status of the answer."""
        self._span.set_attribute("http.response.status_code", status)
        self._error = str(status) if status >= 400 else ""

    def failed(self, cause: str) -> None:
        """Take why there is no answer, or no more of it."""
        self._error = cause

    def end(self) -> None:
        """End; what comes after belongs to the request again."""
        error = self._error or ("closed" if self._exchange.broken else "")
        if error:
            self._span.set_attribute("error.type", error)
            self._span.set_status(StatusCode.ERROR)
        self._span.end()
        self._request.pass_on()
