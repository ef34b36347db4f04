"""Looking a repository up, against a server that plays the Hugging Face Hub."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from fmops_operator.fetching import open_session
from fmops_operator.hub import HttpHub, weight_bytes
from fmops_operator.settings import Settings
from fmops_operator.world import Repository

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
COMMIT = "0e9e39f249a1" + "0" * 28
LISTING = {
    "sha": COMMIT,
    "siblings": [
        {"rfilename": "config.json", "size": 700},
        {"rfilename": "model-00001-of-00002.safetensors", "size": 3_000},
        {"rfilename": "model-00002-of-00002.safetensors", "size": 2_000},
        {"rfilename": "consolidated.safetensors", "size": 5_000},
        {"rfilename": "original/model.safetensors", "size": 9_000},
        {"rfilename": "pytorch_model.bin", "size": 6_000},
    ],
    "safetensors": {"parameters": {"BF16": 2_500}, "total": 2_500},
}
CONFIG = {"architectures": ["LlamaForCausalLM"], "num_hidden_layers": 2}


def answering(content: Any, status: int = 200, **headers: str) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.json_response(content, status=status, headers=headers)

    return handler


class Hub:
    """The two routes that a look-up takes; keeps what was asked and with which key."""

    def __init__(self) -> None:
        self.listing: Handler = answering(LISTING)
        self.config: Handler = answering(CONFIG)
        self.asked: list[tuple[str, str | None]] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.path_qs, request.headers.get("Authorization")))
        return await (self.config(request) if request.path.endswith("/config.json") else self.listing(request))


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    found = Hub()
    app = web.Application()
    app.router.add_route("GET", "/{path:.*}", found.handle)
    async with TestServer(app) as running:
        found.url = str(running.make_url("")).rstrip("/")
        yield found


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


def client(session: aiohttp.ClientSession, hub: Hub) -> HttpHub:
    return HttpHub(session, Settings(hub_url=hub.url, probe_timeout_seconds=5))


async def test_a_repository_tells_commit_shape_and_size(hub: Hub, session: aiohttp.ClientSession) -> None:
    found = await client(session, hub).look_up("org/model", "v1/x", "hf_token")
    message = f"org/model at revision v1/x is commit {COMMIT[:12]}"
    assert found == Repository(None, message, COMMIT, CONFIG, weight_bytes=5_000, parameters=2_500)
    assert hub.asked == [
        ("/api/models/org/model/revision/v1%2Fx?blobs=true", "Bearer hf_token"),
        (f"/org/model/resolve/{COMMIT}/config.json", "Bearer hf_token"),
    ]


@pytest.mark.parametrize(
    ("routes", "fault", "words"),
    [
        pytest.param(
            {"listing": answering({}, 404)}, "SourceNotFound", "private", id="no such repository, or a private one"
        ),
        pytest.param(
            {"listing": answering({}, 401, **{"X-Error-Code": "RepoNotFound"})},
            "SourceNotFound",
            "private",
            id="hidden as 401",
        ),
        pytest.param(
            {"listing": answering({}, 404, **{"X-Error-Code": "RevisionNotFound"})},
            "SourceNotFound",
            "v1",
            id="no such revision",
        ),
        pytest.param(
            {"listing": answering({}, 401)}, "SourceUnauthorized", "tokenSecretRef", id="a token is asked for"
        ),
        pytest.param({"config": answering({}, 403)}, "SourceUnauthorized", "the files of", id="a gated repository"),
        pytest.param({"listing": answering({}, 500)}, "SourceUnverified", "status 500", id="a hub that is ill"),
        pytest.param({"listing": answering([1])}, "SourceUnverified", "no description", id="a hub that is none"),
    ],
)
async def test_a_repository_that_cannot_be_had(
    hub: Hub, session: aiohttp.ClientSession, routes: dict[str, Handler], fault: str, words: str
) -> None:
    hub.listing, hub.config = routes.get("listing", hub.listing), routes.get("config", hub.config)
    found = await client(session, hub).look_up("org/model", "v1", None)
    assert found.fault == fault
    assert words in found.message


async def test_a_token_that_may_not_read_is_told_apart_and_never_shown(
    hub: Hub, session: aiohttp.ClientSession
) -> None:
    hub.config = answering({"error": "token hf_secret is not in the list"}, 403)
    found = await client(session, hub).look_up("org/model", "v1", "hf_secret")
    assert found.fault == "SourceUnauthorized"
    assert "the token may not read it" in found.message
    assert "hf_secret" not in found.message


async def test_a_hub_that_is_away_is_no_fault_of_the_source(session: aiohttp.ClientSession) -> None:
    away = HttpHub(session, Settings(hub_url="http://127.0.0.1:1", probe_timeout_seconds=5))
    found = await away.look_up("org/model", "main", None)
    assert found.fault == "SourceUnverified"
    assert "cannot be reached" in found.message


async def test_a_repository_without_config_json_is_found_all_the_same(hub: Hub, session: aiohttp.ClientSession) -> None:
    hub.config = answering({}, 404)
    found = await client(session, hub).look_up("org/model", "main", None)
    assert (found.fault, found.config, found.weight_bytes) == (None, None, 5_000)


async def test_many_models_of_one_repository_ask_once(hub: Hub, session: aiohttp.ClientSession) -> None:
    asking = client(session, hub)
    for _ in range(5):
        await asking.look_up("org/model", "main", None)
    assert len(hub.asked) == 2


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        pytest.param([], None, id="no files"),
        pytest.param([{"rfilename": "README.md", "size": 5}], None, id="no weights"),
        pytest.param([{"rfilename": "pytorch_model.bin", "size": 6}], 6, id="older weights"),
        pytest.param([{"rfilename": "consolidated.safetensors", "size": 7}], 7, id="one consolidated file alone"),
        pytest.param([{"rfilename": "a.safetensors"}, 5, None], None, id="files without a size, and nonsense"),
        pytest.param([{"rfilename": "training_args.bin", "size": 5}], None, id="what was left from training"),
    ],
)
def test_the_size_of_the_weights(files: list[Any], wanted: int | None) -> None:
    assert weight_bytes(files) == wanted
