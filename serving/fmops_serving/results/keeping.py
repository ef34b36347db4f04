"""What is made of a candidate's rows once all was asked: scores, a Parquet file, figures, findings, a manifest."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fmops_api.evaluationplan import EvaluationSummary
from fmops_serving.evaluate.folder import RunFolder, write_json, writing_whole
from fmops_serving.evaluate.manifest import write_candidate_manifest
from fmops_serving.evaluate.parts import Part
from fmops_serving.evaluate.scores import line_of
from fmops_serving.evaluate.scoring import Scoring
from fmops_serving.results.collecting import Collector
from fmops_serving.results.graded import Recorder, graded
from fmops_serving.results.parquet import write_results


def keep(
    scoring: Scoring, folder: RunFolder, embedder_faults: Mapping[str, int], parts: Sequence[Part] | None = None
) -> EvaluationSummary:
    """Score every answer, and write all that a report and a data lake read of one candidate; raises SinkFailed.

    `parts` are the objects that hold the rows, where they are not in the folder alone.
    """
    inputs = scoring.inputs
    name, collector, recorder = inputs.candidate.name, Collector(inputs), Recorder(inputs)
    with writing_whole(folder.scores(name)) as write:

        def records() -> Iterator[dict[str, Any]]:
            for seen in scoring:
                write(line_of(seen.key, seen.example.cluster, seen.observations))
                answer = graded(seen, scoring.scorers)
                collector.add(answer)
                yield recorder.record(answer, scoring.judged.scores.get(answer.key, {}))

        write_results(folder.results(name), records())
    summary = scoring.finish().model_copy(update={"embedder_faults": dict(embedder_faults)})
    write_json(folder.summary(name), summary.to_manifest())
    write_json(folder.findings(name), collector.findings().to_manifest())
    write_candidate_manifest(folder, inputs, summary, parts)
    return summary
