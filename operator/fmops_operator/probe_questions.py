"""The smallest request for each task, and what an answer to it looks like: pure."""

import io
import wave
from collections.abc import Mapping
from typing import Any

import aiohttp

from fmops_api.foundationmodel import Task
from fmops_operator.fetching import Question, Reply, Unanswered

_PING = "ping"
_PATHS = {
    Task.CHAT: "/chat/completions",
    Task.COMPLETION: "/completions",
    Task.EMBEDDING: "/embeddings",
    Task.RERANK: "/rerank",
    Task.TRANSCRIPTION: "/audio/transcriptions",
}
_BODIES: Mapping[Task, Mapping[str, Any]] = {
    Task.CHAT: {"messages": [{"role": "user", "content": _PING}], "max_tokens": 1, "temperature": 0},
    Task.COMPLETION: {"prompt": _PING, "max_tokens": 1, "temperature": 0},
    Task.EMBEDDING: {"input": _PING},
    Task.RERANK: {"query": _PING, "documents": [_PING]},
    Task.CLASSIFICATION: {"input": _PING},
}
_LISTS = {
    Task.CHAT: ("choices", "message"),
    Task.COMPLETION: ("choices", "text"),
    Task.EMBEDDING: ("data", "embedding"),
    Task.RERANK: ("results", "relevance_score"),
    Task.CLASSIFICATION: ("data", "probs"),
}
"""For each task, the list that an answer has, and what its first element has."""


def first_question(url: str, model: str, task: Task, api_key: str | None) -> Question:
    """Make the smallest request that shows the model at work: one token, one embedding, a second of silence."""
    if task == Task.TRANSCRIPTION:
        return Question(url + _PATHS[task], api_key, _silence(model))
    # vLLM keeps /classify outside of /v1, as it is no route of the OpenAI API.
    address = url.removesuffix("/v1") + "/classify" if task == Task.CLASSIFICATION else url + _PATHS[task]
    return Question(address, api_key, {"model": model, **_BODIES[task]})


def is_answer(task: Task, reply: Reply) -> bool:
    """Say whether the answer has what the task gives; raises Unanswered when it is not even JSON."""
    content = reply.json()
    if not isinstance(content, Mapping):
        return False
    if task == Task.TRANSCRIPTION:
        return isinstance(content.get("text"), str)
    if task not in _LISTS:
        raise Unanswered(f"cannot be asked for a {task}")
    name, inside = _LISTS[task]
    items = content.get(name)
    return isinstance(items, list) and bool(items) and isinstance(items[0], Mapping) and inside in items[0]


def _silence(model: str) -> aiohttp.FormData:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(bytes(32000))
    form = aiohttp.FormData()
    form.add_field("model", model)
    form.add_field("file", sound.getvalue(), filename="silence.wav", content_type="audio/wav")
    return form
