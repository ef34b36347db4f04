"""A proxy before a real API server that can be told to misbehave as one does: 429, 409, errors in a watch, silence.

It speaks plain HTTP to the operator and TLS, with the given user's certificate, to the API server. With a certificate
of its own it speaks TLS on both sides, and who asks says by a token who that is.
"""

import asyncio
import base64
import json
import ssl
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import yaml
from aiohttp import web

_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "host", "keep-alive", "content-encoding"}
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Fault:
    """An answer in place of the API server's: for which requests, and what."""

    applies: Callable[[str, str], bool]
    """Asked with the method and the path with its query."""
    code: int
    headers: dict[str, str] = field(default_factory=dict)
    after: bool = False
    """Whether the API server does the work first, so that only its answer is lost."""

    def response(self) -> web.Response:
        """The answer, in the API server's shape."""
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": self.code, "message": "injected"}
        return web.json_response(status, status=self.code, headers=self.headers)


class FaultyProxy:
    """Runs in a thread of its own, between `with` and its end."""

    def __init__(self, kubeconfig: Path, folder: Path, certificate: tuple[Path, Path] | None = None) -> None:
        """Lead to the server of `kubeconfig`; `certificate` and its key are shown to who asks."""
        self._certificate = certificate
        self._kubeconfig = yaml.safe_load(kubeconfig.read_text())
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="faulty proxy", daemon=True)
        self._watches: set[web.StreamResponse] = set()
        self._transports: set[asyncio.Transport] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.fault: Fault | None = None
        self.faults = 0
        """Answers that were faults."""

    def __enter__(self) -> "FaultyProxy":
        self._thread.start()
        self.port = self._do(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def kubeconfig(self) -> Path:
        """A kubeconfig that leads through the proxy."""
        path = self._folder / "proxy.kubeconfig"
        cluster = {"name": "proxy", "cluster": {"server": f"http://127.0.0.1:{self.port}"}}
        context = {"name": "proxy", "context": {"cluster": "proxy", "user": "nobody"}}
        users = [{"name": "nobody", "user": {}}]
        whole = {"clusters": [cluster], "contexts": [context], "users": users, "current-context": "proxy"}
        path.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config", **whole}))
        return path

    def break_watches(self, code: int) -> int:
        """Send an ERROR event into every open watch and end it; gives how many there were."""
        return self._do(self._break_watches(code))

    def go_away(self) -> None:
        """End as a process that is killed: connections break, and there is nobody to connect to."""
        self._do(self._go_away())

    def come_back(self) -> None:
        """Be there again, where it was."""
        self._do(self._listen(self.port))

    def hang(self) -> None:
        """Stand still as a process that is stopped: connections stay, and nothing is said."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def go_on(self) -> None:
        """Say what was held."""
        self._loop.call_soon_threadsafe(self._flowing.set)

    def _do(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _start(self) -> int:
        self._server = self._kubeconfig["clusters"][0]["cluster"]["server"]
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._tls(), limit=0), auto_decompress=False
        )
        application = web.Application(client_max_size=2**24)
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await self._listen(0)
        return int(self._runner.addresses[0][1])

    async def _listen(self, port: int) -> None:
        tls = None
        if self._certificate is not None:
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            tls.load_cert_chain(*self._certificate)
        self._site = web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=tls)
        await self._site.start()

    async def _go_away(self) -> None:
        await self._site.stop()
        for transport in list(self._transports):
            transport.abort()

    async def _stop(self) -> None:
        await self._runner.cleanup()
        await self._session.close()
        # Connections end in later turns of the loop, those over TLS after several; one that has not ended when the loop
        # does is a warning in some later test.
        await asyncio.sleep(0.1)

    def _tls(self) -> ssl.SSLContext:
        cluster, user = self._kubeconfig["clusters"][0]["cluster"], self._kubeconfig["users"][0]["user"]
        context = ssl.create_default_context(cadata=_decoded(cluster["certificate-authority-data"]))
        if self._certificate is not None:
            return context
        pair = self._folder / "proxy.pem"
        pair.touch(mode=0o600)
        pair.write_text(_decoded(user["client-certificate-data"]) + _decoded(user["client-key-data"]))
        context.load_cert_chain(pair)
        return context

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        assert isinstance(request.transport, asyncio.Transport)
        self._transports.add(request.transport)
        try:
            return await self._answer_or_not(request)
        finally:
            self._transports.discard(request.transport)

    async def _answer_or_not(self, request: web.Request) -> web.StreamResponse:
        await self._flowing.wait()
        fault = self.fault
        if fault is None or not fault.applies(request.method, request.path_qs):
            return await self._forward(request)
        self.faults += 1
        if fault.after:
            async with self._asked(request) as answer:
                await answer.read()
        return fault.response()

    def _asked(self, request: web.Request) -> Any:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP_BY_HOP}
        url = self._server + request.path_qs
        timeout = aiohttp.ClientTimeout(total=None)
        data = request.content if request.body_exists else None
        return self._session.request(request.method, url, headers=headers, data=data, timeout=timeout)

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        async with self._asked(request) as answer:
            headers = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP_BY_HOP}
            response = web.StreamResponse(status=answer.status, headers=headers)
            await response.prepare(request)
            if "watch=" in request.query_string:
                self._watches.add(response)
            with suppress(aiohttp.ClientError, ConnectionError):
                async for chunk in answer.content.iter_any():
                    await self._flowing.wait()
                    await response.write(chunk)
                await response.write_eof()
            self._watches.discard(response)
            return response

    async def _break_watches(self, code: int) -> int:
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": "injected"}
        broken = list(self._watches)
        for watch in broken:
            with suppress(ConnectionError):
                await watch.write(json.dumps({"type": "ERROR", "object": status}).encode() + b"\n")
        return len(broken)


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode()
