"""Folders of results, as runners leave them, without measuring anything."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fmops_api.evaluationplan import Candidate, EvaluationPlan, EvaluationSummary
from fmops_api.evaluationrun import Examples
from fmops_api.evaluationrunstatus import EvaluationRunStatus, GateResult, Result
from fmops_api.metric import Metric
from fmops_serving.evaluate.folder import RunFolder, write_json
from fmops_serving.results.findings import Cause, Cell, Confusion, Curve, Findings, Worst

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


CLASSIFYING = (Metric(name="f1", type="Classification"), Metric(name="latency", type="Latency"))


def result(model: str, metric: str, value: str | None, low: str | None = None, high: str | None = None) -> Result:
    return Result(model=model, metric=metric, value=value, low=low, high=high, n=100, signature=f"{metric}|v1")


def write_plan(root: Path, *names: str, metrics: Sequence[Metric] = CLASSIFYING, **more: Any) -> RunFolder:
    plan = EvaluationPlan(
        namespace="support", run="quality", inputs_hash="9d1c0a77e4", catalog_digest="sha256:83d4", template="triage@3",
        examples=Examples(sets=["golden"]),
        metrics=list(metrics),
        candidates=[Candidate(name=name, url="http://x/v1", model=name, revision="7f3c") for name in names],
        **more,
    )  # fmt: skip
    folder = RunFolder(root)
    write_json(folder.manifest, {"runner": "0.1.0", "plan": plan.to_manifest(), "examples": ["golden/a", "golden/b"]})
    return folder


def write_candidate(folder: RunFolder, name: str, f1: str = "0.9", p95: str | None = "0.5", **more: Any) -> None:
    figures = [
        result(name, "f1", f1, str(float(f1) - 0.05), str(float(f1) + 0.05)),
        result(name, "coverage", "1", "0.96", "1"),
        result(name, "latency.request.p95", p95, p95, None),
    ]
    summary = EvaluationSummary(model=name, results=figures, answered=98, errors=2, total=100, truncated=1)
    plain: dict[str, Any] = {
        "confusions": [Confusion(metric="f1", cells=[Cell(label="billing", answered="billing", count=9)])],
        "curves": [Curve(part="request", n=98, seconds=[number / 100 for number in range(101)])],
    }
    write_json(folder.summary(name), summary.to_manifest())
    write_json(folder.findings(name), Findings(model=name, **{**plain, **more}).to_manifest())


def write_gates(folder: RunFolder, *gates: tuple[str, str, str]) -> None:
    status = EvaluationRunStatus(
        gates=[
            GateResult(model=model, metric=metric, required="at least 0.8", verdict=verdict, observed="0.9 [0.8, 1]")
            for model, metric, verdict in gates
        ]
    )
    write_json(folder.report, status.model_dump(mode="json", by_alias=True, exclude_none=True))


def hostile() -> dict[str, Any]:
    """Findings whose every text tries to be markup."""
    return {
        "confusions": [Confusion(metric="f1", cells=[Cell(label=SCRIPT, answered=SCRIPT + "2", count=3)])],
        "worst": [
            Worst(example=f"golden/{SCRIPT}", scores={SCRIPT: 0.0}, label=SCRIPT, references=[SCRIPT],
                  messages=[{"role": SCRIPT, "content": SCRIPT}], output=SCRIPT)
        ],
        "causes": [Cause(error=SCRIPT, count=2)],
        "unscored": {SCRIPT: 2},
    }  # fmt: skip
