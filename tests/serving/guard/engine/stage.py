"""An engine that Guard is mounted in, and what a client hears of it."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from fmops_serving.guard.engine.answer import App, Message, Receive, Scope, Send

CHAT = "/v1/chat/completions"


JSON = [(b"content-type", b"application/json")]


EVENTS = [(b"content-type", b"text/event-stream; charset=utf-8")]


class Engine:
    """Answers what it is told to, piece by piece, and remembers what it was asked."""

    def __init__(
        self, pieces: Sequence[bytes], headers: Sequence[tuple[bytes, bytes]] = JSON, status: int = 200
    ) -> None:
        self.pieces, self.headers, self.status = pieces, list(headers), status
        self.asked: list[tuple[str, bytes]] = []
        self.sent = 0
        self.fault: Exception | None = None
        self.told_gone = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        assert message["more_body"] is False
        length = dict(scope["headers"])[b"content-length"]
        assert int(length) == len(message["body"])
        self.asked.append((scope["path"], message["body"]))
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        try:
            for piece in self.pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                self.sent += 1
            await send({"type": "http.response.body", "body": b""})
        except OSError as error:
            self.fault = error
            self.told_gone = (await receive())["type"] == "http.disconnect"
            raise


class Answer:
    def __init__(self, messages: Sequence[Message]) -> None:
        (start, *bodies) = messages
        self.status, self.headers = start["status"], dict(start["headers"])
        self.body = b"".join(each["body"] for each in bodies)
        assert [each.get("more_body", False) for each in bodies][-1] is False

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


async def asked(app: App, body: object, path: str = CHAT, method: str = "POST", cut: int = 0, **scope: Any) -> Answer:
    """Send one request in two parts, and give the answer."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    parts = [
        {"type": "http.request", "body": raw[:cut], "more_body": True},
        {"type": "http.request", "body": raw[cut:], "more_body": False},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        if parts:
            return parts.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"transfer-encoding", b"chunked")]
    whole = {"type": "http", "method": method, "path": path, "headers": headers, "query_string": b"", **scope}
    async with asyncio.timeout(5):
        await app(whole, receive, send)
    return Answer(sent)


def says(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": text}], **more}


def chunk(text: str, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return (
        b"data: " + json.dumps({"id": "c", "object": "chat.completion.chunk", "choices": [choice]}).encode() + b"\n\n"
    )


def completion(text: str) -> bytes:
    message = {"role": "assistant", "content": text}
    return json.dumps({"id": "c", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}).encode()


FINE = completion("Fine.")


DONE = b"data: [DONE]\n\n"
