"""What a judge judges with and is held against, and what is put before it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fmops_api.evaluationplan import Catalog, EvaluationPlan, PlannedJudge, Stage
from fmops_api.promptcatalog import Example
from fmops_api.rubric import Rubric
from fmops_api.template import Template
from fmops_serving.evaluate.errors import BadInput
from fmops_serving.evaluate.judge.prompt import Case, Messages
from fmops_serving.prompts.errors import PromptError
from fmops_serving.prompts.examples import values_of
from fmops_serving.prompts.judges import find_rubric, labelled
from fmops_serving.prompts.render import render
from fmops_serving.prompts.steps import Prompt


@dataclass(frozen=True)
class JudgeInputs:
    """One judge of a run."""

    planned: PlannedJudge
    rubric: Rubric
    calibration: Mapping[str, Example] = field(default_factory=dict)
    """Examples that people judged, by set/id; empty where somebody else calibrates."""

    @property
    def name(self) -> str:
        """Give the name of the judge's figure."""
        return self.planned.judge.name


def gather_judges(plan: EvaluationPlan, catalog: Catalog, candidate: str) -> tuple[JudgeInputs, ...]:
    """Hold the plan's judges and the bundle together; raises BadInput when they do not fit.

    The first candidate of the stage in which a judge is asked calibrates it for all.
    """
    found = []
    for planned in plan.judges or ():
        judge = planned.judge
        rubric = find_rubric(catalog.rubrics, judge.rubric)
        if rubric is None:
            raise BadInput(f"judge {judge.name}: the bundle has no rubric {judge.rubric}")
        stage = Stage.COMPARE if planned.compares else Stage.ANSWER
        calibrates = plan.subjects(stage)[:1] == [candidate]
        found.append(JudgeInputs(planned, rubric, labelled(catalog, judge) if calibrates else {}))
    return tuple(found)


def references_of(example: Example) -> Sequence[str]:
    """Give what a good answer says: the references, or the label where there are none."""
    return example.references or ([example.label] if example.label is not None else [])


def calibration_cases(judge: JudgeInputs, prompt: Prompt) -> Iterator[Case]:
    """Put the answers that people scored before the judge, as if the template had asked for them; raises BadInput."""
    for unique_id, example, task in calibration_tasks(judge, prompt):
        if example.judgement:
            yield Case((unique_id, 0), task, references_of(example), example.judgement.output)


def calibration_tasks(judge: JudgeInputs, prompt: Prompt) -> Iterator[tuple[str, Example, Messages]]:
    """Ask by the template for what people judged: as the catalogue has it, without variants; raises BadInput."""
    template = prompt.entry
    if not isinstance(template, Template):
        raise BadInput(
            f"judge {judge.name}: calibration shows answers to a template, and {prompt.reference} is a chain"
        )
    for unique_id, example in judge.calibration.items():
        try:
            task = render(template, values_of(example))
        except PromptError as error:
            raise BadInput(f"judge {judge.name}: calibration example {unique_id}: {error}") from None
        yield unique_id, example, task
