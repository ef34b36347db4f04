"""How far a judge that compares agrees with people: on pairs of answers of which they said which is better."""

from collections.abc import Iterator

from fmops_api.judge import KAPPA, KappaWeights
from fmops_api.promptcatalog import Better
from fmops_serving.evaluate.judge.agreement import kappa
from fmops_serving.evaluate.judge.figures import bootstrapped, sample_of
from fmops_serving.evaluate.judge.inputs import JudgeInputs, calibration_tasks, references_of
from fmops_serving.evaluate.judge.pairwise.figures import Heard, bouts
from fmops_serving.evaluate.judge.pairwise.prompt import Pair
from fmops_serving.evaluate.rows import Key
from fmops_serving.evaluate.score.figure import Figure
from fmops_serving.prompts.steps import Prompt

_STEPS = {Better.A: 2, Better.TIE: 1, Better.B: 0}
"""Outcomes in their order, in whole steps: a tie lies in the middle."""


def calibration_pairs(judge: JudgeInputs, prompt: Prompt) -> Iterator[Pair]:
    """Give the pairs that people compared; their A stands where a candidate's answer does. Raises BadInput."""
    for unique_id, example, task in calibration_tasks(judge, prompt):
        if found := example.comparison:
            yield Pair((unique_id, 0), task, references_of(example), found.a, found.b)


def pair_agreement(judge: JudgeInputs, heard: Heard) -> Iterator[Figure]:
    """Give Cohen's kappa of a judge's outcomes, both orders joined, with those of people; nothing without pairs."""
    calibration = judge.planned.judge.calibration
    if calibration is None or not judge.calibration:
        return
    quadratic = calibration.weights is KappaWeights.QUADRATIC
    both: dict[Key, tuple[int, int]] = {}
    for key, bout in bouts(heard).items():
        if found := judge.calibration[key[0]].comparison:
            both[key] = (_STEPS[found.better], round(2 * bout.outcome))
    asked = {unique_id: example.cluster for unique_id, example in judge.calibration.items()}
    how = f"kappa|{calibration.weights.lower()}|{'+'.join(sorted(calibration.sets))}|pairwise|orders:both"
    yield bootstrapped(
        f"{judge.name}.{KAPPA}",
        sample_of(both, asked),
        lambda units: kappa(units, quadratic=quadratic),
        len(asked),
        how,
    )
