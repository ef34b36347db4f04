"""Variants: other messages for models of a family."""

from collections.abc import Iterable, Iterator

from fmops_api.evaluationplan import Candidate
from fmops_api.template import Template


def fitted(template: Template, family: str | None) -> Template:
    """Give the template as models of this family are asked it, with no variants left to choose from."""
    variants = template.variants or []
    messages = next((v.messages for v in variants if v.selector.family == family), template.messages)
    return template.model_copy(update={"messages": messages, "variants": None})


def forms(template: Template) -> Iterator[Template]:
    """Give every form that the template can be asked in: its own, then each variant."""
    yield fitted(template, None)
    for variant in template.variants or ():
        yield fitted(template, variant.selector.family)


def with_picked_family(candidate: Candidate, templates: Iterable[Template]) -> Candidate:
    """Keep the family only where it picks a variant: elsewhere it changes no prompt and must make no new hash."""
    known = {variant.selector.family for template in templates for variant in template.variants or ()}
    return candidate if candidate.family in known else candidate.model_copy(update={"family": None})
