"""Trial rendering: every template with every example that is meant for it, and with made-up values when none is."""

from collections.abc import Iterator
from typing import Any

from fmops_api.evaluationplan import Catalog, ResolvedSet
from fmops_api.promptcatalog import Example, Template, Variable, VariableType
from fmops_serving.prompts.errors import RenderError
from fmops_serving.prompts.examples import values_of
from fmops_serving.prompts.faults import Fault
from fmops_serving.prompts.references import pinned
from fmops_serving.prompts.render import render
from fmops_serving.prompts.steps import Prompt
from fmops_serving.prompts.variants import forms

_MADE_UP: dict[VariableType, Any] = {
    VariableType.STRING: "text",
    VariableType.INTEGER: 1,
    VariableType.NUMBER: 0.5,
    VariableType.BOOLEAN: True,
    VariableType.LIST: ["text"],
}


def trial_faults(catalog: Catalog) -> Iterator[Fault]:
    """Render each form of each template with each set that gives one of its examples all that the template requires."""
    for template in catalog.templates:
        meant = [example_set for example_set in catalog.example_sets if _is_meant(template, example_set)]
        for form in forms(template):
            for example_set in meant:
                yield from _set_faults(form, example_set)
            if not meant:
                yield from _made_up_faults(form)


def misfit(template: Template, example: Example) -> str:
    """Say why a template cannot be rendered with an example; empty when it can."""
    try:
        render(template, values_of(example))
    except RenderError as error:
        return f"does not fit template {error}"
    return ""


def prompt_misfit(prompt: Prompt, example: Example) -> str:
    """Say why a template or a chain cannot be asked with an example; what steps will answer is made up."""
    for step in prompt.steps:
        variables = {variable.name: variable for variable in step.template.variables or []}
        answers = {name: _made_up(variables[name]) for name in step.inputs}
        values = {**values_of(example), **answers}
        try:
            render(step.template, values)
        except RenderError as error:
            return f"does not fit {f'step {step.name}: ' if step.name else ''}template {error}"
    return ""


def _set_faults(template: Template, example_set: ResolvedSet) -> Iterator[Fault]:
    for example in example_set.examples:
        if sentence := misfit(template, example):
            yield Fault(f"spec.exampleSets[{example_set.name}].examples[{example.id}]", sentence)


def _is_meant(template: Template, example_set: ResolvedSet) -> bool:
    required = {variable.name for variable in template.variables or [] if variable.required}
    return any(required <= values_of(example).keys() for example in example_set.examples)


def _made_up_faults(template: Template) -> Iterator[Fault]:
    try:
        render(template, {variable.name: _made_up(variable) for variable in template.variables or []})
    except RenderError as error:
        yield Fault(f"spec.templates[{pinned(template)}]", f"cannot be rendered: {error}")


def _made_up(variable: Variable) -> Any:
    value = _MADE_UP[variable.type]
    return value[: variable.max_length] if isinstance(value, str) else value
