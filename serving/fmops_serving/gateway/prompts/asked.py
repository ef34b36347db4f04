"""What a step asks: a template with its values, as the body of a request. Pure."""

from collections.abc import Mapping
from typing import Any

from fmops_api.foundationmodel import Task
from fmops_api.route import Route
from fmops_api.template import Generation, Template
from fmops_serving.gateway.kind import Kind
from fmops_serving.gateway.prompts.shelf import Shelf
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.prompts.errors import PromptError
from fmops_serving.prompts.generation import sampling
from fmops_serving.prompts.references import pinned
from fmops_serving.prompts.schema import response_format
from fmops_serving.prompts.values import admitted

Json = dict[str, Any]
_FORMAT = "response_format"


def kind_of(route: Route) -> Kind:
    """Say how a model is asked: by chat, or by one text where it does no more. Raises Refusal."""
    if route.task is Task.COMPLETION:
        return Kind.COMPLETIONS
    if route.task is not Task.CHAT:
        told = f"{route.namespace}/{route.name} does {route.task}: prompts are for Chat and Completion"
        raise Refusal(400, "unsupported_task", told, param="model")
    return Kind.CHAT


def messages(template: Template, route: Route, values: Mapping[str, Any], shelf: Shelf) -> list[dict[str, str]]:
    """Render a template for a model. Raises Refusal naming the variable at fault."""
    try:
        return shelf.renderer(template, route.family)(values)
    except PromptError as error:
        raise Refusal(400, "invalid_variable", str(error), param=_at_fault(template, values)) from None


def body(template: Template, route: Route, values: Mapping[str, Any], more: Mapping[str, Any], shelf: Shelf) -> Json:
    """Write the request of one step; what the client says of sampling goes before what the template says."""
    shape = response_format(template)
    if shape is not None and more.get(_FORMAT) is not None:
        told = f"{_FORMAT}: {pinned(template)} has an output schema, which every answer follows: leave it out"
        raise Refusal(400, "invalid_value", told, param=_FORMAT)
    wish: Json = {"model": f"{route.namespace}/{route.name}", **_drawn(template, more)}
    if shape is not None:
        wish[_FORMAT] = shape
    said = messages(template, route, values, shelf)
    if kind_of(route) is Kind.COMPLETIONS:
        return {**wish, "prompt": "\n\n".join(message["content"] for message in said)}
    return {**wish, "messages": said}


def _drawn(template: Template, more: Mapping[str, Any]) -> Json:
    """Join both wishes; max_completion_tokens is another name of max_tokens, and both would be refused."""
    own = sampling(template.generation or Generation())
    if more.get("max_completion_tokens") is not None:
        own.pop("max_tokens", None)
    return {**own, **more}


def _at_fault(template: Template, values: Mapping[str, Any]) -> str | None:
    """Give the path of the first variable whose value is refused."""
    for variable in template.variables or ():
        try:
            admitted([variable], values)
        except PromptError:
            return f"variables.{variable.name}"
    return None
