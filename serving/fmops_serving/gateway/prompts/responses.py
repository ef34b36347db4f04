"""OpenAI's `prompt` on /v1/responses: {"id": "NAMESPACE/CATALOG/TEMPLATE", "version": "3", "variables": {...}}.

The rendered messages come before the request's own `input`. An id of another form is the provider's and passes on.
"""

from collections.abc import Mapping
from typing import Any

from fmops_api.route import Route
from fmops_api.template import Generation, Template
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.naming import written as write_body
from fmops_serving.gateway.prompts import asked
from fmops_serving.gateway.prompts.call import Called, check_names, find, read_wish
from fmops_serving.gateway.prompts.shelf import Shelf, Title
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.prompts.generation import sampling
from fmops_serving.prompts.references import pinned
from fmops_serving.prompts.schema import response_format

Json = dict[str, Any]
_NAMES = {"temperature": "temperature", "top_p": "top_p", "max_tokens": "max_output_tokens"}
"""Fields of chat requests, as the Responses API calls them."""


def place_prompt(exchange: Exchange, route: Route, shelf: Shelf) -> None:
    """Write the prompt of a request into it. Raises Refusal naming the field at fault."""
    parsed = exchange.parsed or {}
    prompt = parsed.get("prompt")
    if not isinstance(prompt, dict) or not isinstance(prompt.get("id"), str) or prompt["id"].count("/") != 2:
        return
    *title, name = prompt["id"].split("/")
    called = Called("template", Title(*title), name)
    if called.title.namespace != route.namespace:
        told = f"prompt.id: prompts of {called.title.namespace} are for its models"
        raise Refusal(403, "prompt_not_allowed", told, param="prompt.id")
    try:
        written = _written(called, prompt, route, shelf)
    except Refusal as refusal:
        raise _inside(refusal) from None
    rest = {field: value for field, value in parsed.items() if field != "prompt"}
    joined = _joined(written, rest)
    exchange.parsed, exchange.body = joined, write_body(joined)


def _written(called: Called, prompt: Json, route: Route, shelf: Shelf) -> Json:
    variables = {each: _value(each, given) for each, given in (prompt.get("variables") or {}).items()}
    for field in prompt.keys() - {"id", "version", "variables"}:
        raise Refusal(400, "invalid_value", f"{field}: a prompt has id, version and variables", param=field)
    wish = read_wish({"version": prompt.get("version"), "variables": variables}, called.title)
    found = find(called, shelf.find(called.title), wish.pointer)
    check_names(found, variables)
    template = found.steps[0].template
    return {"input": asked.messages(template, route, variables, shelf), **_drawn(template), **_shape(template)}


def _joined(written: Json, rest: Json) -> Json:
    own = rest.get("input")
    more = [{"role": "user", "content": own}] if isinstance(own, str) else own or []
    if "text" in written and (rest.get("text") or {}).get("format") is not None:
        raise Refusal(400, "invalid_value", "text.format: the prompt has an output schema", param="text.format")
    text = {"text": {**(rest.get("text") or {}), **written["text"]}} if "text" in written else {}
    return {**written, **rest, **text, "input": [*written["input"], *more]}


def _value(name: str, given: Any) -> Any:
    """Give a variable's value; the Responses API may wrap a text."""
    if not isinstance(given, dict):
        return given
    if given.get("type") != "input_text" or not isinstance(given.get("text"), str):
        told = f"variables.{name}: takes a plain value or input_text, and no picture or file"
        raise Refusal(400, "invalid_variable", told, param=f"variables.{name}")
    return given["text"]


def _drawn(template: Template) -> Json:
    wanted: Mapping[str, Any] = sampling(template.generation or Generation())
    for name in wanted.keys() - _NAMES.keys():
        told = f"{pinned(template)} wishes {name}, which /v1/responses has no word for: call it at /v1/prompts"
        raise Refusal(400, "unsupported_parameter", told)
    return {_NAMES[name]: value for name, value in wanted.items()}


def _shape(template: Template) -> Json:
    shape = response_format(template)
    return {} if shape is None else {"text": {"format": {"type": "json_schema", **shape["json_schema"]}}}


def _inside(refusal: Refusal) -> Refusal:
    """Say where in the request it was."""
    path = f"prompt.{refusal.param}" if refusal.param else "prompt"
    return Refusal(refusal.status, refusal.code, refusal.message, type=refusal.type, param=path)
