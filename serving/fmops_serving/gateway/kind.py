"""What a request asks for, told by its path. A path that is not here is answered 404 and reaches no engine."""

from collections.abc import Set
from enum import StrEnum

from fmops_api.foundationmodel import Task


class Kind(StrEnum):
    """What a request asks for; the value is its name in metrics, OpenTelemetry's where it has one."""

    CHAT = "chat"
    COMPLETIONS = "text_completion"
    RESPONSES = "responses"
    EMBEDDINGS = "embeddings"
    RERANK = "rerank"
    SCORE = "score"
    TRANSCRIPTIONS = "transcription"
    IMAGES = "image_generation"

    @property
    def suffix(self) -> str:
        """Give the path below an API's root, which ends with /v1."""
        return SUFFIXES[self]


SUFFIXES = {
    Kind.CHAT: "/chat/completions",
    Kind.COMPLETIONS: "/completions",
    Kind.RESPONSES: "/responses",
    Kind.EMBEDDINGS: "/embeddings",
    Kind.RERANK: "/rerank",
    Kind.SCORE: "/score",
    Kind.TRANSCRIPTIONS: "/audio/transcriptions",
    Kind.IMAGES: "/images/generations",
}
"""The path of each kind below an API's root, which ends with /v1."""
KINDS = {f"/v1{suffix}": kind for kind, suffix in SUFFIXES.items()}
"""The kind of each path."""

_TASKS = {
    Task.CHAT: {Kind.CHAT, Kind.COMPLETIONS, Kind.RESPONSES},
    Task.COMPLETION: {Kind.COMPLETIONS},
    Task.EMBEDDING: {Kind.EMBEDDINGS, Kind.SCORE},
    Task.RERANK: {Kind.RERANK, Kind.SCORE},
    Task.CLASSIFICATION: {Kind.SCORE},
    Task.TRANSCRIPTION: {Kind.TRANSCRIPTIONS},
    Task.IMAGE: {Kind.IMAGES},
    Task.SPEECH: set[Kind](),
}


def kinds_of(task: Task) -> Set[Kind]:
    """Give the kinds of requests that a model of this task answers."""
    return _TASKS[task]
