"""The name of the model in a request: read from it, and written into it as the backend knows it."""

import re
from typing import Any

import orjson

from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.kind import Kind
from fmops_serving.gateway.plain import read_request
from fmops_serving.gateway.refusal import Refusal

_NAME = b'"model"'
_MODEL = re.compile(_NAME + rb'\s*:\s*("[^"\\]*(?:\\.[^"\\]*)*")')
_ESCAPED_KEY = re.compile(rb'\\[^"\\]*"\s*:')
_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,70})"|([^\s;,]{1,70}))', re.IGNORECASE)
_FORM_MODEL = re.compile(
    rb'\r\ncontent-disposition:[^\r\n]*;[ \t]*name="?model"?[ \t]*(?:;[^\r\n]*)?\r\n', re.IGNORECASE
)
MULTIPART = "multipart/form-data"


def parse(exchange: Exchange) -> None:
    """Read the body as JSON into the exchange, and whether a stream is asked for. Raises Refusal."""
    if exchange.headers.get("content-type", "").lower().startswith(MULTIPART):
        if exchange.kind is Kind.TRANSCRIPTIONS:
            return
        raise Refusal(415, "unsupported_media_type", f"{exchange.path} takes JSON, no form")
    if (plain := read_request(exchange.body)) is not None:
        exchange.plain, exchange.stream = plain, plain.stream
        return
    try:
        parsed = orjson.loads(exchange.body)
    except orjson.JSONDecodeError as error:
        raise Refusal(400, "invalid_json", f"the body is no JSON: {error.msg} at character {error.pos}") from None
    if not isinstance(parsed, dict):
        raise Refusal(400, "invalid_json", "the body must be a JSON object")
    exchange.parsed, exchange.stream = parsed, parsed.get("stream") is True


def model_of(exchange: Exchange) -> str:
    """Say which model is asked for. Raises Refusal when that is not said."""
    if exchange.plain is not None:
        return exchange.plain.model
    parsed = exchange.parsed
    model = parsed.get("model") if parsed is not None else _form_model(exchange)
    if not isinstance(model, str) or not model:
        raise Refusal(400, "missing_model", "say which model: `model` must be its name, as text", param="model")
    return model


def rename(exchange: Exchange, model: str) -> bytes:
    """Give the body with the backend's name of the model.

    Only those bytes change, so that fields nobody knows pass untouched, unless the exchange asks for it as a `whole`.
    """
    if exchange.plain is not None and not exchange.whole:
        return exchange.plain.renamed(orjson.dumps(model))
    body, parsed = exchange.body, exchange.parsed
    if parsed is None:
        start, end = _form_span(exchange)
        return body[:start] + model.encode() + body[end:]
    if not exchange.whole and (span := _span(body, parsed)) is not None:
        start, end = span
        return body[:start] + orjson.dumps(model) + body[end:]
    return written({**parsed, "model": model})


def written(body: dict[str, Any]) -> bytes:
    """Write a body anew; one that is nested deeper than orjson writes is refused, for it reads more than it writes."""
    try:
        return orjson.dumps(body)
    except TypeError:
        raise Refusal(400, "invalid_json", "the body is nested too deeply: 250 levels are read") from None


def _span(body: bytes, parsed: dict[str, Any]) -> tuple[int, int] | None:
    """Find the value of the only `"model"` of a body; None when it is not plain that it is the one at the top."""
    at = body.find(_NAME)
    if at < 0 or body.find(_NAME, at + 1) >= 0 or (found := _MODEL.match(body, at)) is None:
        return None
    if body.find(b"\\") >= 0 and _ESCAPED_KEY.search(body):
        return None
    return found.span(1) if orjson.loads(found[1]) == parsed["model"] else None


def _form_model(exchange: Exchange) -> str:
    start, end = _form_span(exchange)
    return exchange.body[start:end].decode("utf-8", "replace").strip()


def _form_span(exchange: Exchange) -> tuple[int, int]:
    """Find the field `model` of a form."""
    boundary = _BOUNDARY.search(exchange.headers.get("content-type", ""))
    found = list(_FORM_MODEL.finditer(exchange.body))
    if boundary is None or len(found) != 1:
        raise Refusal(400, "missing_model", "the form needs one field `model`", param="model")
    start = exchange.body.find(b"\r\n\r\n", found[0].end() - 2) + 4
    end = exchange.body.find(b"\r\n--" + (boundary[1] or boundary[2]).encode("latin-1"), start)
    if start < 4 or end < 0:
        raise Refusal(400, "invalid_form", "the form does not end its field `model`", param="model")
    return start, end
