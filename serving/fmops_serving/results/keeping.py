"""What is made of a candidate's rows once it is measured: its Parquet file, its findings, its manifest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fmops_api.evaluationplan import EvaluationSummary
from fmops_serving.evaluate.folder import RunFolder, write_json
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.judge.judged import UNJUDGED, Judged
from fmops_serving.evaluate.manifest import write_candidate_manifest
from fmops_serving.evaluate.parts import Part
from fmops_serving.evaluate.rows import Rows
from fmops_serving.results.collecting import Collector
from fmops_serving.results.graded import graded, record
from fmops_serving.results.parquet import write_results


@dataclass(frozen=True)
class Kept:
    """What was found out about a candidate's rows."""

    summary: EvaluationSummary
    judged: Judged = UNJUDGED
    parts: Sequence[Part] | None = None
    """The objects that hold the rows, where they are not in the folder alone."""


def keep(inputs: Inputs, rows: Rows, folder: RunFolder, kept: Kept) -> None:
    """Write everything that a report and a data lake read of one candidate; raises SinkFailed."""
    name, collector = inputs.candidate.name, Collector(inputs)

    def records() -> Iterator[dict[str, Any]]:
        for answer in graded(inputs, rows):
            collector.add(answer)
            yield record(inputs, answer, kept.judged.scores.get(answer.key, {}))

    write_results(folder.results(name), records())
    write_json(folder.summary(name), kept.summary.to_manifest())
    write_json(folder.findings(name), collector.findings().to_manifest())
    write_candidate_manifest(folder, inputs, kept.summary, kept.parts)
