"""The OpenAI API itself: only the model's name is another there."""

from fmops_api.route import Backend
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.naming import rename
from fmops_serving.gateway.upstream.request import Outgoing


class OpenAI:
    """Passes requests and answers on as they are."""

    def request(self, exchange: Exchange, backend: Backend) -> Outgoing:
        """Write the backend's name of the model, and its key."""
        key = backend.api_key
        headers = (("authorization", f"Bearer {key}"),) if key else ()
        return Outgoing(exchange.suffix, headers, rename(exchange, backend.model))

    def answer(self, exchange: Exchange, status: int, body: bytes) -> tuple[int, bytes]:
        """Pass it on."""
        return status, body

    def events(self, exchange: Exchange) -> None:
        """Pass events on."""
        return
