"""A catalogue to call prompts and chains of."""

from typing import Any

from fmops_serving.gateway.prompts.files import bundle_of
from fmops_serving.gateway.prompts.shelf import Shelf

SCHEMA = {
    "type": "object",
    "properties": {"topic": {"type": "string"}},
    "required": ["topic"],
    "additionalProperties": False,
}


def template(name: str, content: str, version: int = 1, **more: Any) -> dict[str, Any]:
    return {"name": name, "version": version, "messages": [{"role": "User", "content": content}], **more}


DOCUMENT = [{"name": "document"}]
SUMMARISE = template(
    "summarise",
    "Summarise: {{ document }}",
    version=3,
    labels=["production"],
    variables=[{"name": "document", "maxLength": 40}, {"name": "words", "type": "Integer", "required": False}],
    generation={"temperature": "0", "maxTokens": 64, "stop": ["END"], "seed": 7},
    variants=[{"selector": {"family": "llama"}, "messages": [{"role": "User", "content": "Llama, {{ document }}"}]}],
)
OLD = template("summarise", "Shorten: {{ document }}", version=2, labels=["before"], variables=DOCUMENT)
TOPIC = template(
    "topic", "Topic of: {{ document }}", labels=["production"], variables=DOCUMENT, outputSchema=SCHEMA,
    generation={"temperature": "0.5", "maxTokens": 8},
)  # fmt: skip
REPLY = template("reply", "Reply on {{ topic }} to: {{ document }}", variables=[{"name": "topic"}, *DOCUMENT])
STEPS = [
    {"name": "find", "template": "topic@1", "model": {"name": "other"}},
    {"name": "write", "template": "reply@1", "inputs": {"topic": "{{ steps.find.output }}"}},
]
TICKET = {"name": "ticket", "version": 1, "labels": ["production"], "steps": STEPS}
MANIFEST: dict[str, Any] = {
    "apiVersion": "fmops.dev/v1alpha1",
    "kind": "PromptCatalog",
    "metadata": {"name": "desk", "namespace": "support"},
    "spec": {"templates": [SUMMARISE, OLD, TOPIC, REPLY], "chains": [TICKET]},
}


def shelf(manifest: dict[str, Any] | None = None) -> Shelf:
    """Put a catalogue on a shelf."""
    made = Shelf()
    made.replace([bundle_of(manifest or MANIFEST)])
    return made
