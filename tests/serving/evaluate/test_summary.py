"""The termination message: never more than Kubernetes keeps, and honest about what is missing."""

from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_api.evaluationplan import SUMMARY_LIMIT, Confusion, EvaluationSummary, Figure
from fmops_api.evaluationrunstatus import Result, SliceResult
from fmops_serving.evaluate.errors import SinkFailed
from fmops_serving.evaluate.summary import fit, hand_back


def result(number: int, model: str = "smollm2", confidence: str = "0.95") -> Result:
    return Result(
        model=model, metric=f"metric{number}.accuracy", confidence=confidence, revision="7f3c9a1e02", value="0.8412",
        low="0.8011", high="0.8744", n=480, unscored=2, signature="classification|accuracy|labels:4|wilson|v1",
    )  # fmt: skip


def read(message: bytes) -> EvaluationSummary:
    return EvaluationSummary.model_validate_json(message)


def test_a_usual_summary_is_handed_back_whole() -> None:
    summary = EvaluationSummary(
        model="smollm2", results=[result(n) for n in range(11)], answered=480, errors=2, total=482
    )
    assert read(fit(summary, [])) == summary


def test_signatures_of_parts_go_before_those_of_whole_figures() -> None:
    own = Result(model="smollm2", metric="f1", value="0.8", n=480, signature="classification|f1|labels:4|macro|v2")
    summary = EvaluationSummary(model="smollm2", results=[own, *(result(n) for n in range(20))], total=482)
    found = read(fit(summary, []))
    assert [(r.metric, bool(r.signature)) for r in found.results] == [
        ("f1", True), *((f"metric{n}.accuracy", False) for n in range(20)),
    ]  # fmt: skip


def test_signatures_and_the_faults_of_judges_go_first() -> None:
    faults = {f"judge{n}/Unreadable": 1 for n in range(8)}
    results = [result(n).model_copy(update={"metric": f"metric{n}"}) for n in range(22)]
    summary = EvaluationSummary(model="smollm2", results=results, total=482, judge_faults=faults)
    found = read(fit(summary, []))
    assert found.judge_faults == {}
    assert [r.metric for r in found.results] == [r.metric for r in summary.results]
    assert {r.signature for r in found.results} == {""}
    assert found.omitted == 0


def test_figures_that_no_gate_looks_at_go_next_and_are_counted() -> None:
    summary = EvaluationSummary(model="smollm2", results=[result(n) for n in range(60)], total=482)
    gated = [Figure(metric="metric59.accuracy"), Figure(metric="metric58.accuracy", confidence="0.950")]
    found = read(fit(summary, gated))
    assert {"metric58.accuracy", "metric59.accuracy", "metric0.accuracy"} <= {r.metric for r in found.results}
    assert found.omitted == 60 - len(found.results) > 0


def test_slices_go_before_any_other_figure_and_confusions_are_for_the_sink() -> None:
    results = [result(n) for n in range(15)]
    slices = [SliceResult(slice=f"tag=t{n}", **result(n).model_dump()) for n in range(30)]
    confusion = Confusion(metric="f1", labels=["a"], counts=[[1, 0]], classes=[])
    summary = EvaluationSummary(model="smollm2", results=results, slices=slices, confusions=[confusion])
    found = read(fit(summary, []))
    assert [r.metric for r in found.results] == [r.metric for r in results]
    assert [r.slice for r in found.slices] == [f"tag=t{n}" for n in range(len(found.slices))]
    assert 0 < len(found.slices) < 30
    assert (found.omitted, found.confusions) == (30 - len(found.slices), [])


@settings(max_examples=40)
@given(st.integers(0, 120), st.integers(1, 253), st.text(max_size=5000))
def test_it_never_exceeds_what_kubernetes_keeps(results: int, length: int, error: str) -> None:
    model = "m" * length
    summary = EvaluationSummary(
        model=model, results=[result(n, model, "0.99") for n in range(results)], error=error,
        rows=f"{'n' * 63}/{'r' * 253}/abc/answers/model={model}",
    )  # fmt: skip
    message = fit(summary, [Figure(metric=f"metric{n}.accuracy") for n in range(16)])
    assert len(message) <= SUMMARY_LIMIT
    found = read(message)
    assert found.omitted + len(found.results) == results


def test_the_message_is_written_in_place_over_an_older_one(tmp_path: Path) -> None:
    target = tmp_path / "termination-log"
    target.write_text("x" * 5000)
    before = target.stat().st_ino
    hand_back(target, fit(EvaluationSummary(model="a"), []))
    assert orjson.loads(target.read_bytes()) == {"model": "a"}
    assert target.stat().st_ino == before


def test_a_summary_that_cannot_be_written_is_one_sentence() -> None:
    with pytest.raises(SinkFailed, match="cannot write the summary to /dev/full: No space left on device"):
        hand_back(Path("/dev/full"), b"{}")
