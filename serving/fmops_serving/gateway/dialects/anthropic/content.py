"""Parts of a message's content as blocks of the Messages API."""

import re
from typing import Any

from fmops_serving.gateway.dialects.anthropic.refusing import (
    Json,
    demand_object,
    demand_text,
    invalid,
    refuse_others,
    unsupported,
)

_DATA = re.compile(r"data:([a-z]+/[-+.a-z0-9]+);base64,", re.IGNORECASE)
_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_CACHE = "cache_control"
"""Anthropic's mark for the cache of prompts; clients may set it on parts and tools, as on its own API."""


def blocks(path: str, content: Any, allowed: frozenset[str]) -> list[Json]:
    """Translate content: text, or parts of the allowed types."""
    if isinstance(content, str):
        return [{"type": "text", "text": demand_text(path, content)}]
    if not isinstance(content, list) or not content:
        raise invalid(path, "must be text or a list of parts that is not empty")
    return [_block(f"{path}[{index}]", demand_object(f"{path}[{index}]", part), allowed)
            for index, part in enumerate(content)]  # fmt: skip


def _block(path: str, part: Json, allowed: frozenset[str]) -> Json:
    kind = part.get("type")
    if not isinstance(kind, str) or kind not in allowed:
        raise unsupported(f"{path}.type", f"Anthropic takes {' and '.join(sorted(allowed))} here, found {kind!r:.40}")
    refuse_others(path, part, frozenset({"type", str(kind), _CACHE}))
    made = _MAKERS[str(kind)](f"{path}.{kind}", part.get(str(kind)))
    return made | {_CACHE: part[_CACHE]} if part.get(_CACHE) else made


def _text(path: str, value: Any) -> Json:
    return {"type": "text", "text": demand_text(path, value)}


def _image(path: str, value: Any) -> Json:
    image = demand_object(path, value)
    refuse_others(path, image, frozenset({"url", "detail"}))
    if image.get("detail") not in (None, "auto"):
        raise unsupported(f"{path}.detail", "Anthropic chooses the resolution itself: leave it out")
    url = demand_text(f"{path}.url", image.get("url"))
    if url.startswith("https://"):
        return {"type": "image", "source": {"type": "url", "url": url}}
    media_type, data = _data_url(f"{path}.url", url, "an https:// address or a data: URL with base64")
    if media_type not in _IMAGES:
        raise invalid(f"{path}.url", f"holds {media_type}, and Anthropic takes {', '.join(_IMAGES)}")
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}


def _file(path: str, value: Any) -> Json:
    file = demand_object(path, value)
    refuse_others(path, file, frozenset({"file_data", "filename"}))
    data_url = demand_text(f"{path}.file_data", file.get("file_data"))
    media_type, data = _data_url(f"{path}.file_data", data_url, "a data: URL with base64")
    if media_type != "application/pdf":
        raise invalid(f"{path}.file_data", f"holds {media_type}, and Anthropic takes application/pdf")
    block = {"type": "document", "source": {"type": "base64", "media_type": media_type, "data": data}}
    return block | {"title": file["filename"]} if file.get("filename") else block


def _data_url(path: str, url: str, wanted: str) -> tuple[str, str]:
    found = _DATA.match(url)
    if found is None:
        raise invalid(path, f"must be {wanted}")
    return found[1].lower(), url[found.end() :]


_MAKERS = {"text": _text, "refusal": _text, "image_url": _image, "file": _file}
