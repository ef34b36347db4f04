"""What users send: every text of a request, whatever field it hides in.

Nothing is known as harmless but what is listed: a field that an engine learns tomorrow is looked at today. Parts of one
message are also looked at as the engine joins them, and files of text as they read. Numbers of tokens cannot be read.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from fmops_serving.guard.openai.places import Path, Text, texts_of

_NO_TEXT = frozenset({
    "model", "user", "safety_identifier", "prompt_cache_key", "stream", "stream_options", "temperature", "top_p",
    "n", "seed", "max_tokens", "max_completion_tokens", "max_output_tokens", "presence_penalty", "frequency_penalty",
    "logit_bias", "logprobs", "top_logprobs", "parallel_tool_calls", "tool_choice", "store", "metadata",
    "reasoning_effort", "service_tier", "modalities", "truncation", "include", "background", "previous_response_id",
    "dimensions", "size", "quality",
})  # fmt: skip
"""Fields at the top that say how to answer and are not read by the model."""
_TOKENS = ("prompt", "input")
_BINARY = ("data:image/", "data:audio/", "data:video/", "data:application/pdf")


class Unreadable(Exception):  # noqa: N818 - the request's, for whoever must read it
    """A part of a request that holds text which cannot be read; the message names the field."""


def texts_of_request(parsed: Mapping[str, Any]) -> list[Text]:
    """Give every text that a request brings. Raises Unreadable for tokens and embeddings in place of text."""
    _refuse_tokens(parsed)
    found: list[Text] = []
    for name, value in parsed.items():
        if name not in _NO_TEXT:
            found += _readable(texts_of(value, (name,)))
    return [*found, *_joined(parsed)]


def _refuse_tokens(parsed: Mapping[str, Any]) -> None:
    for name in _TOKENS:
        if _has_numbers(parsed.get(name)):
            raise Unreadable(f"{name} holds numbers of tokens, which no guard rail can read: send text")
    if parsed.get("prompt_embeds") is not None:
        raise Unreadable("prompt_embeds holds embeddings, which no guard rail can read: send text in prompt")


def _has_numbers(value: Any) -> bool:
    return isinstance(value, list) and any(
        (isinstance(each, int) and not isinstance(each, bool)) or _has_numbers(each) for each in value
    )


def _readable(texts: Iterator[Text]) -> Iterator[Text]:
    """Decode files of text; leave out pictures and sounds, which these detectors cannot judge."""
    for each in texts:
        if not each.text.startswith("data:"):
            if not _is_binary(each):
                yield each
        elif not each.text.startswith(_BINARY):
            yield Text(_decoded(each.text, each.path), None)


def _is_binary(each: Text) -> bool:
    """Tell bare base64 of audio and images by its field and its form."""
    field = each.path[-1] if each.path else ""
    return field in {"data", "b64_json"} and len(each.text) > 256 and " " not in each.text[:256]


def _decoded(uri: str, path: Path | None) -> str:
    head, _, content = uri.partition(",")
    try:
        raw = base64.b64decode(content, validate=True) if head.endswith(";base64") else unquote_to_bytes(content)
    except (binascii.Error, ValueError):
        where = ".".join(str(part) for part in path or ())
        raise Unreadable(f"{where} is a file that cannot be decoded") from None
    return raw.decode("utf-8", "replace")


def _joined(parsed: Mapping[str, Any]) -> Iterator[Text]:
    """Give the parts of a message as one text: what is split over two of them is one to the model."""
    for name in ("messages", "input"):
        messages = parsed.get(name)
        for message in messages if isinstance(messages, list) else ():
            content = message.get("content") if isinstance(message, Mapping) else None
            parts = [part["text"] for part in content if _is_text(part)] if isinstance(content, list) else []
            if len(parts) > 1:
                yield Text("".join(parts), None)


def _is_text(part: Any) -> bool:
    return isinstance(part, Mapping) and isinstance(part.get("text"), str)
