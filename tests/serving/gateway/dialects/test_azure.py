"""What Azure OpenAI is asked."""

from typing import Any

import orjson
import pytest

from fmops_api.route import Backend, BackendApi
from fmops_serving.gateway.dialects.azure import Azure
from fmops_serving.gateway.kind import Kind
from fmops_serving.gateway.refusal import Refusal
from tests.serving.gateway.dialects.exchanges import exchange

ROOT = "https://res.openai.azure.test"
DATED = Backend(api=BackendApi.AZURE_OPENAI, urls=[ROOT], model="gpt:4/x", api_key="k", api_version="2024-10-21")
NEW = Backend(api=BackendApi.AZURE_OPENAI, urls=[ROOT], model="gpt-x")

PATHS: list[Any] = [
    (DATED, Kind.CHAT, "/openai/deployments/gpt%3A4%2Fx/chat/completions?api-version=2024-10-21"),
    (DATED, Kind.EMBEDDINGS, "/openai/deployments/gpt%3A4%2Fx/embeddings?api-version=2024-10-21"),
    (DATED, Kind.TRANSCRIPTIONS, "/openai/deployments/gpt%3A4%2Fx/audio/transcriptions?api-version=2024-10-21"),
    (DATED, Kind.RESPONSES, "/openai/responses?api-version=2024-10-21"),
    (NEW, Kind.CHAT, "/openai/v1/chat/completions"),
    (NEW, Kind.RESPONSES, "/openai/v1/responses"),
    (NEW, Kind.IMAGES, "/openai/v1/images/generations"),
]


@pytest.mark.parametrize(("backend", "kind", "path"), PATHS)
def test_paths(backend: Backend, kind: Kind, path: str) -> None:
    outgoing = Azure().request(exchange({"model": "team/x", "anything": [1]}, kind), backend)
    assert outgoing.path == path
    assert outgoing.headers == ((("api-key", "k"),) if backend.api_key else ())
    assert orjson.loads(outgoing.body) == {"model": backend.model, "anything": [1]}


@pytest.mark.parametrize("kind", [Kind.RERANK, Kind.SCORE])
def test_what_azure_does_not_have_is_refused(kind: Kind) -> None:
    with pytest.raises(Refusal, match=kind.suffix) as refused:
        Azure().request(exchange({"model": "m"}, kind), DATED)
    assert refused.value.status == 400


def test_answers_and_events_stay_as_they_are() -> None:
    asked = exchange({"model": "m"})
    assert Azure().answer(asked, 400, b'{"error": {"code": "content_filter"}}') == (
        400, b'{"error": {"code": "content_filter"}}')  # fmt: skip
    assert Azure().events(asked) is None
