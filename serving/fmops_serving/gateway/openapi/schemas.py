"""The schemas of the OpenAPI document."""

from typing import Any

Json = dict[str, Any]


def schema(name: str) -> Json:
    """Refer to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def _fields(about: str, required: tuple[str, ...], **properties: Json) -> Json:
    return {"type": "object", "description": about, "required": list(required), "properties": properties}


def _listed(items: Json, **more: Any) -> Json:
    return {"type": "array", "items": items, **more}


_TEXT: Json = {"type": "string"}
_MODEL: Json = {
    "type": "string",
    "minLength": 1,
    "description": "namespace/name, or the name alone.",
}
_STREAM: Json = {"type": "boolean", "description": "Whether the answer comes as server-sent events."}
_TEXTS: Json = {"anyOf": [_TEXT, _listed(_TEXT)]}
_USAGE: Json = {"type": ["object", "null"]}
_MESSAGE = _fields(
    "A message.",
    ("role",),
    role={"type": "string"},
    content={"description": "Text, or parts.", "anyOf": [_TEXT, _listed({"type": "object"}), {"type": "null"}]},
)
_STEP = _fields(
    "What a step of a chain gave.",
    ("name", "model", "output"),
    name=_TEXT,
    model=_TEXT,
    output=_TEXT,
    finish_reason={"type": ["string", "null"]},
    usage=_USAGE,
)
_ERROR = _fields(
    "Why there is no answer.",
    ("message", "type", "param", "code"),
    message=_TEXT,
    type=_TEXT,
    param={"type": ["string", "null"], "description": "Path of the field at fault."},
    code={"type": ["string", "null", "integer"], "description": "A word for programs."},
)

SCHEMAS: Json = {
    "Name": {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", "minLength": 1, "maxLength": 253},
    "Message": _MESSAGE,
    "ChatRequest": _fields(
        "A conversation.", ("model", "messages"), model=_MODEL, messages=_listed(schema("Message"), minItems=1),
        stream=_STREAM,
    ),
    "CompletionRequest": _fields("A text.", ("model", "prompt"), model=_MODEL, prompt=_TEXTS, stream=_STREAM),
    "ResponseRequest": _fields(
        "A request of the Responses API.", ("model",), model=_MODEL,
        input={"anyOf": [_TEXT, _listed({"type": "object"})]}, prompt=schema("Prompt"), stream=_STREAM,
    ),
    "Prompt": _fields(
        "A prompt of a catalogue, or a provider's own.", ("id",),
        id={"type": "string", "description": "NAMESPACE/CATALOG/TEMPLATE; other forms pass on."},
        version={"type": ["string", "null"]}, variables={"type": ["object", "null"]},
    ),
    "EmbeddingRequest": _fields("Texts.", ("model", "input"), model=_MODEL, input=_TEXTS),
    "RerankRequest": _fields(
        "A query and documents.", ("model", "query", "documents"), model=_MODEL, query=_TEXT,
        documents=_listed({"anyOf": [_TEXT, {"type": "object"}]}, minItems=1),
    ),
    "ScoreRequest": _fields("Pairs of texts.", ("model",), model=_MODEL),
    "ImageRequest": _fields("What to draw.", ("model", "prompt"), model=_MODEL, prompt=_TEXT),
    "TranscriptionRequest": _fields(
        "A sound.", ("model", "file"), model=_MODEL,
        file={"type": "string", "contentMediaType": "application/octet-stream"},
    ),
    "PromptCall": _fields(
        "A call of a prompt or a chain; fields of a chat request may stand beside.", (),
        model={**_MODEL, "description": "A model of the namespace; left out where every step names its own."},
        version={"description": "A version; the label production when both are left out.",
                 "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^[0-9]+$"}]},
        label={"type": "string", "description": "A label of a version."},
        variables={"type": "object", "description": "A value for each variable."},
        include=_listed({"const": "steps"}, maxItems=1, description="Adds each step's result to a whole answer."),
        stream=_STREAM,
    ),
    "Called": _fields("A chat completion.", (), choices=_listed({"type": "object"}), usage=_USAGE,
                      steps=_listed(schema("Step"))),
    "Step": _STEP,
    "Models": _fields(
        "The models.", ("object", "data"), object={"const": "list"},
        data=_listed(_fields("A model.", ("id", "object"), id=_TEXT, object={"const": "model"})),
    ),
    "Error": _ERROR,
    "Refused": _fields("A refusal.", ("error",), error=schema("Error")),
}  # fmt: skip
