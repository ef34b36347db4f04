"""A call of a prompt or a chain: what the path and the body say, checked. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from fmops_api.evaluationplan import Catalog
from fmops_serving.gateway.prompts.shelf import Title
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.prompts.faults import did_you_mean
from fmops_serving.prompts.references import Versioned, find_entry, pointers
from fmops_serving.prompts.steps import Prompt, find_prompt

DEFAULT_LABEL = "production"
"""What is called when neither version nor label is given."""
STEPS = "steps"
_KINDS = {"prompts": "template", "chains": "chain"}
_OURS = frozenset({"model", "version", "label", "variables", "include", "stream", "stream_options"})
_RENDERED = ("messages", "prompt", "input")


class Called(NamedTuple):
    """What a path names."""

    kind: str
    """template or chain."""
    title: Title
    name: str


@dataclass(frozen=True)
class Wish:
    """What a body says."""

    model: str | None
    """Name of the model within the catalogue's namespace; None where every step names its own."""
    pointer: str | None
    """A version or a label."""
    variables: Mapping[str, Any]
    steps: bool
    stream: Mapping[str, Any]
    """`stream` and `stream_options`, for the last step."""
    more: Mapping[str, Any]
    """Everything else: fields of a chat request that go before the template's own."""


def called(path: str) -> Called | None:
    """Read /v1/prompts/NAMESPACE/CATALOG/TEMPLATE or /v1/chains/NAMESPACE/CATALOG/CHAIN; None for other paths."""
    parts = path.split("/")
    if len(parts) != 6 or parts[:2] != ["", "v1"] or parts[2] not in _KINDS or not all(parts[3:]):
        return None
    return Called(_KINDS[parts[2]], Title(parts[3], parts[4]), parts[5])


def read_wish(body: Mapping[str, Any], title: Title) -> Wish:
    """Read a body; raises Refusal naming the field at fault."""
    for name in _RENDERED:
        if body.get(name) is not None:
            raise _invalid(name, "is what the template makes: give variables")
    variables = body.get("variables")
    if not isinstance(variables, dict | None):
        raise _invalid("variables", "must be an object with a value for each variable")
    if not isinstance(body.get("stream"), bool | None):
        raise _invalid("stream", "must be true or false")
    include = body.get("include")
    if include not in (None, [], [STEPS]):
        raise _invalid("include", f'takes ["{STEPS}"] and nothing else')
    if include and body.get("stream"):
        raise _invalid("include", "comes with a whole answer: leave stream out")
    return Wish(
        model=_model(body.get("model"), title),
        pointer=_pointer(body),
        variables=variables or {},
        steps=bool(include),
        stream={name: body[name] for name in ("stream", "stream_options") if body.get(name) is not None},
        more={name: value for name, value in body.items() if name not in _OURS},
    )


def find(called: Called, catalog: Catalog | None, pointer: str | None) -> Prompt:
    """Find what is called; raises Refusal 404 naming what is there."""
    if catalog is None:
        raise Refusal(404, "prompt_not_found", f"there is no catalogue {called.title}")
    entries: Sequence[Versioned] = catalog.templates if called.kind == "template" else catalog.chains
    versions = [entry for entry in entries if entry.name == called.name]
    if not versions:
        near = did_you_mean(called.name, {entry.name for entry in entries})
        raise Refusal(404, "prompt_not_found", f"{called.title} has no {called.kind} {called.name}{near}")
    wanted = f"{called.name}@{pointer or DEFAULT_LABEL}"
    there = ", ".join(pointers(versions)[:20])
    if find_entry(versions, wanted) is None:
        if pointer is None:
            raise _invalid("version", f"say version or label, for {called.name} has no {DEFAULT_LABEL}: {there}")
        raise Refusal(404, "prompt_not_found", f"{called.title} has no {wanted}; it has {there}", param="version")
    template, chain = (wanted, None) if called.kind == "template" else (None, wanted)
    found = find_prompt(catalog, template, chain)
    if found is None:
        raise Refusal(500, "prompt_broken", f"{wanted} names a template that is not there", type="server_error")
    return found


def check_names(prompt: Prompt, variables: Mapping[str, Any]) -> None:
    """Refuse a variable that no template of the prompt declares, or that a step fills with an answer."""
    known = {
        variable.name
        for step in prompt.steps
        for variable in step.template.variables or ()
        if variable.name not in step.inputs
    }
    for name in variables:
        if name not in known:
            near = did_you_mean(name, known) or "; it has none"
            raise _invalid(f"variables.{name}"[:200], f"{prompt.reference} has no such variable{near}")


def _pointer(body: Mapping[str, Any]) -> str | None:
    version, label = body.get("version"), body.get("label")
    if version is not None and label is not None:
        raise _invalid("version", "and label name one thing: leave one of them out")
    if label is not None:
        if not isinstance(label, str) or not label or label.isdigit():
            raise _invalid("label", "must be a label of a version, such as production")
        return label
    if version is None:
        return None
    text = str(version) if type(version) is int else version
    if not isinstance(text, str) or not text.isascii() or not text.isdigit():
        raise _invalid("version", "must be a number, such as 3; a label goes into label")
    return text


def _model(given: Any, title: Title) -> str | None:
    """Name the model with its namespace, which is the catalogue's: a key for one opens the other."""
    if given is None:
        return None
    if not isinstance(given, str) or not given:
        raise _invalid("model", "must be the name of a model")
    namespace, _, name = given.rpartition("/")
    if namespace not in {"", title.namespace}:
        raise Refusal(403, "prompt_not_allowed", f"prompts of {title.namespace} are for its models", param="model")
    return f"{title.namespace}/{name}"


def _invalid(path: str, why: str) -> Refusal:
    return Refusal(400, "invalid_value", f"{path}: {why}", param=path)
