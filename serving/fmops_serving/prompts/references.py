"""References to templates: name@version or name@label."""

from collections.abc import Iterable

from fmops_api.promptcatalog import Template


def find_template(templates: Iterable[Template], reference: str) -> Template | None:
    """Find the template that `summarise@3` or `summarise@production` names; digits are always a version."""
    name, _, pointer = reference.partition("@")
    for template in templates:
        if template.name == name and _points_at(template, pointer):
            return template
    return None


def _points_at(template: Template, pointer: str) -> bool:
    if pointer.isascii() and pointer.isdigit():
        return str(template.version) == pointer
    return pointer in (template.labels or ())


def pinned(template: Template) -> str:
    """Give the reference that can never point elsewhere: name@version."""
    return f"{template.name}@{template.version}"
