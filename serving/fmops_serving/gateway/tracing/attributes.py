"""What spans say of a request, an attempt and an answer: names, numbers and codes, never a text that anybody wrote.

Names are those of OpenTelemetry's conventions for generative AI and HTTP, and `fmops.` where they have none.
https://github.com/open-telemetry/semantic-conventions-genai
"""

from typing import Any
from urllib.parse import urlsplit

from fmops_api.route import Backend, BackendApi
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.kind import KINDS, Kind

Value = str | bool | int | float | tuple[str, ...]
Attributes = dict[str, Value]

PROVIDERS = {
    BackendApi.OPENAI: "openai",
    BackendApi.AZURE_OPENAI: "azure.ai.openai",
    BackendApi.ANTHROPIC: "anthropic",
}
"""`openai` is the API that is spoken, also where vLLM speaks it; the address says whose it is."""
_PROMPTS = ("/v1/prompts/", "/v1/chains/")
_TOKENS = {
    "input": "gen_ai.usage.input_tokens",
    "output": "gen_ai.usage.output_tokens",
    "cached": "gen_ai.usage.cache_read.input_tokens",
    "reasoning": "gen_ai.usage.reasoning.output_tokens",
}
_SETTINGS = {
    "max_tokens": "gen_ai.request.max_tokens",
    "max_completion_tokens": "gen_ai.request.max_tokens",
    "max_output_tokens": "gen_ai.request.max_tokens",
    "temperature": "gen_ai.request.temperature",
    "top_p": "gen_ai.request.top_p",
}


def route_of(path: str) -> str:
    """Give the path as the gateway's documents write it; nothing for one that it does not know."""
    if path in KINDS or path == "/v1/models":
        return path
    return next((f"{prefix}{{namespace}}/{{catalog}}/{{name}}" for prefix in _PROMPTS if path.startswith(prefix)), "")


def operation_of(kind: Kind) -> str:
    """Name what is asked for; both of OpenAI's APIs for chats are one operation."""
    return Kind.CHAT.value if kind is Kind.RESPONSES else kind.value


def of_arrival(exchange: Exchange) -> Attributes:
    """Describe a request of which only the head was looked at."""
    found: Attributes = {"http.request.method": exchange.method, "fmops.request_id": exchange.request_id}
    if route := route_of(exchange.path):
        found["http.route"] = route
    return found


def of_request(exchange: Exchange) -> Attributes:
    """Describe a request when it is done."""
    found: Attributes = {}
    if exchange.kind is not None:
        found["gen_ai.operation.name"] = operation_of(exchange.kind)
        if exchange.kind in (Kind.CHAT, Kind.RESPONSES):
            found["openai.api.type"] = "responses" if exchange.kind is Kind.RESPONSES else "chat_completions"
    if exchange.place is not None:
        found["gen_ai.request.model"] = str(exchange.place)
        found |= _settings(exchange.parsed)
        found |= {_TOKENS[kind]: count for kind, count in exchange.tokens.items() if kind in _TOKENS}
    if exchange.stream:
        found["gen_ai.request.stream"] = True
        if exchange.first_byte:
            found["gen_ai.response.time_to_first_chunk"] = exchange.first_byte - exchange.began
    if exchange.target is not None:
        found["gen_ai.provider.name"] = PROVIDERS[exchange.target.backend.api]
        found["fmops.revision"] = exchange.target.backend.revision
    if exchange.key_name:
        found["fmops.key"] = exchange.key_name
    return found


def of_attempt(exchange: Exchange, backend: Backend, url: str, before: int) -> Attributes:
    """Describe the asking of one address; `before` is how many were asked for the same request."""
    parts = urlsplit(url)
    found: Attributes = {
        "http.request.method": "POST",
        "gen_ai.provider.name": PROVIDERS[backend.api],
        "gen_ai.request.model": backend.model,
        "server.address": parts.hostname or "",
        "server.port": parts.port or (443 if parts.scheme == "https" else 80),
        "fmops.backend": backend.name,
        "fmops.revision": backend.revision,
    }
    if exchange.kind is not None:
        found["gen_ai.operation.name"] = operation_of(exchange.kind)
    if before:
        found["http.request.resend_count"] = before
    return found


def _settings(parsed: dict[str, Any] | None) -> Attributes:
    found: Attributes = {}
    for name, attribute in _SETTINGS.items():
        value = (parsed or {}).get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 2**63:
            found[attribute] = value
    return found
