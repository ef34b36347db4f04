"""Checks of a catalogue's entries: everything that would fail later, found before a bundle is made."""

from collections.abc import Generator, Iterator, Sequence

from fmops_api.promptcatalog import Chain, Criterion, ExampleSet, Message, PromptCatalogSpec, Rubric, Template
from fmops_serving.prompts.check_chains import chain_faults
from fmops_serving.prompts.dialect import RESERVED
from fmops_serving.prompts.faults import Fault, did_you_mean, entry_path
from fmops_serving.prompts.render import declared
from fmops_serving.prompts.schema import schema_faults
from fmops_serving.prompts.syntax import check_syntax


def catalog_faults(spec: PromptCatalogSpec) -> Iterator[Fault]:
    """Give what is wrong with the entries themselves, whatever their sources hold; the types refuse repeated names."""
    templates = spec.templates or []
    yield from _label_faults("templates", templates)
    for template in templates:
        yield from template_faults(template)
    yield from _label_faults("chains", spec.chains or [])
    for chain in spec.chains or []:
        yield from chain_faults(chain, templates)
    for rubric in spec.rubrics or []:
        yield from rubric_faults(rubric)
    for example_set in spec.example_sets or []:
        yield from _origin_faults(example_set, {source.name for source in spec.sources or []})


def template_faults(template: Template) -> Iterator[Fault]:
    """Give what is wrong with one template: its messages, those of its variants, its variables and its schema."""
    path = entry_path("templates", template)
    unused = yield from _message_faults(template, template.messages, path)
    for variable in template.variables or []:
        if variable.name in RESERVED:
            yield Fault(f"{path}.variables[{variable.name}]", "is a word of Jinja2: choose another name")
        elif variable.name in unused:
            yield Fault(f"{path}.variables[{variable.name}]", "is required, but no message uses it: use or remove it")
    for index, variant in enumerate(template.variants or ()):
        place = f"{path}.variants[{index}]"
        missing = yield from _message_faults(template, variant.messages, place)
        for name in sorted(missing - unused):
            yield Fault(f"{place}.messages", f"uses no {name}, which the template requires: place it here too")
    if template.output_schema is not None:
        yield from schema_faults(template.output_schema, f"{path}.outputSchema")


def _message_faults(template: Template, messages: list[Message], path: str) -> Generator[Fault, None, set[str]]:
    """Check messages; gives the names of required variables that none of them uses."""
    used: set[str] = set()
    for index, message in enumerate(messages):
        syntax = check_syntax(message.content, declared(template))
        used |= syntax.used
        for sentence in syntax.faults:
            yield Fault(f"{path}.messages[{index}].content", sentence)
    return {variable.name for variable in template.variables or () if variable.required} - used


def rubric_faults(rubric: Rubric) -> Iterator[Fault]:
    """Give what is wrong with one rubric: a scale that does not go up, anchors outside it, or ends without anchors."""
    path = entry_path("rubrics", rubric)
    if rubric.scale.min >= rubric.scale.max:
        yield Fault(f"{path}.scale", f"goes from {rubric.scale.min} to {rubric.scale.max}: min must be less than max")
        return
    for criterion in rubric.criteria:
        for sentence in _anchor_faults(criterion, rubric.scale.min, rubric.scale.max):
            yield Fault(f"{path}.criteria[{criterion.name}].anchors", sentence)


def set_faults(example_set: ExampleSet) -> Iterator[Fault]:
    """Give the examples of one set whose labels are not the set's own."""
    path = f"spec.exampleSets[{example_set.name}]"
    for example in example_set.examples or []:
        if example_set.labels is not None and example.label is not None and example.label not in example_set.labels:
            near = did_you_mean(example.label, example_set.labels)
            yield Fault(
                f"{path}.examples[{example.id}].label", f"{example.label!r} is not among the set's labels{near}"
            )


def _label_faults(kind: str, entries: Sequence[Template | Chain]) -> Iterator[Fault]:
    owners: dict[tuple[str, str], int] = {}
    for entry in entries:
        for label in entry.labels or ():
            path = f"{entry_path(kind, entry)}.labels"
            if label.isdigit():
                yield Fault(path, f"{label} reads as a version: a label needs a letter")
            owner = owners.setdefault((entry.name, label), entry.version)
            if owner != entry.version:
                yield Fault(path, f"{label} stands on version {owner} already: remove it from one of the two")


def _anchor_faults(criterion: Criterion, low: int, high: int) -> Iterator[str]:
    allowed = {str(score) for score in range(low, high + 1)}
    for score in criterion.anchors:
        if score not in allowed:
            yield f"{score!r} is no score of the scale {low} to {high}"
    missing = [end for end in (str(low), str(high)) if end not in criterion.anchors]
    if missing:
        yield f"both ends of the scale need an anchor: {' and '.join(missing)} missing"


def _origin_faults(example_set: ExampleSet, known: set[str]) -> Iterator[Fault]:
    path = f"spec.exampleSets[{example_set.name}]"
    if (example_set.source is None) == (example_set.examples is None):
        yield Fault(path, "set exactly one of source or examples")
    elif example_set.source is not None and example_set.source not in known:
        yield Fault(
            f"{path}.source", f"{example_set.source} is not in sources{did_you_mean(example_set.source, known)}"
        )
