"""Errors of the Messages API as the OpenAI API writes them. https://platform.claude.com/docs/en/api/errors"""

from typing import Any

import orjson

from fmops_serving.gateway.dialects.anthropic.refusing import Json
from fmops_serving.gateway.refusal import Refusal

_OVERLOADED = 529
_OURS = {401, 402, 403}
"""What is between the gateway and its provider: the client's key is not at fault, and must not look so."""
_STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": _OVERLOADED,
}


def error(status: int, body: bytes) -> Refusal:
    """Read an error answer."""
    try:
        parsed: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        parsed = None
    found = parsed.get("error") if isinstance(parsed, dict) else None
    return _refusal(status, found if isinstance(found, dict) else {})


def error_event(event: Json) -> Refusal:
    """Read an error that ends a stream."""
    found = event.get("error")
    details: Json = found if isinstance(found, dict) else {}
    return _refusal(_STATUSES.get(str(details.get("type")), 500), details)


def unreadable(why: str) -> Refusal:
    """Say that a provider's answer is none of the Messages API."""
    return Refusal(502, "bad_upstream_answer", f"the provider's answer {why}", type="api_error")


def _refusal(status: int, details: Json) -> Refusal:
    kind = str(details.get("type") or "api_error")
    message = str(details.get("message") or f"the provider answered with status {status} and no reason")
    if status in _OURS:
        told = f"the provider refuses the gateway's own credentials or account ({kind}): {message}"
        return Refusal(502, f"upstream_{kind}", told, type="api_error")
    return Refusal(503 if status == _OVERLOADED else status, kind, message, type=kind)
