"""Steps: what a prompt is made of. A template alone is one step; a chain has several, in the order of asking.

An answer of a step is data: it is put into an input in one pass, and what came of that is a value like any other.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from fmops_api.chain import OUTPUT, Chain, ChainStep
from fmops_api.evaluationplan import Catalog
from fmops_api.template import Template
from fmops_serving.prompts.faults import did_you_mean
from fmops_serving.prompts.references import Versioned, find_entry, pinned, pointers

_OUTPUT = re.compile(OUTPUT)


class Step(NamedTuple):
    """One template to ask; the name is empty when it is asked alone, `model` None when the candidate answers."""

    name: str
    template: Template
    inputs: Mapping[str, str]
    model: str | None


class Prompt(NamedTuple):
    """What an evaluation asks of every example: a template alone, or a chain."""

    entry: Template | Chain
    steps: tuple[Step, ...]

    @property
    def reference(self) -> str:
        """Give the reference that can never point elsewhere: name@version."""
        return pinned(self.entry)

    @property
    def models(self) -> list[str]:
        """Name the models that steps ask instead of the candidate."""
        return sorted({step.model for step in self.steps if step.model})

    @property
    def asks_candidate(self) -> bool:
        """Say whether any step is answered by the candidate."""
        return any(step.model is None for step in self.steps)

    @property
    def templates(self) -> list[Template]:
        """Give the template of each step."""
        return [step.template for step in self.steps]


NOBODY = "every step names a model of its own, so that no candidate is asked: leave model out of one"


def not_found(catalog: Catalog, template: str | None, chain: str | None) -> str:
    """Say that there is no such entry, and which ones there are; for where `find_prompt` finds nothing."""
    entries: Sequence[Versioned] = catalog.templates if chain is None else catalog.chains
    wanted = chain or template or ""
    name = wanted.partition("@")[0]
    there = pointers(entry for entry in entries if entry.name == name)
    near = f"; it has {', '.join(there[:10])}" if there else did_you_mean(name, {entry.name for entry in entries})
    return f"has no {'template' if chain is None else 'chain'} {wanted}{near}"


def find_prompt(catalog: Catalog, template: str | None, chain: str | None) -> Prompt | None:
    """Find what one of two references names; None when it, or a template that it needs, is not there."""
    if chain is None:
        alone = find_entry(catalog.templates, template or "")
        return Prompt(alone, (Step("", alone, {}, None),)) if alone else None
    found = find_entry(catalog.chains, chain)
    steps = [_resolved(step, catalog.templates) for step in in_order(found.steps)] if found else []
    known = tuple(step for step in steps if step)
    return Prompt(found, known) if found and len(known) == len(steps) else None


def in_order(steps: Sequence[ChainStep]) -> list[ChainStep]:
    """Order steps so that each comes after those it reads, and else by name; raises CycleError."""
    by_name = {step.name: step for step in steps}
    sorter = TopologicalSorter({name: sorted(read_by(step) & by_name.keys()) for name, step in by_name.items()})
    sorter.prepare()
    ordered: list[ChainStep] = []
    while sorter.is_active():
        for name in sorted(sorter.get_ready()):
            ordered.append(by_name[name])
            sorter.done(name)
    return ordered


def circle(steps: Sequence[ChainStep]) -> list[str]:
    """Name the steps of a circle, the first one again at the end; nothing when there is none."""
    try:
        in_order(steps)
    except CycleError as error:
        return list(error.args[1])
    return []


def read_by(step: ChainStep) -> set[str]:
    """Name the steps whose answers a step reads."""
    return {name for text in (step.inputs or {}).values() for name in _OUTPUT.findall(text)}


def placed(text: str, outputs: Mapping[str, str]) -> str:
    """Put answers into an input, in one pass: whatever stands in an answer is never read again."""
    parts = _OUTPUT.split(text)
    return "".join(outputs[part] if index % 2 else part for index, part in enumerate(parts))


def named_models(bundle: bytes, reference: str) -> list[str]:
    """Name the models that the steps of a chain in a bundle ask, without reading all of the bundle."""
    try:
        chains: Iterable[Chain] = [Chain.model_validate(each) for each in json.loads(bundle).get("chains", ())]
    except (ValueError, AttributeError, RecursionError):
        return []  # whoever reads the whole bundle says what is wrong with it
    found = find_entry(chains, reference)
    return sorted({step.model.name for step in found.steps if step.model}) if found else []


def _resolved(step: ChainStep, templates: Sequence[Template]) -> Step | None:
    template = find_entry(templates, step.template)
    return Step(step.name, template, step.inputs or {}, step.model.name if step.model else None) if template else None
