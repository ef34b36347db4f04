"""The dialect of Anthropic: chat requests become messages, and messages chat completions."""

import orjson

from fmops_api.route import Backend
from fmops_serving.gateway.dialects.anthropic.answer import completion
from fmops_serving.gateway.dialects.anthropic.errors import error, unreadable
from fmops_serving.gateway.dialects.anthropic.request import message_request, wants_usage
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

    def request(self, exchange: Exchange, backend: Backend, *, whole: bool) -> Outgoing:
        """Write a message request; raises Refusal for what the API has no words for."""
        if exchange.kind != Kind.CHAT or exchange.parsed is None:
            why = f"the model's provider, Anthropic, answers /v1/chat/completions and not {exchange.path}"
            raise Refusal(400, "unsupported_endpoint", why)
        headers: Headers = (("anthropic-version", backend.api_version or VERSION),)
        if backend.api_key is not None:
            headers = (*headers, ("x-api-key", backend.api_key))
        return Outgoing("/messages", headers, written(message_request(exchange.parsed, backend.model)))

    def answer(self, exchange: Exchange, status: int, body: bytes) -> tuple[int, bytes]:
        """Read a message or an error."""
        if status != 200:
            fault = error(status, body)
            return fault.status, fault.body()
        try:
            return 200, orjson.dumps(completion(orjson.loads(body)))
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError):
            fault = unreadable("is no message of the Messages API")
            return fault.status, fault.body()

    def events(self, exchange: Exchange) -> MessageStream:
        """Read a stream; what it used is counted whether the client wants to see it or not."""
        return MessageStream(
            with_usage=wants_usage(exchange.parsed), on_usage=lambda used: exchange.tokens.update(tokens_of(used))
        )
