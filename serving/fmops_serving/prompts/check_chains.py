"""Checks of chains: every step can be asked, and what it reads will be there."""

from collections.abc import Iterator, Sequence

from fmops_api.chain import Chain, ChainStep
from fmops_api.template import Template, VariableType
from fmops_serving.prompts.faults import Fault, did_you_mean, entry_path
from fmops_serving.prompts.references import find_entry, pinned, pointers
from fmops_serving.prompts.steps import circle, read_by


def chain_faults(chain: Chain, templates: Sequence[Template]) -> Iterator[Fault]:
    """Give what is wrong with one chain: its steps one by one, then their order."""
    path = entry_path("chains", chain)
    names = [step.name for step in chain.steps]
    for step in chain.steps:
        place = f"{path}.steps[{step.name}]"
        yield from _template_faults(step, templates, place)
        for name in sorted(read_by(step) - set(names)):
            yield Fault(f"{place}.inputs", f"steps.{name} is no step of the chain{did_you_mean(name, names)}")
    if around := circle(chain.steps):
        yield Fault(f"{path}.steps", f"wait for each other in a circle: {' reads '.join(reversed(around))}")
        return
    read = {name for step in chain.steps for name in read_by(step)}
    unread = [name for name in names if name not in read]
    # A mistyped step leaves another one unread: the first is what a person mends.
    if len(unread) > 1 and read <= set(names):
        told = " and ".join(unread)
        sentence = "are read by no other step: only one may be, whose answer is the chain's; let it read the others"
        yield Fault(f"{path}.steps", f"{told} {sentence}")


def _template_faults(step: ChainStep, templates: Sequence[Template], place: str) -> Iterator[Fault]:
    template = find_entry(templates, step.template)
    if template is None:
        near = did_you_mean(step.template, pointers(templates))
        yield Fault(f"{place}.template", f"the catalogue has no template {step.template}{near}")
        return
    variables = {variable.name: variable for variable in template.variables or ()}
    for name in step.inputs or {}:
        if name not in variables:
            near = did_you_mean(name, variables)
            yield Fault(f"{place}.inputs.{name}", f"is not among the variables of {pinned(template)}{near}")
        elif variables[name].type != VariableType.STRING:
            kind = variables[name].type
            yield Fault(f"{place}.inputs.{name}", f"has type {kind} in {pinned(template)}: an answer is text (String)")
