"""The API server, as a pod reaches it: address, certificate and token of its service account, for lists and watches."""

import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson

from fmops_serving.http.address import Address
from fmops_serving.http.client import Client
from fmops_serving.http.errors import HTTPError

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_HOST, _PORT = "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"
LIST_SECONDS = 60.0
"""For the whole of an answer."""
WATCH_SECONDS = 300
"""After which the server ends a watch."""
HEAD_SECONDS = 20.0
"""A watch begins at once, whether or not there is anything to tell: who does not begin it will not go on with it."""
SILENCE_SECONDS = 120.0
"""The server sends a bookmark every minute; behind a load balancer a watch can go deaf without being closed."""


class NoApiServer(Exception):  # noqa: N818 - said to whoever starts the gateway
    """The API server is not to be found from here; the message says what is missing."""


class Unanswered(Exception):  # noqa: N818 - a state of the world
    """The API server did not answer, or with a refusal; `expired` says that the version asked for is too old."""

    def __init__(self, message: str, *, expired: bool = False) -> None:
        """Remember whether to list anew."""
        super().__init__(message)
        self.expired = expired


@dataclass(frozen=True)
class Account:
    """Where the API server is, and who asks."""

    url: str
    folder: Path
    """Holds `token`, which the kubelet renews, and `ca.crt`."""

    @classmethod
    def find(cls, folder: Path = SERVICE_ACCOUNT, environment: Mapping[str, str] = os.environ) -> "Account":
        """Find both as every pod has them. Raises NoApiServer."""
        missing = [name for name in (_HOST, _PORT) if not environment.get(name)]
        missing += [str(path) for path in (folder / "token", folder / "ca.crt") if not path.is_file()]
        if missing:
            raise NoApiServer(f"a pod of a cluster has {', '.join(missing)}, and there is none here")
        host = environment[_HOST]
        return cls(f"https://{f'[{host}]' if ':' in host else host}:{environment[_PORT]}", folder)

    def token(self) -> str:
        """Read the token as it is now: it is renewed about every hour."""
        return (self.folder / "token").read_text(encoding="ascii").strip()

    @cached_property
    def address(self) -> Address:
        """Say where to connect, trusting the cluster's certificate and no other."""
        return Address.of(self.url, self.folder / "ca.crt")


class ApiServer:
    """Questions to the API server, each over a connection of its own: there are few, and a watch keeps its own."""

    def __init__(self, account: Account) -> None:
        """Ask as `account`."""
        self._account = account

    async def get(self, path: str, query: Mapping[str, str]) -> Any:
        """Ask once. Raises Unanswered."""
        parts = [part async for part in self._read(path, query, LIST_SECONDS)]
        try:
            return orjson.loads(b"".join(parts))
        except ValueError as error:
            raise Unanswered("the API server answers no JSON") from error

    async def follow(self, path: str, query: Mapping[str, str]) -> AsyncIterator[bytes]:
        """Give the lines of a watch until the server ends it. Raises Unanswered."""
        rest = b""
        async for part in self._read(path, query, HEAD_SECONDS, SILENCE_SECONDS):
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                yield line
        if rest:
            yield rest

    async def _read(
        self, path: str, query: Mapping[str, str], limit: float, silence: float | None = None
    ) -> AsyncIterator[bytes]:
        """Give the body as it comes, all within `limit` seconds, or its head; each piece then within `silence`."""
        try:
            headers = {"Authorization": f"Bearer {self._account.token()}", "Accept": "application/json"}
            async with Client(self._account.address, headers) as client:
                with await client.get(f"{path}?{urlencode(query)}", limit) as answer:
                    if answer.status >= 400:
                        raise refusal_of(answer.status, await answer.read())
                    while part := await (answer.read() if silence is None else answer.read_within(silence)):
                        yield part
        except TimeoutError as error:
            raise Unanswered("the API server did not answer in time") from error
        except (HTTPError, OSError, ValueError) as error:
            raise Unanswered(f"the API server cannot be reached: {type(error).__name__} {error}".strip()) from error


def refusal_of(status: int, body: bytes) -> Unanswered:
    """Read a refusal, of an answer or within a watch."""
    try:
        message = orjson.loads(body)["message"]
    except (ValueError, KeyError, TypeError):
        message = body[:200].decode(errors="replace")
    return Unanswered(f"the API server refuses with status {status}: {message}", expired=status == 410)
