"""The recorder and its cells without a server."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.parser import text_string_to_metric_families

from fmops_api.guardrail import LONGEST_TIMEOUT, DetectorType, Direction
from fmops_api.route import Backend
from fmops_api.scalars import seconds
from fmops_api.series import GUARD_DURATION, QUEUED, TIME_TO_FIRST_TOKEN
from fmops_serving.gateway.balance.choice import Target
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.kind import Kind
from fmops_serving.gateway.metrics.cells import Family, Number, distributions
from fmops_serving.gateway.metrics.exposition import page
from fmops_serving.gateway.metrics.recorder import KEPT_SECONDS, Recorder
from fmops_serving.gateway.metrics.traceparent import trace_of
from fmops_serving.gateway.place import Place
from fmops_serving.gateway.screen.checks import Check, Outcome
from fmops_serving.gateway.upstream.address import Address
from fmops_serving.gateway.upstream.patience import Patience

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("header", "found"),
    [
        pytest.param(f"00-{TRACE}-{SPAN}-01", (TRACE, SPAN), id="a sampled trace"),
        pytest.param(f"00-{TRACE}-{SPAN}-00", None, id="one that is not sampled cannot be looked up"),
        pytest.param(f"cc-{TRACE}-{SPAN}-09-more", (TRACE, SPAN), id="a later version may say more"),
        pytest.param(f"00-{'0' * 32}-{SPAN}-01", None, id="the trace that is none"),
        pytest.param(f"00-{TRACE}-{'0' * 16}-01", None, id="the span that is none"),
        pytest.param(f'00-{TRACE[:-2]}"}}-{SPAN}-01', None, id="no hexadecimal digits"),
        pytest.param(f"00-{TRACE.upper()}-{SPAN}-01", None, id="capitals are no digits of a traceparent"),
        pytest.param("", None, id="empty"),
    ],
)
def test_a_trace_is_read_from_traceparent(header: str, found: tuple[str, str] | None) -> None:
    assert trace_of(header) == found


@settings(max_examples=25)
@given(st.lists(st.floats(0, 1000), max_size=20))
def test_a_histogram_counts_as_prometheus_own_library_does(values: list[float]) -> None:
    reference = Histogram("seconds", "Seconds.", registry=CollectorRegistry(), buckets=TIME_TO_FIRST_TOKEN.buckets)
    family = distributions(TIME_TO_FIRST_TOKEN._replace(name="seconds", labels=(), help="Seconds."))
    cell = family.cell()
    for value in values:
        reference.observe(value)
        cell.observe(value)
    (ours,) = text_string_to_metric_families(page([family])[0].decode())
    theirs = {
        (sample.name, sample.labels.get("le")): sample.value
        for metric in reference.collect()
        for sample in metric.samples
        if not sample.name.endswith("_created")
    }
    assert {(sample.name, sample.labels.get("le")): sample.value for sample in ours.samples} == theirs


def test_a_look_that_a_rails_timeout_allows_lies_within_the_buckets() -> None:
    assert GUARD_DURATION.buckets[-1] == seconds(LONGEST_TIMEOUT)


def test_label_values_are_escaped() -> None:
    hostile = 'a"b\\c\nd'
    family = Family(QUEUED._replace(labels=("model",)), Number)
    family.cell(hostile).add(3)
    (read,) = text_string_to_metric_families(page([family])[0].decode())
    assert [(sample.labels, sample.value) for sample in read.samples] == [({"model": hostile}, 3.0)]


def exchange(model: str, revision: str) -> Exchange:
    place, url = Place("support", model), "http://engine/v1"
    backend = Backend.model_validate({"urls": [url], "model": "m", "revision": revision})
    made = Exchange("POST", "/v1/chat/completions", "", {}, b"", "id", 0.0, kind=Kind.CHAT)
    made.place, made.target, made.tokens = place, Target(place, backend, Address(url, Patience(), None)), {"input": 3}
    return made


def test_series_of_what_was_removed_end_a_while_later() -> None:
    recorder = Recorder()
    kept, left, leaving = exchange("a", "r2"), exchange("a", "r1"), exchange("b", "r1")
    in_flight = recorder.in_flight(("support", "b"))
    in_flight.add(1)
    for each in (kept, left, leaving):
        recorder.first_token(each, 1.0)
        recorder.finished(each, 200, 2.0)
    known = {("support", "a", "r2"): 1}
    recorder.known({**known, ("support", "a", "r1"): 1, ("support", "b", "r1"): 1}, 0.0)
    recorder.known(known, KEPT_SECONDS)
    assert 'model="b"' in recorder.page()[0].decode()
    recorder.known(known, KEPT_SECONDS + 1)
    lines = recorder.page()[0].decode().splitlines()
    assert [line for line in lines if 'model="b"' in line or 'revision="r1"' in line] == [
        'fmops_gateway_requests_in_flight{namespace="support",model="b"} 1'
    ]
    assert any('revision="r2"' in line for line in lines)
    in_flight.add(-1)
    recorder.first_token(left, 3.0)
    assert 'revision="r1"' in recorder.page()[0].decode(), "who comes back is counted anew"


def test_looks_that_found_nothing_are_counted_anew_after_their_series_ended() -> None:
    recorder = Recorder()
    passed = recorder.checks(("support", "a")).passing("toxic", DetectorType.TOXICITY, Direction.INPUT)
    assert b"fmops_guard_checks_total{" not in recorder.page()[0], "nothing was looked at"
    passed(0.1, [0.001, 0.002])
    assert 'outcome="allowed"} 2' in recorder.page()[0].decode()
    recorder.known({("support", "a", "r1"): 0}, 0.0)
    recorder.known({}, KEPT_SECONDS + 1)
    assert b"fmops_guard_checks_total{" not in recorder.page()[0]
    passed(0.1, [0.001])
    text = recorder.page()[0].decode()
    place = 'namespace="support",model="a",detector="Toxicity"'
    assert f'fmops_guard_checks_total{{{place},rail="toxic",direction="Input",outcome="allowed"}} 1' in text
    assert f'fmops_guard_duration_seconds_count{{{place},direction="Input"}} 1' in text


def test_a_bypassed_check_is_counted_twice_over() -> None:
    recorder = Recorder()
    check = Check("toxic", DetectorType.TOXICITY, Direction.INPUT, Outcome.BYPASSED, 0.0, 1, [0.3])
    recorder.checks(("support", "a"))(check)
    recorder.toxicity(exchange("a", "r1"), "Output", 0.61)
    text = recorder.page()[0].decode()
    place = 'namespace="support",model="a"'
    assert f'fmops_guard_bypassed_total{{{place},rail="toxic",direction="Input"}} 1' in text
    checks = f'{{{place},detector="Toxicity",rail="toxic",direction="Input",outcome="bypassed"}}'
    assert f"fmops_guard_checks_total{checks} 1" in text
    assert f'fmops_toxicity_score_bucket{{{place},direction="Output",le="0.6"}} 0' in text
    assert f'fmops_toxicity_score_bucket{{{place},direction="Output",le="0.7"}} 1' in text
