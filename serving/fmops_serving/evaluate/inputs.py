"""What one candidate is measured with: the plan and the bundle, read and held together."""

import gzip
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from fmops_api.evaluationplan import Candidate, Catalog, EvaluationPlan
from fmops_api.promptcatalog import Chain, Example
from fmops_api.shard import Shard
from fmops_serving.evaluate.chain import CallStep, Chained, build_chained
from fmops_serving.evaluate.embed.vectors import Vectors
from fmops_serving.evaluate.errors import BadInput
from fmops_serving.evaluate.examples import AskedExamples, HeldExamples
from fmops_serving.evaluate.folder import RunFolder
from fmops_serving.evaluate.judge.inputs import JudgeInputs, gather_judges
from fmops_serving.evaluate.request import PATHS, Call, Request, Unrendered, build_request
from fmops_serving.evaluate.rows import Key
from fmops_serving.evaluate.score.metricfaults import metric_faults, missing_data
from fmops_serving.prompts.catalog import parse
from fmops_serving.prompts.errors import PromptError
from fmops_serving.prompts.examples import choose, values_of
from fmops_serving.prompts.sentences import sentences
from fmops_serving.prompts.steps import Prompt, Step, find_prompt
from fmops_serving.prompts.variants import fitted


@dataclass(frozen=True)
class Inputs:
    """Everything that the figures of one candidate depend on."""

    plan: EvaluationPlan
    candidate: Candidate
    prompt: Prompt
    steps: Sequence[CallStep]
    """The steps of the prompt, as this candidate is asked them; one when the prompt is a template alone."""
    examples: AskedExamples
    """The chosen examples, by set/id, in the order of asking."""
    labels: frozenset[str]
    """All classes of the chosen sets."""
    languages: Mapping[str, str | None] = field(default_factory=dict)
    """Languages of the sets, as BCP 47 tags, by name."""
    judges: tuple[JudgeInputs, ...] = ()
    """Those that score answers."""
    duels: tuple[JudgeInputs, ...] = ()
    """Those that compare answers with the baseline's."""
    vectors: Mapping[str, Vectors] = field(default_factory=dict)
    """What embedders made of answers and references, by embedder; empty until they were asked."""
    shard: Shard | None = None
    """Which part of the chosen examples these are; None when they are all."""

    @property
    def told(self) -> str:
        """Name the candidate, with its shard if there is one, for people."""
        return self.shard.told(self.candidate.name) if self.shard else self.candidate.name

    def part(self, shard: Shard) -> "Inputs":
        """Give the inputs of one shard; those of the whole are not to be used any more."""
        return replace(self, examples=self.examples.part(shard), shard=shard)

    def language_of(self, unique_id: str) -> str | None:
        """Give the language of an example's set."""
        return self.languages.get(unique_id.partition("/")[0])

    def row_files(self, folder: RunFolder) -> list[Path]:
        """Name the files that rows go to: answers, verdicts on them and on people's, vectors."""
        name, judges = self.candidate.name, self.judges
        verdicts = [folder.judgements(name, judge.name) for judge in judges]
        calibration = [folder.calibration(judge.name) for judge in judges if judge.calibration]
        vectors = [folder.vectors(name, embedder.name) for embedder in self.plan.embedders or ()]
        if self.shard:
            return [folder.rows(name, self.shard)]
        return [folder.rows(name), *verdicts, *calibration, *vectors]

    def duel_files(self, folder: RunFolder) -> list[Path]:
        """Name the files that verdicts of the stage that compares go to: on answers, and on those of people."""
        calibration = [folder.calibration(judge.name) for judge in self.duels if judge.calibration]
        return [*(folder.judgements(self.candidate.name, judge.name) for judge in self.duels), *calibration]

    @cached_property
    def times(self) -> int:
        """Say how often each example is asked."""
        return self.plan.times(self.candidate.name)

    @property
    def wanted(self) -> int:
        """Count the answers that are wanted."""
        return len(self.examples) * self.times

    def slot(self, key: Key) -> int | None:
        """Number what is wanted, from 0; None for an answer that is not."""
        number = self.examples.number(key[0])
        return None if number is None or not 0 <= key[1] < self.times else number * self.times + key[1]

    def wanted_keys(self) -> Iterator[Key]:
        """Say which answers are wanted, in the order of asking."""
        return ((unique_id, repeat) for repeat in range(self.times) for unique_id, _ in self.examples.items())

    def requests(self) -> Iterator[Request | Unrendered | Chained]:
        """Render one request after the other: every example once, then every example again.

        Those of a chain are rendered as answers come.
        """
        for repeat in range(self.times):
            for unique_id, example in self.examples.items():
                yield self._request(unique_id, example, repeat)

    def _request(self, unique_id: str, example: Example, repeat: int) -> Request | Unrendered | Chained:
        if isinstance(self.prompt.entry, Chain):
            return build_chained(unique_id, values_of(example), self.steps, repeat)
        (step,) = self.steps
        try:
            messages = step.render(values_of(example))
        except PromptError as error:
            return Unrendered(unique_id, str(error), repeat)
        return build_request(step.call, unique_id, messages, repeat)


def gather(plan: EvaluationPlan, catalog: Catalog, index: int, shelf: AskedExamples | None = None) -> Inputs:
    """Hold plan and bundle together for candidates[index]; raises BadInput when they do not fit.

    On the `shelf` are the examples where the bundle does not hold them.
    """
    candidate = plan.candidates[index]
    if catalog.digest != plan.catalog_digest:
        raise BadInput(f"the bundle has digest {catalog.digest or '(none)'}, the plan wants {plan.catalog_digest}")
    prompt = find_prompt(catalog, plan.template, plan.chain)
    if prompt is None:
        raise BadInput(f"the bundle has no {'template' if plan.template else 'chain'} {plan.template or plan.chain}")
    targets: dict[str | None, Candidate] = {target.name: target for target in plan.step_models or ()}
    targets[None] = candidate
    steps = [_step(step, targets) for step in prompt.steps]
    examples = shelf or _held(plan, catalog)
    labels = [
        label for found in catalog.example_sets if found.name in plan.examples.sets for label in found.labels or ()
    ]
    for path, sentence in (*metric_faults(plan.metrics), *missing_data(plan.metrics)):
        raise BadInput(f"{path} {sentence}")
    languages = {found.name: found.language for found in catalog.example_sets}
    every = gather_judges(plan, catalog, candidate.name)
    judges = tuple(judge for judge in every if not judge.planned.compares)
    duels = tuple(judge for judge in every if judge.planned.compares)
    return Inputs(plan, candidate, prompt, steps, examples, frozenset(labels), languages, judges, duels)


def _held(plan: EvaluationPlan, catalog: Catalog) -> HeldExamples:
    try:
        return HeldExamples({found.unique_id: found.example for found in choose(catalog, plan.examples)})
    except PromptError as error:
        raise BadInput(str(error)) from None


def _step(step: Step, targets: Mapping[str | None, Candidate]) -> CallStep:
    target = targets.get(step.model)
    if target is None:
        raise BadInput(f"step {step.name} asks {step.model}, and the plan does not say where that is")
    if target.task not in PATHS:
        raise BadInput(f"{target.name} has task {target.task}: an evaluation asks Chat and Completion models")
    template = fitted(step.template, target.family)
    return CallStep(step.name, template, step.inputs, Call.of(target, template))


def read_plan(path: Path) -> EvaluationPlan:
    """Read the plan; raises BadInput."""
    try:
        return EvaluationPlan.model_validate_json(_read(path, "plan"))
    except ValidationError as error:
        place, fault = next(sentences(error, EvaluationPlan))
        raise BadInput(f"the plan {path} is not valid: {place}: {fault}") from None


def read_bundle(path: Path, expected: str = "") -> Catalog:
    """Read the bundle of a catalogue, packed when its name ends in .gz; raises BadInput.

    It is read sooner where it has the digest that is expected.
    """
    content = _read(path, "bundle")
    try:
        return parse(gzip.decompress(content) if path.suffix == ".gz" else content, expected)
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"the bundle {path} is no gzip file: {error}") from None
    except PromptError as error:
        raise BadInput(f"the bundle {path} is not valid: {error}") from None


def key_of(candidate: Candidate) -> str | None:
    """Give the candidate's API key from the environment; raises BadInput when it is not there."""
    variable = candidate.api_key_variable
    if variable is None:
        return None
    key = os.environ.get(variable, "").strip()
    if not key or not key.isprintable() or not key.isascii():
        raise BadInput(f"{candidate.name}: the environment variable {variable} holds no API key")
    return key


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read the {what} {path}: {error.strerror or error}") from None
