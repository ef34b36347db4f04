"""Routes from the API server: what an object says, and what stays in force when it says nonsense or nobody answers."""

import asyncio
import base64
import gzip
import ssl
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import orjson
import pytest

from fmops_api.route import Backend, Route
from fmops_serving.gateway.routes.apiserver import Account, NoApiServer, Unanswered, refusal_of
from fmops_serving.gateway.routes.bundle import Bundle, in_force, read_bundle
from fmops_serving.gateway.routes.cluster import read_route
from fmops_serving.gateway.routes.collection import Collection
from fmops_serving.gateway.routes.watch import Unreadable, Watch

URL = "http://10.0.0.1:8000/v1"


def packed(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def secret(name: str, url: str = URL, **content: Any) -> dict[str, Any]:
    route = Route(namespace="support", name=name, backends=[Backend(urls=[url], model="m")])
    data = {"route.json": packed(route.model_dump_json(by_alias=True, exclude_none=True))}
    return {"metadata": {"name": f"model-{name}", "resourceVersion": "7"}, "data": data, **content}


def config_map(digest: str, version: int, **content: Any) -> dict[str, Any]:
    notes = {"fmops.dev/namespace": "support", "fmops.dev/name": "tickets", "fmops.dev/digest": digest}
    metadata = {"name": f"prompts-{digest}", "resourceVersion": str(version), "annotations": notes}
    return {"metadata": metadata, **(content or {"data": {"bundle.json": "{}"}})}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param({"data": None}, "it has no key route.json", id="an empty Secret"),
        pytest.param({"data": {"route.json": "!"}}, "no base64", id="no base64"),
        pytest.param({"data": {"route.json": packed("{")}}, "Invalid JSON", id="half of a route"),
        pytest.param(
            {"data": {"route.json": packed('{"name": "sk-secret value"}')}},
            "namespace: Field required",
            id="a field missing",
        ),
    ],
)
def test_a_secret_that_is_no_route_is_told_without_showing_it(content: dict[str, Any], words: str) -> None:
    with pytest.raises(Unreadable, match=words) as told:
        read_route(secret("small", **content))
    assert "sk-secret" not in str(told.value)


def test_a_bundle_is_read_plain_or_packed_and_the_newer_of_two_is_in_force() -> None:
    plain = read_bundle(config_map("sha256:a", 3))
    other = read_bundle(config_map("sha256:b", 12, binaryData={"bundle.json.gz": packed(gzip.compress(b'{"x": 1}'))}))
    assert other == Bundle("support", "tickets", "sha256:b", b'{"x": 1}', 12)
    assert in_force([other, plain]) == [other]


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        pytest.param(config_map("a", 1, data={}), "neither bundle.json nor bundle.json.gz", id="nothing in it"),
        pytest.param(
            config_map("a", 1, binaryData={"bundle.json.gz": packed("no gzip")}), "cannot be unpacked", id="no gzip"
        ),
        pytest.param({"metadata": {"name": "x"}}, "no annotation fmops.dev/namespace", id="nobody's"),
    ],
)
def test_a_config_map_that_is_no_bundle_is_told(manifest: dict[str, Any], words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read_bundle(manifest)


class Told:
    """Collects what a collection tells."""

    def __init__(self) -> None:
        self.tables: list[list[str]] = []

    def __call__(self, routes: Iterable[Route]) -> None:
        self.tables.append(sorted(f"{each.name} {each.backends[0].urls[0]}" for each in routes))


async def test_a_burst_makes_one_table_and_what_cannot_be_read_changes_nothing() -> None:
    told = Told()
    collection = Collection(read_route, told)
    collection.listed([secret("a"), secret("b", data={})])
    assert told.tables == [[f"a {URL}"]]
    collection.changed(secret("c"))
    collection.changed(secret("a", data={"route.json": "!"}))
    collection.deleted(secret("b"))
    await asyncio.sleep(0.05)
    assert told.tables[1:] == [[f"a {URL}", f"c {URL}"]]
    collection.listed([secret("c", "http://10.0.0.2:8000/v1")])
    assert told.tables[2:] == [["c http://10.0.0.2:8000/v1"]]


class Scripted:
    """An API server that answers by a script: pages of lists, and for each watch its lines or a refusal."""

    def __init__(self, lists: list[Any], watches: list[Any]) -> None:
        self.lists, self.watches, self.asked = lists, watches, []  # type: ignore[var-annotated]
        self.done = asyncio.Event()

    async def get(self, _: str, query: dict[str, str]) -> Any:
        self.asked.append(("list", query.get("continue", "")))
        found = self.lists.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    async def follow(self, _: str, query: dict[str, str]) -> AsyncIterator[bytes]:
        self.asked.append(("watch", query["resourceVersion"]))
        if not self.watches:
            self.done.set()
            await asyncio.Event().wait()
        for each in self.watches.pop(0):
            if isinstance(each, Exception):
                raise each
            yield orjson.dumps(each) if isinstance(each, dict) else each


def page(names: list[str], version: str, token: str = "") -> dict[str, Any]:
    return {"items": [secret(name) for name in names], "metadata": {"resourceVersion": version, "continue": token}}


def event(kind: str, name: str, version: str) -> dict[str, Any]:
    manifest = secret(name)
    manifest["metadata"]["resourceVersion"] = version
    return {"type": kind, "object": manifest}


GONE = {"type": "ERROR", "object": {"code": 410, "message": "too old resource version"}}


async def run(server: Scripted, told: Told, troubles: list[str] | None = None) -> None:
    heard = list[str]() if troubles is None else troubles
    collection = Collection(read_route, told, heard.append)
    watch = Watch(server, "/x", "l", collection, lambda _: 0.0)  # type: ignore[arg-type]
    running = asyncio.create_task(watch.run())
    await asyncio.wait_for(server.done.wait(), 10)
    running.cancel()


async def test_a_watch_lists_once_and_goes_on_where_it_broke_off() -> None:
    away = Unanswered("the API server cannot be reached")
    server = Scripted(
        lists=[away, page(["a"], "5", "next"), page(["b"], "5")],
        watches=[
            [event("ADDED", "c", "6"), {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "9"}}}, away],
            [b'{"type": "ADD'],
            [],
        ],
    )
    told = Told()
    await run(server, told)
    assert told.tables[0] == [f"a {URL}", f"b {URL}"], "both pages, at once"
    assert server.asked == [
        ("list", ""),
        ("list", ""),
        ("list", "next"),
        ("watch", "5"),
        ("watch", "9"),
        ("watch", "9"),
        ("watch", "9"),
    ]


@pytest.mark.parametrize("expired", [[GONE], [refusal_of(410, b"{}")]], ids=["as an event", "as a status"])
async def test_a_watch_that_is_too_old_lists_anew(expired: list[Any]) -> None:
    server = Scripted(lists=[page(["a"], "5"), page(["b"], "20")], watches=[expired])
    told = Told()
    await run(server, told)
    assert told.tables == [[f"a {URL}"], [f"b {URL}"]]
    assert server.asked[-1] == ("watch", "20")


NO_LIST = "what answers in the API server's place gives no list"
NO_EVENTS = "what answers in the API server's place gives no events"


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        pytest.param({"kind": "Status", "status": "Success"}, NO_LIST, id="another kind"),
        pytest.param([], NO_LIST, id="another shape"),
        pytest.param({"items": [{"spec": {}}], "metadata": {"resourceVersion": "5"}}, NO_LIST, id="objects of nobody"),
        pytest.param(Unanswered("it is away"), "it is away", id="nothing"),
    ],
)
async def test_what_is_no_list_ends_nothing_and_is_told(answer: Any, trouble: str) -> None:
    told, troubles = Told(), list[str]()
    await run(Scripted(lists=[answer, page(["a"], "5")], watches=[]), told, troubles)
    assert told.tables == [[f"a {URL}"]]
    assert troubles == [trouble, ""]


@pytest.mark.parametrize(
    ("events", "trouble"),
    [
        pytest.param([{"kind": "Status"}], NO_EVENTS, id="another kind"),
        pytest.param([b"[]"], NO_EVENTS, id="another shape"),
        pytest.param([{"type": "ADDED", "object": {"metadata": {}}}], NO_EVENTS, id="an object of nobody"),
        pytest.param([{"type": "ERROR", "object": {}}], "the API server refuses with status 500: {}", id="an error"),
        pytest.param([b"<html>"], "the watch broke off in the middle of an event", id="no JSON"),
        pytest.param([], "the API server ends each watch at once", id="nothing, again and again"),
    ],
)
async def test_what_is_no_watch_leaves_the_routes_as_they_are_and_is_tried_again(
    events: list[Any], trouble: str
) -> None:
    told, troubles = Told(), list[str]()
    await run(Scripted(lists=[page(["a"], "5")], watches=[events, [event("ADDED", "b", "6")]]), told, troubles)
    assert told.tables[0] == [f"a {URL}"]
    assert troubles[:2] == ["", trouble]
    assert troubles[2] == "", "the next one brings b"


def test_outside_a_pod_it_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(NoApiServer, match=r"KUBERNETES_SERVICE_HOST, .*token"):
        Account.find(tmp_path, {})


def test_a_token_is_read_as_it_is_now(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("one\n")
    (tmp_path / "ca.crt").write_text("no certificate")
    account = Account.find(tmp_path, {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"})
    assert (account.url, account.token()) == ("https://[fd00::1]:443", "one")
    (tmp_path / "token").write_text("two\n")
    assert account.token() == "two"
    with pytest.raises(ssl.SSLError):
        assert account.address.context
