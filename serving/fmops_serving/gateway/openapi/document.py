"""The OpenAPI 3.1 document: every path that is answered, what it must be asked with, and how refusals look.

Only what the gateway itself demands is described: other fields are the model's and pass as they came.
https://spec.openapis.org/oas/v3.1.0
"""

import json
from functools import cache
from typing import Any

from fmops_serving.gateway.kind import Kind
from fmops_serving.gateway.openapi.schemas import SCHEMAS, schema

Json = dict[str, Any]
_DESCRIPTION = (
    "The OpenAI API for every model that a key opens. Fields that are not described here pass to the model as they"
    " came, or are refused by name where its provider has no word for them."
)
_REFUSALS = {
    "400": "The request is not as it must be, or a guard rail blocked it (code content_filter).",
    "401": "No key, or one that is not known.",
    "403": "The key is not for this model.",
    "404": "There is no such model, prompt or path.",
    "408": "The request did not come in time.",
    "411": "The request does not say how long it is.",
    "413": "The body is too large.",
    "414": "The path is too long.",
    "415": "The body is of a type that is not read.",
    "422": "The model cannot take the request.",
    "429": "The key's limit is reached, or the model is full; Retry-After says when to come again.",
    "431": "The headers are too large.",
    "500": "The model or the gateway failed.",
    "502": "The model did not answer.",
    "503": "The model is not there yet, or a guard rail that must look cannot.",
    "504": "The model did not answer in time.",
}
_SUMMARIES = {
    Kind.CHAT: "Answer a conversation",
    Kind.COMPLETIONS: "Go on with a text",
    Kind.RESPONSES: "Answer by the Responses API; `prompt` calls a prompt of a catalogue",
    Kind.EMBEDDINGS: "Turn texts into vectors",
    Kind.RERANK: "Order documents by how well they fit a query",
    Kind.SCORE: "Score pairs of texts",
    Kind.TRANSCRIPTIONS: "Write down what is said",
    Kind.IMAGES: "Draw an image",
}
_STREAMED = frozenset({Kind.CHAT, Kind.COMPLETIONS, Kind.RESPONSES})
_EVENTS = "text/event-stream"
_PROMPT = ("namespace", "catalog", "name")


def document() -> Json:
    """Give the document."""
    paths: Json = {f"/v1{kind.suffix}": {"post": _operation(kind)} for kind in Kind}
    paths["/v1/prompts/{namespace}/{catalog}/{name}"] = {"post": _prompt("prompt", "Call a prompt of a catalogue")}
    paths["/v1/chains/{namespace}/{catalog}/{name}"] = {"post": _prompt("chain", "Call a chain of a catalogue")}
    listing = _json(schema("Models"), "The models.")
    paths["/v1/models"] = {"get": _described("models", "List the models that the key opens", listing)}
    for path, about in (("/healthz", "Say that it runs"), ("/readyz", "Say whether its routes were read")):
        plain = {"description": "ok", "content": {"text/plain": {"schema": {"type": "string"}}}}
        waiting = {"503": {**plain, "description": "Not yet."}} if path == "/readyz" else {}
        operation = {"operationId": path[1:], "summary": about, "security": [], "responses": {"200": plain, **waiting}}
        paths[path] = {"get": operation}
    return {
        "openapi": "3.1.0",
        "info": {"title": "fmops gateway", "version": "v1", "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "security": [{"key": []}, {}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "A key; models of mode Public need none."}
            },
            "schemas": SCHEMAS,
        },
    }


@cache
def text() -> str:
    """Give the document as it is published."""
    return json.dumps(document(), indent=2) + "\n"


def _operation(kind: Kind) -> Json:
    if kind is Kind.TRANSCRIPTIONS:
        content: Json = {"multipart/form-data": {"schema": schema("TranscriptionRequest")}}
        kinds: Json = {name: {} for name in ("application/json", "text/plain")}
        answer: Json = {"description": "The text.", "content": kinds}
    else:
        content = {"application/json": {"schema": schema(_request(kind))}}
        answer = _json({"type": "object"}, "The answer, as the model gave it.")
    if kind in _STREAMED:
        answer["content"][_EVENTS] = {}
    described = _described(kind.value, _SUMMARIES[kind], answer)
    return {**described, "requestBody": {"required": True, "content": content}}


def _request(kind: Kind) -> str:
    return {
        Kind.CHAT: "ChatRequest",
        Kind.COMPLETIONS: "CompletionRequest",
        Kind.RESPONSES: "ResponseRequest",
        Kind.EMBEDDINGS: "EmbeddingRequest",
        Kind.RERANK: "RerankRequest",
        Kind.SCORE: "ScoreRequest",
        Kind.IMAGES: "ImageRequest",
    }[kind]


def _prompt(what: str, about: str) -> Json:
    answer = _json(schema("Called"), "A chat completion, with `steps` on request.")
    answer["content"][_EVENTS] = {}
    parameters = [{"name": each, "in": "path", "required": True, "schema": schema("Name")} for each in _PROMPT]
    content = {"application/json": {"schema": schema("PromptCall")}}
    described = _described(what, about, answer)
    return {**described, "parameters": parameters, "requestBody": {"required": True, "content": content}}


def _described(name: str, about: str, answer: Json) -> Json:
    refusals = {status: _json(schema("Refused"), told) for status, told in _REFUSALS.items()}
    return {"operationId": name, "summary": about, "responses": {"200": answer, **refusals}}


def _json(content: Json, about: str) -> Json:
    return {"description": about, "content": {"application/json": {"schema": content}}}
