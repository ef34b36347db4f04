"""A collector of OpenTelemetry: takes OTLP over HTTP as the specification has it, and keeps the spans."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.support.web_server import serving


@dataclass(frozen=True)
class Received:
    """A span as it came over the wire."""

    name: str
    kind: str
    trace: str
    id: str
    parent: str
    failed: bool
    attributes: dict[str, Any]
    events: list[dict[str, Any]]
    resource: dict[str, Any]


@dataclass
class Collector:
    """What came, as bytes and as spans in the order of their ends."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    @property
    def spans(self) -> list[Received]:
        """Parse all that came."""
        return [
            _received(span, _attributes(resource.resource.attributes))
            for body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    async def take(self, request: web.Request) -> web.Response:
        assert request.content_type == "application/x-protobuf"
        self.headers.append(request.headers)
        self.bodies.append(await request.read())
        answer = ExportTraceServiceResponse().SerializeToString()
        return web.Response(body=answer, content_type="application/x-protobuf")


@contextmanager
def collector() -> Iterator[Collector]:
    """Run a collector."""
    made = Collector()

    def application() -> web.Application:
        found = web.Application(client_max_size=1 << 26)
        found.router.add_post("/v1/traces", made.take)
        return found

    with serving(application, asyncio.Event(), "collector") as made.url:
        yield made


def _received(span: Span, resource: dict[str, Any]) -> Received:
    return Received(
        span.name,
        Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.status.code == Status.STATUS_CODE_ERROR,
        _attributes(span.attributes),
        [{"name": event.name, **_attributes(event.attributes)} for event in span.events],
        resource,
    )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in list[KeyValue](pairs)}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    return getattr(value, str(kind))
