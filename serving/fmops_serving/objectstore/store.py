"""A folder of a bucket: S3 and what speaks its API, Google, Azure, or a folder of this machine for tests."""

import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import from_url

from fmops_api.objectstore import CREDENTIALS
from fmops_serving.objectstore.place import Denied, Missing, NoBucket, Place, StoreFailed, Unreachable

RETRY_SECONDS = 60.0
"""How long a request is tried again that meets 5xx, a broken connection or nobody."""
_REQUEST_TIMEOUT = "120s"
_PIECE = 2**20
_CODE, _MESSAGE = re.compile(r"<Code>([^<]{1,80})</Code>"), re.compile(r"<Message>([^<]{1,200})</Message>")
_REFUSALS = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "XAdminUserNotFound", "ExpiredToken"}


class Store:
    """Objects below a place, by their path relative to it."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._store = _opened(place)

    async def put(self, path: str, content: bytes | Path) -> None:
        """Write an object, whole or not at all; a file is sent in pieces. Raises StoreFailed."""
        async with self._told(path):
            await obstore.put_async(self._store, path, content)

    async def get(self, path: str) -> bytes:
        """Read an object; raises Missing or StoreFailed."""
        async with self._told(path):
            found = await obstore.get_async(self._store, path)
            return bytes(await found.bytes_async())

    async def pieces(self, path: str) -> AsyncIterator[bytes]:
        """Read an object piece by piece; raises Missing or StoreFailed."""
        async with self._told(path):
            found = await obstore.get_async(self._store, path)
            async for piece in found.stream(min_chunk_size=_PIECE):
                yield bytes(piece)

    async def names(self, folder: str) -> list[str]:
        """List the objects below a folder, in order; raises StoreFailed."""
        found: list[str] = []
        async with self._told(folder):
            async for page in obstore.list(self._store, folder):
                found += [entry["path"] for entry in page]
        return sorted(found)

    @asynccontextmanager
    async def _told(self, path: str) -> AsyncIterator[None]:
        try:
            yield
        except (BaseError, OSError, ValueError) as error:
            raise self._failure(path, error) from None

    def _failure(self, path: str, error: Exception) -> StoreFailed:
        """Say what a person can do; never what was sent, and no key."""
        place, said = self._place, str(error)
        code = _first(_CODE, said)
        if code == "NoSuchBucket":
            return NoBucket(f"{place.uri}: there is no such bucket{self._there}")
        if code in _REFUSALS or isinstance(error, PermissionDeniedError | UnauthenticatedError):
            return Denied(
                f"{place.uri}: the store refuses the credentials ({code or 'denied'}): they need to {place.rights}"
            )
        if isinstance(error, FileNotFoundError):
            return Missing(f"{place.uri}: there is no {path}")
        if "error sending request" in said or "HTTP error" in said:
            return Unreachable(f"{place.uri}: the store cannot be reached{self._there}")
        message = _first(_MESSAGE, said) or said.splitlines()[0][:200]
        return StoreFailed(f"{place.uri}: the store does not take {path}: {f'{code}: ' if code else ''}{message}")

    @property
    def _there(self) -> str:
        return f" at {self._place.endpoint}" if self._place.endpoint else ""


def _opened(place: Place) -> Any:
    config = {key.lower(): value for key, value in (place.keys or {}).items()}
    options: dict[str, Any] = {}
    if place.uri.startswith("s3://"):
        config["region"] = place.region or "us-east-1"
        if place.endpoint:
            config["endpoint"] = place.endpoint
    if config:
        options["config"] = config
    if not place.uri.startswith("file://"):
        plain = bool(place.endpoint and place.endpoint.startswith("http://"))
        options["client_options"] = {"allow_http": plain, "timeout": _REQUEST_TIMEOUT, "connect_timeout": "10s"}
        options["retry_config"] = {"max_retries": 20, "retry_timeout": timedelta(seconds=RETRY_SECONDS)}
    try:
        with nullcontext() if place.keys is None else _without_keys():
            return from_url(place.uri, **options)
    except (BaseError, ValueError) as error:
        raise StoreFailed(f"{place.uri} cannot be opened: {str(error).splitlines()[0][:200]}") from None


@contextmanager
def _without_keys() -> Iterator[None]:
    """Hide the credentials of the environment, which are another store's, while a store is opened."""
    hidden = {key: os.environ.pop(key) for keys in CREDENTIALS.values() for key in keys if key in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
