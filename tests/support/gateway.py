"""A gateway in the test's own process, a client that sends any bytes, and an engine that misbehaves when told to."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fmops_api.route import Route
from fmops_serving.gateway.access.doorkeeper import Doorkeeper
from fmops_serving.gateway.access.limits import Limits as KeyLimits
from fmops_serving.gateway.forward import REQUEST_TIME
from fmops_serving.gateway.metrics.recorder import Recorder
from fmops_serving.gateway.prompts.shelf import Shelf
from fmops_serving.gateway.routes.routes import Routes
from fmops_serving.gateway.serve import Gateway
from fmops_serving.gateway.server.house import House
from fmops_serving.gateway.server.limits import Limits
from fmops_serving.gateway.upstream.patience import Patience
from fmops_serving.gateway.waiting import Waiting
from fmops_serving.guard.memory import Memory

if TYPE_CHECKING:
    from fmops_serving.gateway.tracing.tracing import Tracing

KEY = "sk-test"
DIGEST = f"sha256:{hashlib.sha256(KEY.encode()).hexdigest()}"
COMPLETION = {
    "id": "c1",
    "object": "chat.completion",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4},
}


@dataclass
class Call:
    """A request that reached an engine."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    writer: asyncio.StreamWriter
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the gateway closed the connection."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def answer(self, body: Any, status: int = 200, headers: Sequence[str] = (), kind: str = "application/json") -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} X", f"content-type: {kind}", f"content-length: {len(content)}", *headers]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + content)

    def start(self) -> None:
        self.writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")

    def event(self, data: bytes) -> None:
        self.writer.write(b"%x\r\n%b\r\n" % (len(data), data))

    def end(self) -> None:
        self.writer.write(b"0\r\n\r\n")

    def cut(self) -> None:
        self.writer.transport.abort()


Behaviour = Callable[[Call], Coroutine[Any, Any, None]]


async def says_hello(call: Call) -> None:
    call.answer(COMPLETION)


def streams(*events: bytes) -> Behaviour:
    async def behave(call: Call) -> None:
        call.start()
        for event in events:
            call.event(event)
        call.end()

    return behave


@dataclass
class Engine:
    """An engine; `behave` answers each call."""

    behave: Behaviour = says_hello
    calls: list[Call] = field(default_factory=list)
    url: str = ""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    server: asyncio.Server | None = None
    """What listens; closed alone, it leaves connections as they are."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = None
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-2])}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                call = Call(head[0].split(" ")[1], headers, body, writer)
                self.calls.append(call)
                self.arrived.set()
                working = asyncio.create_task(self.behave(call))
                watching = asyncio.create_task(reader.read(0) if reader.at_eof() else _closed(reader))
                await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
                if not working.done():
                    call.gone.set()
                    working.cancel()
                watching.cancel()
                await asyncio.gather(working, watching, return_exceptions=True)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            if call is not None:
                call.gone.set()
            writer.close()


async def _closed(reader: asyncio.StreamReader) -> None:
    while not reader.at_eof() and reader.exception() is None:  # noqa: ASYNC110 - a stream tells nobody that it ended
        await asyncio.sleep(0.005)


@asynccontextmanager
async def engine(behave: Behaviour = says_hello, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Engine]:
    """Run an engine."""
    made = Engine(behave)
    made.server = server = await asyncio.start_server(made.serve, host, port, backlog=2048)
    made.url = f"http://{host}:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield made
    finally:
        server.close()
        for call in made.calls:
            call.writer.close()


def route(*engines: Engine | str, name: str = "tiny", **fields: Any) -> Route:
    """Make a route to engines."""
    urls = [each if isinstance(each, str) else each.url for each in engines]
    plain = {
        "namespace": "support",
        "name": name,
        "backends": [{"urls": urls, "model": "real"}],
        "access": {"keys": [{"name": "web", "digest": DIGEST}]},
    }
    return Route.model_validate({**plain, **fields})


@dataclass
class Answered:
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


@dataclass
class Running:
    """A gateway that listens."""

    routes: Routes
    house: House
    port: int
    recorder: Recorder

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def send(self, raw: bytes) -> Answered:
        """Send bytes on a connection of their own and read one answer."""
        reader, writer = await self.connect()
        try:
            writer.write(raw)
            return await read_answer(reader)
        finally:
            writer.close()

    async def ask(
        self, body: Any, path: str = "/v1/chat/completions", key: str | None = KEY, **headers: str
    ) -> Answered:
        return await self.send(post(body, path, key, **headers))


def post(body: Any, path: str = "/v1/chat/completions", key: str | None = KEY, **headers: str) -> bytes:
    """Write a request."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"POST {path} HTTP/1.1", "host: gateway", f"content-length: {len(content)}"]
    if key is not None:
        lines.append(f"authorization: Bearer {key}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


async def read_answer(reader: asyncio.StreamReader) -> Answered:
    """Read one answer, whole or in chunks."""
    async with asyncio.timeout(60):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split(" ")[1])
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-2])}
        if headers.get("transfer-encoding") == "chunked":
            return Answered(status, headers, b"".join([piece async for piece in chunks(reader)]))
        return Answered(status, headers, await reader.readexactly(int(headers.get("content-length", 0))))


async def chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Give the chunks of an answer as they come."""
    while size := int(await reader.readline(), 16):
        yield (await reader.readexactly(size + 2))[:-2]
    await reader.readline()


@asynccontextmanager
async def gateway(
    *routes: Route,
    shelf: Shelf | None = None,
    limits: Limits | None = None,
    patience: Patience | None = None,
    wait: float = 5.0,
    queue: int = 100,
    tracing: "Tracing | None" = None,
    request_time: float = REQUEST_TIME,
    memory: Memory | None = None,
) -> AsyncIterator[Running]:
    """Run a gateway for routes."""
    recorder = Recorder()
    counting = recorder.checks if tracing is None else tracing.checks(recorder.checks)
    table = Routes(patience or Patience(), counting, memory=memory)
    table.replace(routes)
    waiting = Waiting(table, queue, wait)
    door, prompts = Doorkeeper(KeyLimits()), shelf or Shelf()
    serving = Gateway(table, door, waiting, recorder, shelf=prompts, tracing=tracing, request_time=request_time)
    house = House(serving.answer if tracing is None else tracing.request(serving.answer), limits or Limits())
    port = await house.open("127.0.0.1", 0)
    try:
        yield Running(table, house, port, recorder)
    finally:
        await house.close(0.5)
        table.replace(())
