"""Rendering: a template and values become the messages of a chat request."""

from collections.abc import Iterable, Mapping
from typing import Any

from jinja2 import TemplateError

from fmops_api.promptcatalog import Template
from fmops_serving.prompts.dialect import RENDERED_LIMIT, as_text
from fmops_serving.prompts.errors import PromptError, RenderError, TooLargeError
from fmops_serving.prompts.references import pinned
from fmops_serving.prompts.syntax import Syntax, Text, Types, check_syntax
from fmops_serving.prompts.values import admitted


def render(template: Template, values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Place the values; gives [{"role": "user", "content": ...}] with the roles of the OpenAI API.

    Values of no declared variable are left out. Raises RenderError naming the template and what is at fault.
    """
    return Renderer(template)(values)


class Renderer:
    """A template that is read once, to be rendered often."""

    def __init__(self, template: Template) -> None:
        types = declared(template)
        self._template = template
        self._variables = template.variables or []
        self._messages = [
            (message.role.value.lower(), check_syntax(message.content, types)) for message in template.messages
        ]

    def __call__(self, values: Mapping[str, Any]) -> list[dict[str, str]]:
        """Place the values, as `render` does."""
        try:
            placed = admitted(self._variables, values)
        except PromptError as error:
            raise RenderError(f"{pinned(self._template)}: {error}") from None
        return [
            {"role": role, "content": self._content(index, syntax, placed)}
            for index, (role, syntax) in enumerate(self._messages)
        ]

    def _content(self, index: int, syntax: Syntax, placed: dict[str, Any]) -> str:
        try:
            return _placed(syntax, placed)
        except (PromptError, TemplateError, TypeError, ValueError) as error:
            raise RenderError(f"{pinned(self._template)}: messages[{index}]: {error}") from None


def declared(template: Template) -> Types:
    """Give the declared variables with their types, in a form that can be remembered."""
    return tuple((variable.name, variable.type) for variable in template.variables or ())


def _placed(syntax: Syntax, placed: dict[str, Any]) -> str:
    if syntax.program is None:
        raise PromptError(syntax.faults[0])
    if syntax.pieces is not None:
        return _joined(syntax.pieces, placed)
    pieces: list[str] = []
    size = 0
    for piece in syntax.program.generate(placed):
        size += len(piece)
        if size > RENDERED_LIMIT:
            raise TooLargeError(RENDERED_LIMIT)
        pieces.append(piece)
    return "".join(pieces)


def _joined(pieces: Iterable[Text | str], placed: Mapping[str, Any]) -> str:
    texts = [each if type(each) is Text else as_text(placed[each]) for each in pieces]
    if sum(map(len, texts)) > RENDERED_LIMIT:
        raise TooLargeError(RENDERED_LIMIT)
    return "".join(texts)
