"""Whether spans are made, by the environment alone."""

import subprocess
import sys

import click
import pytest

from fmops_serving.gateway import command
from fmops_serving.gateway.tracing.settings import CannotTraceError, wants_spans

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        pytest.param({}, False, id="no collector is named"),
        pytest.param({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False, id="an empty name is none"),
        pytest.param(ENDPOINT, True, id="a collector"),
        pytest.param({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://c/v1/traces"}, True, id="one for traces alone"),
        pytest.param({**ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, True, id="the protocol that is"),
        pytest.param({**ENDPOINT, "OTEL_SDK_DISABLED": "true"}, False, id="all of OpenTelemetry is off"),
        pytest.param({**ENDPOINT, "OTEL_TRACES_EXPORTER": "none"}, False, id="traces are off"),
    ],
)
def test_spans_are_made_where_a_collector_is_named(environ: dict[str, str], expected: bool) -> None:
    assert wants_spans(environ) is expected


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({**ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTLP over grpc is not spoken: use http/protobuf"),
        ({**ENDPOINT, "OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER is 'zipkin'"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"}, "OTEL_EXPORTER_OTLP_ENDPOINT must begin with http://"),
    ],
)
def test_what_cannot_be_is_said(environ: dict[str, str], sentence: str) -> None:
    with pytest.raises(CannotTraceError, match=sentence.replace("(", r"\(")):
        wants_spans(environ)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "fmops_serving.gateway.tracing.tracing", None)
    with pytest.raises(click.ClickException, match=r"pip install 'fmops\[tracing\]'"):
        command._tracing()


def test_nothing_of_it_is_loaded_while_it_is_off() -> None:
    program = (
        "import sys, fmops_serving.gateway.command; print([each for each in sys.modules if 'opentelemetry' in each])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
