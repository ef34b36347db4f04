"""One pooled connection to the API server: login, TLS and token renewal by kubernetes.aio, requests by its aiohttp.

The dynamic client on top of it is left out on purpose: it costs 2.6 times the CPU of the request itself, on every
write and every watch event, and gives nothing that `resources` does not.
"""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
import yaml
from kubernetes.aio import config as login
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.client.rest import RESTClientObject

from fmops_operator.errors import NoCluster, Unavailable
from fmops_operator.responses import error_of

CONNECTIONS = 64
USER_AGENT = "fmops-operator"
_READ_BUFFER = 2**22  # one watch event: an object has at most 1.5 MiB in etcd, and JSON escapes make it longer


@dataclass(frozen=True)
class Request:
    """What is asked of the API server."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    content_type: str = "application/json"
    accept: str = "application/json"
    seconds: float | None = 30.0
    """Time for the whole answer; None for a watch."""
    silence: float | None = None
    """Seconds without a byte after which a watch counts as dead: behind a load balancer it can go deaf unclosed."""


async def load_configuration() -> Configuration:
    """Log in as a pod does, else by KUBECONFIG or ~/.kube/config. Raises NoCluster when neither will do."""
    configuration = Configuration()
    try:
        login.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
    except login.ConfigException:
        # Passed by hand: the library reads the variable once, when it is imported.
        path = os.environ.get("KUBECONFIG") or None
        try:
            await login.load_kube_config(path, client_configuration=configuration)  # type: ignore[no-untyped-call]
        # The library trusts the file: what is no kubeconfig breaks it in as many ways as there are.
        except (login.ConfigException, yaml.YAMLError, OSError, TypeError, KeyError, ValueError) as error:
            raise NoCluster(f"{path or '~/.kube/config'}: {' '.join(str(error).split())}") from error
    return configuration


def open_session(configuration: Configuration) -> aiohttp.ClientSession:
    """Open a pool of connections that sends the current token with each request. Needs a running loop."""

    async def authenticate(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        # A service account's token is rotated every hour: a header fixed at the start would end the operator then.
        setting = (await configuration.auth_settings()).get("BearerToken")
        if setting:
            request.headers["Authorization"] = str(setting["value"])
        return await handler(request)

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=CONNECTIONS, ssl=RESTClientObject(configuration).ssl_context),
        headers={"User-Agent": USER_AGENT},
        middlewares=(authenticate,),
        # Not trust_env: it reads ~/.netrc in a thread for each request, a third of the CPU of all of it.
        proxy=configuration.proxy,
        read_bufsize=_READ_BUFFER,
    )


class Connection:
    """Requests to the API server, their failures as `errors`."""

    def __init__(self, configuration: Configuration) -> None:
        self._session = open_session(configuration)
        self._server: str = configuration.host.rstrip("/")

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def send(self, request: Request) -> Any:
        """Ask, and give the JSON answer. Raises ClusterError."""
        async with self._exchange(request) as response:
            return orjson.loads(await response.read())

    async def stream(self, request: Request) -> AsyncIterator[bytes]:
        """Give a watch's events, one JSON line each, until the server ends it. Raises ClusterError."""
        async with self._exchange(request) as response:
            async for line in response.content:
                yield line

    @asynccontextmanager
    async def _exchange(self, request: Request) -> AsyncIterator[aiohttp.ClientResponse]:
        try:
            async with self._open(request) as response:
                if response.status >= 400:
                    raise error_of(response.status, await response.read(), response.headers.get("Retry-After"))
                yield response
        except TimeoutError as error:
            raise Unavailable(f"the API server did not answer in time: {request.method} {request.path}") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unavailable(f"the API server cannot be reached: {type(error).__name__}: {error}") from error

    def _open(self, request: Request) -> Any:
        headers = {"Accept": request.accept}
        data = None
        if request.body is not None:
            headers["Content-Type"] = request.content_type
            data = orjson.dumps(request.body)
        timeout = aiohttp.ClientTimeout(total=request.seconds, sock_connect=10, sock_read=request.silence)
        return self._session.request(
            request.method,
            self._server + request.path,
            params=request.query or None,
            headers=headers,
            data=data,
            timeout=timeout,
        )
