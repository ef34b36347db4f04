"""The stage that compares: reads the scores of both from the run's folder, and gives the differences as results."""

from fmops_api.evaluationplan import EvaluationSummary
from fmops_api.evaluationrunstatus import Against
from fmops_serving.evaluate.compare.differences import differences_of
from fmops_serving.evaluate.compare.pairs import Answers, by_example, pairs_of
from fmops_serving.evaluate.embed.vectors import Vectors
from fmops_serving.evaluate.errors import BadInput
from fmops_serving.evaluate.folder import RunFolder
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.score.metrics import BUILT_IN, scorers
from fmops_serving.evaluate.score.result import results_of
from fmops_serving.evaluate.scores import read_scores


def compare(inputs: Inputs, folder: RunFolder) -> EvaluationSummary:
    """Hold the candidate of `inputs` against the baseline of its plan, from the files of this run and no other.

    Raises BadInput when one of the two was not measured there.
    """
    plan, candidate = inputs.plan, inputs.candidate
    if plan.baseline is None:
        raise BadInput("the plan names no baseline to compare with")
    vectors = {embedder.name: Vectors(embedder) for embedder in plan.embedders or ()}
    own, theirs = (_answers(name, folder, plan.repeats) for name in (candidate.name, plan.baseline))
    parts = [(scorer.name, part) for scorer in scorers(plan.metrics, inputs.labels, vectors) for part in scorer.parts]
    figures = (
        figure
        for metric, part in [*parts, *((part.name, part) for part in BUILT_IN)]
        for figure in differences_of(part, list(pairs_of(metric, own, theirs)), len(inputs.examples))
    )
    return EvaluationSummary(model=candidate.name, results=results_of(plan, candidate, figures, Against.BASELINE))


def _answers(name: str, folder: RunFolder, repeats: int) -> dict[str, Answers]:
    if not folder.complete(name).exists():
        raise BadInput(f"{folder.complete(name)} is not there: {name} was not measured, so nothing can be compared")
    return by_example(read_scores(folder.scores(name)), repeats)
