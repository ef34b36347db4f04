"""What one candidate is measured with: the plan and the bundle, read and held together."""

import gzip
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from fmops_api.evaluationplan import Candidate, Catalog, EvaluationPlan
from fmops_api.promptcatalog import Example, Template
from fmops_serving.evaluate.errors import BadInput
from fmops_serving.evaluate.request import PATHS, Request, Unrendered, build_request
from fmops_serving.evaluate.score.metricfaults import metric_faults
from fmops_serving.prompts.catalog import parse
from fmops_serving.prompts.errors import PromptError
from fmops_serving.prompts.examples import choose, values_of
from fmops_serving.prompts.references import find_template
from fmops_serving.prompts.render import render
from fmops_serving.prompts.sentences import sentences


@dataclass(frozen=True)
class Inputs:
    """Everything that the figures of one candidate depend on."""

    plan: EvaluationPlan
    candidate: Candidate
    template: Template
    examples: Mapping[str, Example]
    """The chosen examples, by set/id, in the order of asking."""
    labels: frozenset[str]
    """All classes of the chosen sets."""
    languages: Mapping[str, str | None] = field(default_factory=dict)
    """Languages of the sets, as BCP 47 tags, by name."""

    def language_of(self, unique_id: str) -> str | None:
        """Give the language of an example's set."""
        return self.languages.get(unique_id.partition("/")[0])

    @property
    def url(self) -> str:
        """Give the full URL to post to."""
        return self.candidate.url.rstrip("/") + PATHS[self.candidate.task]

    def requests(self) -> Iterator[Request | Unrendered]:
        """Render one request after the other."""
        for unique_id, example in self.examples.items():
            try:
                messages = render(self.template, values_of(example))
            except PromptError as error:
                yield Unrendered(unique_id, str(error))
            else:
                yield build_request(self.candidate, unique_id, messages, self.template.generation)


def gather(plan: EvaluationPlan, catalog: Catalog, index: int) -> Inputs:
    """Hold plan and bundle together for candidates[index]; raises BadInput when they do not fit."""
    candidate = plan.candidates[index]
    if candidate.task not in PATHS:
        raise BadInput(f"{candidate.name} has task {candidate.task}: an evaluation asks Chat and Completion models")
    if catalog.digest != plan.catalog_digest:
        raise BadInput(f"the bundle has digest {catalog.digest or '(none)'}, the plan wants {plan.catalog_digest}")
    template = find_template(catalog.templates, plan.template)
    if template is None:
        raise BadInput(f"the bundle has no template {plan.template}")
    try:
        chosen = choose(catalog, plan.examples)
    except PromptError as error:
        raise BadInput(str(error)) from None
    labels = [
        label for found in catalog.example_sets if found.name in plan.examples.sets for label in found.labels or ()
    ]
    for path, sentence in metric_faults(plan.metrics):
        raise BadInput(f"{path} {sentence}")
    languages = {found.name: found.language for found in catalog.example_sets}
    examples = {found.unique_id: found.example for found in chosen}
    return Inputs(plan, candidate, template, examples, frozenset(labels), languages)


def read_plan(path: Path) -> EvaluationPlan:
    """Read the plan; raises BadInput."""
    try:
        return EvaluationPlan.model_validate_json(_read(path, "plan"))
    except ValidationError as error:
        place, fault = next(sentences(error, EvaluationPlan))
        raise BadInput(f"the plan {path} is not valid: {place}: {fault}") from None


def read_bundle(path: Path) -> Catalog:
    """Read the bundle of a catalogue, packed when its name ends in .gz; raises BadInput."""
    content = _read(path, "bundle")
    try:
        return parse(gzip.decompress(content) if path.suffix == ".gz" else content)
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
