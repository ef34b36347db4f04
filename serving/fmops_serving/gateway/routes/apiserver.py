"""The API server, as a pod reaches it: address, certificate and token of its service account, for lists and watches."""

import os
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_HOST, _PORT = "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"
_LONGEST_LINE = 2**22
"""One event: an object has at most 1.5 MiB in etcd, and JSON escapes make it longer."""
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

    def tls(self) -> ssl.SSLContext:
        """Trust the cluster's certificate and no other."""
        return ssl.create_default_context(cafile=str(self.folder / "ca.crt"))


class ApiServer:
    """Questions to the API server; `async with` closes its connections."""

    def __init__(self, account: Account) -> None:
        """Ask as `account`. Needs a running loop."""
        self._account = account
        connector = aiohttp.TCPConnector(ssl=account.tls(), limit=8)
        self._session = aiohttp.ClientSession(connector=connector, read_bufsize=_LONGEST_LINE)

    async def __aenter__(self) -> "ApiServer":
        """Give itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection."""
        await self._session.close()

    async def get(self, path: str, query: Mapping[str, str]) -> Any:
        """Ask once. Raises Unanswered."""
        return orjson.loads(b"".join([part async for part in self._read(path, query, 60.0, None)]))

    def follow(self, path: str, query: Mapping[str, str]) -> AsyncIterator[bytes]:
        """Give the lines of a watch until the server ends it. Raises Unanswered."""
        return self._read(path, query, None, SILENCE_SECONDS)

    async def _read(
        self, path: str, query: Mapping[str, str], seconds: float | None, silence: float | None
    ) -> AsyncIterator[bytes]:
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=10, sock_read=silence)
        try:
            headers = {"Authorization": f"Bearer {self._account.token()}", "Accept": "application/json"}
            async with self._session.get(
                self._account.url + path, params=query, headers=headers, timeout=timeout
            ) as answer:
                if answer.status >= 400:
                    raise refusal_of(answer.status, await answer.read())
                async for line in answer.content:
                    yield line
        except TimeoutError as error:
            raise Unanswered("the API server did not answer in time") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unanswered(f"the API server cannot be reached: {type(error).__name__}: {error}") from error


def refusal_of(status: int, body: bytes) -> Unanswered:
    """Read a refusal, of an answer or within a watch."""
    try:
        message = orjson.loads(body)["message"]
    except (ValueError, KeyError, TypeError):
        message = body[:200].decode(errors="replace")
    return Unanswered(f"the API server refuses with status {status}: {message}", expired=status == 410)
