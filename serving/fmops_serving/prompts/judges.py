"""What judges find in a catalogue: rubrics, and answers that people judged; and whether the two fit."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from typing import NamedTuple

from fmops_api.constraints import looks
from fmops_api.evaluationplan import Catalog
from fmops_api.evaluationrun import EvaluationRunSpec
from fmops_api.judge import ALPHA, OUTCOMES, POSITION_FLIP_RATE, Judge, JudgeMode, Scoring, comparing
from fmops_api.performance import off_the_ladder
from fmops_api.promptcatalog import Example
from fmops_api.rubric import Rubric
from fmops_api.template import Template
from fmops_serving.prompts.errors import RenderError
from fmops_serving.prompts.examples import values_of
from fmops_serving.prompts.faults import Fault, did_you_mean
from fmops_serving.prompts.render import render
from fmops_serving.prompts.steps import Prompt

LARGEST_DIGIT = 9
"""Expected scores need scores that are one token each."""


def find_rubric(rubrics: Iterable[Rubric], reference: str) -> Rubric | None:
    """Find the rubric that `general@1` names."""
    return next((rubric for rubric in rubrics if f"{rubric.name}@{rubric.version}" == reference), None)


def labelled(catalog: Catalog, judge: Judge) -> dict[str, Example]:
    """Give the examples of a judge's calibration that people judged as it judges, by set/id, in that order."""
    wanted = set(judge.calibration.sets) if judge.calibration else set()
    compares = judge.mode is JudgeMode.PAIRWISE
    found = {
        f"{example_set.name}/{example.id}": example
        for example_set in catalog.example_sets
        if example_set.name in wanted
        for example in example_set.examples
        if (example.comparison if compares else example.judgement) is not None
    }
    return dict(sorted(found.items()))


def rubric_fault(judge: Judge, catalog: Catalog) -> Fault | None:
    """Say when the catalogue has no such rubric."""
    if find_rubric(catalog.rubrics, judge.rubric):
        return None
    known = {f"{rubric.name}@{rubric.version}" for rubric in catalog.rubrics}
    near = did_you_mean(judge.rubric, known) or "; it has no rubrics"
    return Fault(f"spec.judges[{judge.name}].rubric", f"the catalogue has no rubric {judge.rubric}{near}")


def judge_faults(judge: Judge, catalog: Catalog, prompt: Prompt) -> Iterator[Fault]:
    """Give what of a judge does not fit its rubric, which is there, or what the run asks."""
    rubric = find_rubric(catalog.rubrics, judge.rubric)
    if rubric is None:
        return
    if judge.scoring is Scoring.EXPECTED and rubric.scale.max > LARGEST_DIGIT:
        yield Fault(
            f"spec.judges[{judge.name}].scoring",
            f"Expected needs scores of one digit, and {judge.rubric} goes to {rubric.scale.max}: use Verdict",
        )
    if judge.calibration:
        yield from _calibration_faults(judge, judge.calibration.sets, rubric, catalog)
        yield from _misfits(judge, labelled(catalog, judge), prompt)


def _misfits(judge: Judge, examples: Mapping[str, Example], prompt: Prompt) -> Iterator[Fault]:
    """Give the answers that people judged whose task the template cannot ask."""
    if not isinstance(prompt.entry, Template):  # Refused by a rule of the kind: people judged no chain's answers.
        return
    for unique_id, example in examples.items():
        try:
            render(prompt.entry, values_of(example))
        except RenderError as error:
            path = f"spec.judges[{judge.name}].calibration.sets"
            yield Fault(path, f"{unique_id} does not fit template {error}")


def _calibration_faults(judge: Judge, sets: Collection[str], rubric: Rubric, catalog: Catalog) -> Iterator[Fault]:
    path = f"spec.judges[{judge.name}].calibration.sets"
    known = {example_set.name for example_set in catalog.example_sets}
    for name in sets:
        if name not in known:
            yield Fault(path, f"the catalogue has no example set {name}{did_you_mean(name, known)}")
    # A bundle does not hold what stands in a source: the runner, who reads it, looks again.
    elsewhere = [each.source for each in catalog.example_sets if each.name in set(sets) and each.is_elsewhere]
    holdings = [source.holdings for source in elsewhere if source]
    examples = labelled(catalog, judge)
    if judge.mode is JudgeMode.PAIRWISE:
        if not examples and not any(each.compared for each in holdings):
            yield Fault(path, "no example of these sets has a comparison: two answers, and which one is better")
        return
    yield from _score_faults(path, judge.rubric, rubric, examples)
    judged = {name for example in examples.values() if example.judgement for name in example.judgement.scores}
    lacking = sorted({criterion.name for criterion in rubric.criteria} - judged)
    if lacking and not any(each.judged for each in holdings):
        yield Fault(path, f"no example of these sets has a judgement with a score for {', '.join(lacking)}")


def _score_faults(path: str, reference: str, rubric: Rubric, examples: Mapping[str, Example]) -> Iterator[Fault]:
    criteria = {criterion.name for criterion in rubric.criteria}
    for unique_id, example in examples.items():
        for name, score in (example.judgement.scores if example.judgement else {}).items():
            if name not in criteria:
                near = did_you_mean(name, criteria)
                yield Fault(path, f"{unique_id} scores {name}, which is no criterion of {reference}{near}")
            elif not rubric.scale.min <= score <= rubric.scale.max:
                scale = f"{rubric.scale.min} to {rubric.scale.max}"
                yield Fault(path, f"{unique_id} scores {name} with {score}, and {reference} goes from {scale}")


def figure_faults(spec: EvaluationRunSpec, catalog: Catalog) -> Iterator[Fault]:
    """Give what gates, criteria and constraints ask for and is not there: parts of a rubric, scores, loads."""
    rubrics = {judge.name: judge.rubric for judge in spec.judges or ()}
    juries = {jury.name: rubrics.get(jury.judges[0], "") for jury in spec.juries or ()}
    duels = comparing(spec.judges, spec.juries)
    named: list[tuple[str, str, str | None]]
    named = [(f"spec.gates[{index}].metric", gate.metric, gate.value) for index, gate in enumerate(spec.gates or ())]
    criteria = spec.selection.criteria if spec.selection else ()
    named += [(f"spec.selection.criteria[{i}].metric", criterion.metric, None) for i, criterion in enumerate(criteria)]
    for path, metric, _ in named:
        if unmeasured := off_the_ladder(metric, spec.performance):
            yield Fault(path, unmeasured)
    named += [(f"spec.selection.constraints[{place}]", look.metric, None) for place, look in looks(spec)]
    for path, metric, value in named:
        name = metric.partition(".")[0]
        rubric = find_rubric(catalog.rubrics, {**rubrics, **juries}.get(name, ""))
        if rubric is not None and name in duels:
            yield from _duel_faults(path, metric, jury=name in juries)
        elif rubric is not None:
            yield from _figure_faults(path, metric, value, Parts.of(rubric, jury=name in juries))


class Parts(NamedTuple):
    """The figures that a judge or a jury has by a rubric."""

    rubric: Rubric
    criteria: Set[str]
    alphas: Set[str]

    @classmethod
    def of(cls, rubric: Rubric, *, jury: bool) -> "Parts":
        """Name them; only a jury has alphas."""
        names = {criterion.name for criterion in rubric.criteria}
        return cls(rubric, names, {f"{name}.{ALPHA}" for name in names} if jury else set())


def _duel_faults(path: str, metric: str, *, jury: bool) -> Iterator[Fault]:
    """Give what a judge or a jury that compares has no part for; a rule of the kind looks at the value."""
    name, _, part = metric.partition(".")
    known = (*OUTCOMES, ALPHA if jury else POSITION_FLIP_RATE)
    if part and part not in known:
        yield Fault(path, f"{name} compares, and has no {part}{did_you_mean(part, known)}")


def _figure_faults(path: str, metric: str, value: str | None, parts: Parts) -> Iterator[Fault]:
    rubric, part = parts.rubric, metric.partition(".")[2]
    known = parts.criteria | parts.alphas
    if part and part not in known:
        yield Fault(path, f"{rubric.name}@{rubric.version} has no {part}{did_you_mean(part, known)}")
        return
    low, high = (-1, 1) if part in parts.alphas else (rubric.scale.min, rubric.scale.max)
    if value is not None and not low <= float(value) <= high:
        yield Fault(path.replace(".metric", ".value"), f"{value} is off the scale: {metric} goes from {low} to {high}")
