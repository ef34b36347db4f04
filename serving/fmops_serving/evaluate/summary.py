"""The summary as a termination message: small enough for Kubernetes, whatever was measured."""

import os
from collections.abc import Iterable
from pathlib import Path

import orjson

from fmops_api.evaluationplan import SUMMARY_LIMIT, EvaluationSummary, Figure
from fmops_serving.evaluate.errors import SinkFailed

TERMINATION_LOG = Path("/dev/termination-log")
_LONGEST_ERROR = 512
"""Characters; each may take four bytes."""


def fit(summary: EvaluationSummary, gated: Iterable[Figure], limit: int = SUMMARY_LIMIT) -> bytes:
    """Write the summary in at most `limit` bytes.

    Confusions are for the sink only. What does not fit goes in this order: signatures of parts and slices; other
    signatures and faults of judges and embedders; figures of slices; figures that no gate looks at, the last first;
    then gated ones.
    `omitted` counts figures that are missing, so that their absence does not pass for "not measured".
    """
    summary = summary.model_copy(update={"error": summary.error[:_LONGEST_ERROR], "confusions": []})
    for whole in (summary, _unsigned_parts(summary)):
        if len(packed := _pack(whole)) <= limit:
            return packed
    wanted = {(figure.metric, figure.against, float(figure.confidence)) for figure in gated}
    gated_first = sorted(summary.results, key=lambda r: (r.metric, r.against, float(r.confidence)) not in wanted)
    results = [result.model_copy(update={"signature": ""}) for result in gated_first]
    slices = [result.model_copy(update={"signature": ""}) for result in summary.slices]
    total = len(results) + len(slices)
    for kept in range(total, -1, -1):
        sliced = max(0, kept - len(results))
        shorter = {
            "results": results[:kept],
            "slices": slices[:sliced],
            "omitted": total - kept,
            "judge_faults": {},
            "cost_faults": {},
            "embedder_faults": {},
        }
        if len(packed := _pack(summary.model_copy(update=shorter))) <= limit:
            return packed
    raise AssertionError("a summary without figures always fits")


def _unsigned_parts(summary: EvaluationSummary) -> EvaluationSummary:
    """Take the signatures of parts, which are like their metric's own, and of slices, which are the same."""
    results = [r.model_copy(update={"signature": ""}) if "." in r.metric else r for r in summary.results]
    slices = [r.model_copy(update={"signature": ""}) for r in summary.slices]
    return summary.model_copy(update={"results": results, "slices": slices})


def hand_back(path: Path, message: bytes) -> None:
    """Write the message in place, since Kubernetes mounts the file itself; raises SinkFailed."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            os.write(file, message)
        finally:
            os.close(file)
    except OSError as error:
        raise SinkFailed(f"cannot write the summary to {path}: {error.strerror or error}") from None


def _pack(summary: EvaluationSummary) -> bytes:
    return orjson.dumps(summary.model_dump(mode="json", by_alias=True, exclude_defaults=True))
