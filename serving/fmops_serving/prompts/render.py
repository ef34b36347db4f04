"""Rendering: a template and values become the messages of a chat request."""

from collections.abc import Mapping
from typing import Any

from jinja2 import TemplateError

from fmops_api.promptcatalog import Message, Template
from fmops_serving.prompts.dialect import RENDERED_LIMIT
from fmops_serving.prompts.errors import PromptError, RenderError, TooLargeError
from fmops_serving.prompts.references import pinned
from fmops_serving.prompts.syntax import Types, check_syntax
from fmops_serving.prompts.values import admitted


def render(template: Template, values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Place the values; gives [{"role": "user", "content": ...}] with the roles of the OpenAI API.

    Values of no declared variable are left out. Raises RenderError naming the template and what is at fault.
    """
    try:
        placed = admitted(template.variables or [], values)
    except PromptError as error:
        raise RenderError(f"{pinned(template)}: {error}") from None
    return [
        {"role": message.role.value.lower(), "content": _content(template, index, placed)}
        for index, message in enumerate(template.messages)
    ]


def declared(template: Template) -> Types:
    """Give the declared variables with their types, in a form that can be remembered."""
    return tuple((variable.name, variable.type) for variable in template.variables or ())


def _content(template: Template, index: int, placed: dict[str, Any]) -> str:
    try:
        return _placed(template.messages[index], declared(template), placed)
    except (PromptError, TemplateError, TypeError, ValueError) as error:
        raise RenderError(f"{pinned(template)}: messages[{index}]: {error}") from None


def _placed(message: Message, types: Types, placed: dict[str, Any]) -> str:
    syntax = check_syntax(message.content, types)
    if syntax.program is None:
        raise PromptError(syntax.faults[0])
    pieces: list[str] = []
    size = 0
    for piece in syntax.program.generate(placed):
        size += len(piece)
        if size > RENDERED_LIMIT:
            raise TooLargeError(RENDERED_LIMIT)
        pieces.append(piece)
    return "".join(pieces)
