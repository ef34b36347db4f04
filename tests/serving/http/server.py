"""A server of bytes: it reads one request after the other and sends what a test says, piece by piece."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

STALL, CUT = b"stall", b"cut"
"""In place of a piece: nothing more; the end of the connection."""


@dataclass
class ByteServer:
    """What a test sees: where the server is, what it was asked, and over how many connections."""

    says: Callable[[int], Sequence[bytes]]
    """The pieces of the response to a request, counted from 0 over all connections."""
    port: int = 0
    asked: list[bytes] = field(default_factory=list)
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until somebody ends it."""
        self.connections += 1
        try:
            await self._serve(reader, writer)
        finally:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
                self.asked.append(head + await reader.readexactly(length))
                if await self._send(writer, self.says(len(self.asked) - 1)):
                    writer.close()
                    await writer.wait_closed()
                    return

    async def _send(self, writer: asyncio.StreamWriter, pieces: Sequence[bytes]) -> bool:
        for piece in pieces:
            if piece is CUT:
                return True
            if piece is STALL:
                await asyncio.sleep(60)
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        return False


@asynccontextmanager
async def byte_server(
    says: Callable[[int], Sequence[bytes]], context: ssl.SSLContext | None = None
) -> AsyncIterator[ByteServer]:
    """Serve on loopback until the test is over."""
    server = ByteServer(says)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(server.serve(reader, writer))
        tasks.add(task)

    listening = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)  # transports close a moment later, and not after the loop
