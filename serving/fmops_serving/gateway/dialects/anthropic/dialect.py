"""The dialect of Anthropic: chat requests and those for responses become messages, and messages their answers."""

import orjson

from fmops_api.route import Backend
from fmops_serving.gateway.dialects.anthropic.answer import completion
from fmops_serving.gateway.dialects.anthropic.errors import error, unreadable
from fmops_serving.gateway.dialects.anthropic.refusing import Json
from fmops_serving.gateway.dialects.anthropic.request import message_request, wants_usage
from fmops_serving.gateway.dialects.anthropic.responses.answer import of_completion
from fmops_serving.gateway.dialects.anthropic.responses.naming import in_own_words
from fmops_serving.gateway.dialects.anthropic.responses.request import chat_request
from fmops_serving.gateway.dialects.anthropic.responses.stream import ResponseStream
from fmops_serving.gateway.dialects.anthropic.stream import MessageStream
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.kind import Kind
from fmops_serving.gateway.naming import written
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.tokens import tokens_of
from fmops_serving.gateway.upstream.request import Headers, Outgoing

VERSION = "2023-06-01"
"""The version of the API that is spoken where the backend names none."""


class Anthropic:
    """Speaks the Messages API."""

    def request(self, exchange: Exchange, backend: Backend) -> Outgoing:
        """Write a message request; raises Refusal for what the API has no words for."""
        if exchange.kind not in (Kind.CHAT, Kind.RESPONSES) or exchange.parsed is None:
            why = (
                f"Anthropic, the model's provider, answers /v1/chat/completions and /v1/responses, not {exchange.path}"
            )
            raise Refusal(400, "unsupported_endpoint", why)
        headers: Headers = (("anthropic-version", backend.api_version or VERSION),)
        if backend.api_key is not None:
            headers = (*headers, ("x-api-key", backend.api_key))
        translate = message_request if exchange.kind is Kind.CHAT else _of_responses
        return Outgoing("/messages", headers, written(translate(exchange.parsed, backend.model)))

    def answer(self, exchange: Exchange, status: int, body: bytes) -> tuple[int, bytes]:
        """Read a message or an error."""
        if status != 200:
            fault = error(status, body)
            return fault.status, fault.body()
        try:
            found = completion(orjson.loads(body))
            return 200, orjson.dumps(
                of_completion(exchange.parsed or {}, found) if exchange.kind is Kind.RESPONSES else found
            )
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError):
            fault = unreadable("is no message of the Messages API")
            return fault.status, fault.body()

    def events(self, exchange: Exchange) -> MessageStream | ResponseStream:
        """Read a stream; what it used is counted whether the client wants to see it or not."""
        responses = exchange.kind is Kind.RESPONSES
        chunks = MessageStream(
            with_usage=responses or wants_usage(exchange.parsed),
            on_usage=lambda used: exchange.tokens.update(tokens_of(used)),
        )
        return ResponseStream(exchange.parsed or {}, chunks) if responses else chunks


def _of_responses(parsed: Json, model: str) -> Json:
    """Translate a request for a response; raises Refusal, which names a field as the client does."""
    chat = chat_request(parsed)
    try:
        return message_request(chat, model)
    except Refusal as refusal:
        raise in_own_words(refusal, parsed) from None
