"""Steady traffic through a gateway while everything behind it changes, and what became of each request.

The standard library alone: a pod runs this file too, as `python -c SOURCE CONFIGURATION`. There each line of standard
input, a JSON object of new expectations by the names of asks, is answered by a line with the counts so far; the end of
standard input ends it. A refused connection is tried at the next address, since nothing was sent; nothing else is.
"""

import asyncio
import contextlib
import itertools
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Address = tuple[str, int]
SECONDS = 90.0
"""That one request may take: one that waits for a model's pod takes a minute at most."""
MOST_TOLD = 20


@dataclass
class Ask:
    """One kind of request, asked again and again, and what is a right answer to it."""

    name: str
    model: str
    text: str
    """What is asked; NONCE stands for what no other request has."""
    key: str | None = None
    stream: bool = False
    says: str = ""
    """What a right answer contains, with NONCE as in the question."""
    never: Sequence[str] = ()
    """What no answer may contain."""
    ends: Collection[str] = ("stop", "length")
    """Reasons with which an answer may end."""
    expect: Sequence[str] = ("200",)
    """Statuses that are right now, such as 200 or 400 content_filter."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Other fields of the request, with NONCE as in the question."""

    def body(self, nonce: str) -> bytes:
        asked = {"model": self.model, "messages": [{"role": "user", "content": self.text}], "stream": self.stream}
        return json.dumps({**asked, **self.more}).replace("NONCE", nonce).encode()


@dataclass
class Tally:
    """What became of the requests."""

    right: Counter[str] = field(default_factory=Counter)
    """By the name of the ask and the status, such as `chat 200`."""
    wrong: int = 0
    told: list[str] = field(default_factory=list)
    """The first of what was wrong."""
    elsewhere: int = 0
    """Connections that were refused, and made at another address."""

    def count(self, ask: Ask, status: str, fault: str) -> None:
        if not fault:
            self.right[f"{ask.name} {status}"] += 1
            return
        self.wrong += 1
        if len(self.told) < MOST_TOLD:
            self.told.append(f"{ask.name}: {fault}")


class Lost(Exception):  # noqa: N818 - a request's end
    """A request without a whole answer."""


def judge(ask: Ask, nonce: str, status: str, body: str, expected: Collection[str]) -> str:
    """Say what is wrong with an answer; empty when nothing is."""
    for word in ask.never:
        if word in body:
            return f"unscreened ({word!r}): {status} {body[-300:]}"
    if status not in expected:
        return f"status {status}, not {' or '.join(sorted(expected))}: {body[:300]}"
    if status != "200":
        return ""
    said, ends = said_in(body) if ask.stream else said_whole(body)
    if ask.stream and not body.rstrip().endswith("data: [DONE]"):
        return f"cut off: {body[-300:]}"
    if not ends or not set(ends) <= set(ask.ends):
        return f"ended with {ends}: {body[-300:]}"
    wanted = ask.says.replace("NONCE", nonce)
    return "" if wanted in said else f"another answer, without {wanted!r}: {body[:300]}"


def said_whole(body: str) -> tuple[str, list[str]]:
    """Give the text of an answer and why it ended."""
    choices = json.loads(body)["choices"]
    return "".join(each["message"].get("content") or "" for each in choices), [
        each["finish_reason"] for each in choices
    ]


def said_in(body: str) -> tuple[str, list[str]]:
    """Give the text of a streamed answer and why it ended."""
    events = [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: {")]
    choices = [choice for event in events for choice in event.get("choices", ())]
    text = "".join(choice["delta"].get("content") or "" for choice in choices)
    return text, [choice["finish_reason"] for choice in choices if choice.get("finish_reason")]


class Caller:
    """One client: a connection that is kept while the server keeps it, to one address and then the next."""

    def __init__(self, addresses: Sequence[Address], first: int, tally: Tally) -> None:
        self._addresses = [*addresses[first:], *addresses[:first]]
        self._tally = tally
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, ask: Ask, body: bytes) -> tuple[str, str]:
        """Give status and body of an answer. Raises Lost."""
        try:
            async with asyncio.timeout(SECONDS):
                reader, writer = self._kept() or await self._connect()
                key = f"authorization: Bearer {ask.key}\r\n" if ask.key else ""
                head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\n{key}content-length: {len(body)}\r\n"
                try:
                    writer.write(f"{head}content-type: application/json\r\n\r\n".encode() + body)
                    status, answer, keep = await _read(reader)
                except BaseException:
                    writer.close()
                    raise
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            raise Lost(f"lost: {type(error).__name__} {error}") from error
        if keep:
            self._streams = reader, writer
        else:
            writer.close()
        return status, answer

    def _kept(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """Give the connection of the answer before, unless the server has closed it."""
        streams, self._streams = self._streams, None
        if streams is not None and streams[0].at_eof():
            streams[1].close()
            return None
        return streams

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the next address that accepts."""
        for attempt in range(len(self._addresses)):
            self._addresses = [*self._addresses[1:], self._addresses[0]]
            try:
                return await asyncio.open_connection(*self._addresses[-1])
            except ConnectionRefusedError:
                if attempt == len(self._addresses) - 1:
                    raise
                self._tally.elsewhere += 1
        raise AssertionError("no address")

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()


async def _read(reader: asyncio.StreamReader) -> tuple[str, str, bool]:
    """Read an answer: its status, with the code of an error, its body, and whether the connection goes on."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    pieces = [piece async for piece in _pieces(reader, head)]
    body, status = b"".join(pieces).decode(), head.split(" ")[1]
    if status != "200":
        with contextlib.suppress(ValueError, KeyError, TypeError):
            status = f"{status} {json.loads(body)['error']['code']}"
    return status, body, "\r\nconnection: close" not in head


async def _pieces(reader: asyncio.StreamReader, head: str) -> AsyncIterator[bytes]:
    length = head.partition("\r\ncontent-length: ")[2].partition("\r\n")[0]
    if length:
        yield await reader.readexactly(int(length))
        return
    while size := int(await reader.readuntil(b"\r\n"), 16):
        yield (await reader.readexactly(size + 2))[:-2]
    await reader.readexactly(2)


class Traffic:
    """Clients that ask until they are told to end."""

    def __init__(
        self, addresses: Sequence[Address], asks: Sequence[Ask], clients: int = 2, pause: float = 0.02
    ) -> None:
        """Each kind of request has so many clients; each waits `pause` seconds after an answer."""
        self.tally = Tally()
        self.asks = {ask.name: ask for ask in asks}
        self._addresses, self._clients, self._pause = addresses, clients, pause
        self._numbers = itertools.count()
        self._ended = asyncio.Event()
        self._answered = asyncio.Event()

    def expect(self, **expected: Sequence[str]) -> None:
        """Change what is right, by the names of asks. A request may answer to either while it is on its way."""
        for name, statuses in expected.items():
            self.asks[name].expect = statuses

    async def run(self) -> None:
        """Ask until `end`."""
        async with asyncio.TaskGroup() as group:
            for ask in self.asks.values():
                for number in range(self._clients):
                    group.create_task(self._client(ask, number % len(self._addresses)))

    def end(self) -> None:
        """Let every client end after its answer."""
        self._ended.set()

    async def until(self, *wanted: str, times: int = 3) -> None:
        """Wait until there were so many more right answers of each sort, such as `chat 200`, or one was wrong."""
        goals = {each: self.tally.right[each] + times for each in wanted}
        async with asyncio.timeout(SECONDS):
            while not self.tally.wrong and any(self.tally.right[each] < goal for each, goal in goals.items()):
                self._answered.clear()
                await self._answered.wait()

    async def _client(self, ask: Ask, first: int) -> None:
        caller = Caller(self._addresses, first, self.tally)
        while not self._ended.is_set():
            nonce, before = f"n{next(self._numbers)}x", tuple(ask.expect)
            try:
                status, body = await caller.ask(ask, ask.body(nonce))
                fault = judge(ask, nonce, status, body, {*before, *ask.expect})
            except Lost as lost:
                status, fault = "", str(lost)
            self.tally.count(ask, status, fault)
            self._answered.set()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), self._pause)
        caller.close()


@asynccontextmanager
async def traffic(addresses: Sequence[Address], asks: Sequence[Ask], **load: Any) -> AsyncIterator[Traffic]:
    """Ask for as long as the block runs."""
    made = Traffic(addresses, asks, **load)
    running = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        made.end()
        await running


async def _command(configuration: str) -> None:
    """Run in a pod; see the module."""
    given = json.loads(configuration)
    asks = [Ask(**each) for each in given["asks"]]
    async with traffic([tuple(each) for each in given["addresses"]], asks, **given["load"]) as made:
        while line := await asyncio.to_thread(sys.stdin.readline):
            made.expect(**json.loads(line))
            print(json.dumps(vars(made.tally)), flush=True)
    print(json.dumps(vars(made.tally)), flush=True)


if __name__ == "__main__":
    asyncio.run(_command(sys.argv[1]))
