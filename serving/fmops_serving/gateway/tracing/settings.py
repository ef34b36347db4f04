"""Whether spans are made, by OpenTelemetry's own environment variables.

https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables
"""

from collections.abc import Mapping

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_SPOKEN = "http/protobuf"


class CannotTraceError(Exception):
    """Spans are asked for and cannot be made; the message says what to change."""


def wants_spans(environ: Mapping[str, str]) -> bool:
    """Say whether a collector is named and nothing turns spans off. Raises CannotTraceError."""
    name = next((name for name in _ENDPOINTS if environ.get(name)), None)
    if name is None or environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    if (exporter := environ.get("OTEL_TRACES_EXPORTER") or "otlp") != "otlp":
        if exporter == "none":
            return False
        raise CannotTraceError(f"OTEL_TRACES_EXPORTER is {exporter!r}: spans are sent by otlp, or not at all by none")
    if not environ[name].startswith(("http://", "https://")):
        raise CannotTraceError(f"{name} must begin with http:// or https://, such as http://collector:4318")
    spoken = next((environ[each] for each in _PROTOCOLS if environ.get(each)), _SPOKEN)
    if spoken != _SPOKEN:
        raise CannotTraceError(f"OTLP over {spoken} is not spoken: use {_SPOKEN}, at port 4318 of most collectors")
    return True
