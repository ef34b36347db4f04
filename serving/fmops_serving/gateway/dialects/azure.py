"""Azure OpenAI: the OpenAI API at other paths, with another header for the key.

With a version of the API, models are deployments in the path; without one, the newer form /openai/v1 is spoken, in
which a deployment is named as a model is elsewhere. https://learn.microsoft.com/azure/ai-foundry/openai/reference
"""

from urllib.parse import quote

from fmops_api.route import Backend
from fmops_serving.gateway.dialects.dialect import Step
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.kind import Kind
from fmops_serving.gateway.naming import rename
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.upstream.request import Headers, Outgoing

_MISSING = frozenset({Kind.RERANK, Kind.SCORE})


class Azure:
    """Speaks to Azure OpenAI, whose root is a resource's address without a path."""

    def request(self, exchange: Exchange, backend: Backend) -> Outgoing:
        """Write the request with the deployment's name; everything else stays as it came."""
        if exchange.kind is None or exchange.kind in _MISSING:
            raise Refusal(400, "unsupported_endpoint", f"the model's provider, Azure OpenAI, has no {exchange.path}")
        headers: Headers = (("api-key", backend.api_key),) if backend.api_key is not None else ()
        return Outgoing(_path(backend, exchange.kind), headers, rename(exchange, backend.model))

    def answer(self, exchange: Exchange, status: int, body: bytes) -> tuple[int, bytes]:
        """Give the answer as it came, for it is OpenAI's."""
        return status, body

    def events(self, exchange: Exchange) -> Step | None:
        """Leave streams alone."""
        return None


def _path(backend: Backend, kind: Kind) -> str:
    if not backend.api_version:
        return f"/openai/v1{kind.suffix}"
    version = f"?api-version={quote(backend.api_version, safe='')}"
    if kind == Kind.RESPONSES:
        return f"/openai/responses{version}"
    return f"/openai/deployments/{quote(backend.model, safe='')}{kind.suffix}{version}"
