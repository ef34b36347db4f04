"""What users send: every text of a request, whatever field it hides in.

Nothing is known as harmless but what is listed: a field that an engine learns tomorrow is looked at today. Files of
text are looked at as they read, and names of fields that are not the API's, which may reach a prompt within a schema.
Numbers of tokens, files of other kinds and references to files cannot be read.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes

from fmops_serving.guard.openai.names import KNOWN
from fmops_serving.guard.openai.places import LONGEST_WORD, Path, Text, texts_of

NO_TEXT = frozenset({
    "model", "user", "safety_identifier", "prompt_cache_key", "stream", "stream_options", "temperature", "top_p",
    "n", "seed", "max_tokens", "max_completion_tokens", "max_output_tokens", "presence_penalty", "frequency_penalty",
    "logit_bias", "logprobs", "top_logprobs", "parallel_tool_calls", "tool_choice", "store", "metadata",
    "reasoning_effort", "service_tier", "modalities", "truncation", "include", "background", "previous_response_id",
    "dimensions", "size", "quality",
})  # fmt: skip
"""Fields at the top that say how to answer and are not read by the model."""
_PLAIN = {"role", "content"}
TOKENS = frozenset({"prompt", "input", "query", "queries", "documents", "text_1", "text_2"})
"""Fields that some engines take as numbers of tokens."""
_MEDIA = ("image/", "audio/", "video/")
_HOLDS_MEDIA = frozenset({"input_audio", "audio", "input_image", "image", "video", "source"})
_OPAQUE = frozenset({"b64_json", "encrypted_content", "signature"})
_BASE64 = re.compile(r"[A-Za-z0-9+/_=\r\n-]*")
_DEEPEST_WHOLE = len(("messages", 0, "content"))
_SCHEME = 5
_REFERENCES = ("file_id", "file_url")
MARKED = _OPAQUE.union(_REFERENCES, ("file_data", "data"))
"""Fields whose texts are read in a way of their own."""


class Unreadable(Exception):  # noqa: N818 - the request's, for whoever must read it
    """A part of a request that holds text which cannot be read; the message names the field."""


def texts_of_request(parsed: Mapping[str, Any]) -> list[Text]:
    """Give every text that a request brings. Raises Unreadable for what hides text from whoever reads it."""
    _refuse_tokens(parsed)
    found: list[Text] = []
    names: set[str] = set()
    for name, value in parsed.items():
        if name in NO_TEXT:
            continue
        if name == "messages" and (plain := _of_plain_messages(value)) is not None:
            found += plain
            continue
        names.add(name)
        for each in texts_of(value, (name,), names):
            if _is_plain(each):
                found.append(each)
            else:
                found += _readable(each)
    if unknown := names - KNOWN:  # `-=` would go through all that are known
        found.append(Text("\n".join(sorted(unknown)), None))
    return found


def _of_plain_messages(messages: Any) -> list[Text] | None:
    """Give the texts of messages of which each is a role and a text that reads as it stands; None for all others.

    Most are so, and to read them as anything that might come takes nearly twice the steps.
    """
    if not isinstance(messages, list):
        return None
    found = []
    for place, message in enumerate(messages):
        if not isinstance(message, dict) or message.keys() != _PLAIN:
            return None
        role, content = message["role"], message["content"]
        if not (isinstance(role, str) and isinstance(content, str)) or len(role) > LONGEST_WORD:
            return None
        if content[:_SCHEME].lower() == "data:":
            return None
        if content:
            found.append(Text(content, ("messages", place, "content")))
    return found


def is_in_parts(texts: Sequence[Text]) -> bool:
    """Say whether a message may have several of these texts: `joined_texts` gives nothing otherwise."""
    return any(each.path is None or len(each.path) > _DEEPEST_WHOLE for each in texts)


def joined_texts(parsed: Mapping[str, Any]) -> list[Text]:
    """Give the parts of each message as one text: what is split over two of them is one to the model."""
    found = []
    for name in ("messages", "input"):
        messages = parsed.get(name)
        for message in messages if isinstance(messages, list) else ():
            if isinstance(message, dict) and isinstance(content := message.get("content"), list):
                parts = [part["text"] for part in content if _is_text(part)]
                if len(parts) > 1:
                    found.append(Text("".join(parts), None))
    return found


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and isinstance(part.get("text"), str)


def _refuse_tokens(parsed: Mapping[str, Any]) -> None:
    for name in sorted(TOKENS.intersection(parsed)):
        if _has_numbers(parsed[name]):
            raise Unreadable(f"{name} holds numbers of tokens, which no guard rail can read: send text")
    if parsed.get("prompt_embeds") is not None:
        raise Unreadable("prompt_embeds holds embeddings, which no guard rail can read: send text in prompt")


def _has_numbers(value: Any) -> bool:
    """Tell whether a list, or a list in it, holds whole numbers."""
    lists = [value]
    while lists:
        value = lists.pop()
        if not isinstance(value, list):
            continue
        if any(isinstance(each, int) and not isinstance(each, bool) for each in value):
            return True
        lists += value
    return False


def _is_plain(text: Text) -> bool:
    """Tell a text that reads as it stands, as nearly all do."""
    path = text.path
    return path is not None and path[-1] not in MARKED and text.text[:_SCHEME].lower() != "data:"


def _readable(each: Text) -> Iterator[Text]:
    """Decode a file of text; leave out pictures and sounds, which these detectors cannot judge."""
    path = each.path or ()
    field = path[-1] if path else ""
    if field in _REFERENCES and len(path) > 1:
        raise Unreadable(f"{_where(path)} names a file elsewhere, which no guard rail can read: send its text")
    if each.text[:_SCHEME].lower() == "data:":
        if not each.text[_SCHEME:].lower().startswith(_MEDIA) or _is_drawing(each.text):
            yield Text(_decoded(each.text, path), None)
    elif field == "file_data":
        yield Text(_decoded(f"data:;base64,{each.text}", path), None)
    elif not _is_media(each.text, path):
        yield each


def _is_drawing(uri: str) -> bool:
    """Tell SVG, a picture that holds text."""
    return uri[_SCHEME:].lower().startswith("image/svg")


def _is_media(text: str, path: Path) -> bool:
    """Tell bare base64 of sounds, pictures and what a provider encrypted, by where it stands and by its form."""
    held = len(path) > 1 and path[-1] == "data" and path[-2] in _HOLDS_MEDIA
    return (held or (bool(path) and path[-1] in _OPAQUE)) and _BASE64.fullmatch(text) is not None


def _decoded(uri: str, path: Path) -> str:
    head, _, content = uri.partition(",")
    try:
        raw = (
            base64.b64decode(content, validate=True) if head.lower().endswith(";base64") else unquote_to_bytes(content)
        )
        return raw.decode()
    except (binascii.Error, ValueError):
        raise Unreadable(
            f"{_where(path)} is no file of text in UTF-8, which is all that guard rails can read: send its text"
        ) from None


def _where(path: Path) -> str:
    return ".".join(str(part)[:40] for part in path)
