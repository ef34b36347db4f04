"""The stage that compares: reads what came of both from the run's folder, and gives figures against the baseline."""

from fmops_api.evaluationplan import EvaluationSummary
from fmops_api.evaluationrunstatus import Against, Result
from fmops_serving.evaluate.compare.differences import differences_of
from fmops_serving.evaluate.compare.pairs import Answers, by_example, pairs_of
from fmops_serving.evaluate.embed.vectors import Vectors
from fmops_serving.evaluate.errors import BadInput
from fmops_serving.evaluate.folder import RunFolder, write_json
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.judge.pairwise.judging import duel
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.score.cost import cost_scorers
from fmops_serving.evaluate.score.metrics import BUILT_IN, scorers
from fmops_serving.evaluate.score.result import results_of
from fmops_serving.evaluate.scores import read_scores
from fmops_serving.evaluate.terms import Terms


async def compare(
    inputs: Inputs, baseline: Inputs, folder: RunFolder, progress: Progress, terms: Terms
) -> EvaluationSummary:
    """Hold a candidate against the baseline of its plan, from the files of this run and no other.

    Judges that compare are asked on these terms. Raises BadInput when one of the two was not measured there,
    NotMeasured or SinkFailed.
    """
    differences = _differences(inputs, baseline, folder)
    duels = await duel(inputs, baseline, folder, progress, terms)
    # First, since what is last goes first when a summary is too long.
    compared = results_of(inputs.plan, inputs.candidate, duels.figures, Against.BASELINE)
    results = [*results_of(inputs.plan, inputs.candidate, duels.agreement), *compared, *differences]
    found = EvaluationSummary(model=inputs.candidate.name, results=results, judge_faults=dict(duels.faults))
    write_json(folder.comparison(found.model), found.to_manifest())
    return found


def _differences(inputs: Inputs, baseline: Inputs, folder: RunFolder) -> list[Result]:
    """Give the differences of what metrics saw."""
    plan, candidate = inputs.plan, inputs.candidate
    vectors = {embedder.name: Vectors(embedder) for embedder in plan.embedders or ()}
    own, theirs = (_answers(each.candidate.name, folder, plan.repeats) for each in (inputs, baseline))
    looking = [*scorers(plan.metrics, inputs.labels, vectors), *cost_scorers(inputs)]
    parts = [(scorer.name, part) for scorer in looking for part in scorer.parts]
    figures = (
        figure
        for metric, part in [*parts, *((part.name, part) for part in BUILT_IN)]
        for figure in differences_of(part, list(pairs_of(metric, own, theirs)), len(inputs.examples))
    )
    return results_of(plan, candidate, figures, Against.BASELINE)


def _answers(name: str, folder: RunFolder, repeats: int) -> dict[str, Answers]:
    if not folder.complete(name).exists():
        raise BadInput(f"{folder.complete(name)} is not there: {name} was not measured, so nothing can be compared")
    return by_example(read_scores(folder.scores(name)), repeats)
