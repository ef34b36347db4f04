"""Asking an endpoint under which name it serves, before anything is asked of the model."""

from collections.abc import Sequence
from http import HTTPStatus

import aiohttp
import orjson

from fmops_serving.evaluate.connecting import why
from fmops_serving.evaluate.errors import NotMeasured

PATIENCE = 30.0
"""Seconds that an endpoint may take to list its models."""
_ROOT = "is this the root of an OpenAI API, which usually ends in /v1?"


async def served_name(url: str, api_key: str | None, wanted: Sequence[str]) -> str:
    """Give the name to send as `model`: the first wanted one that is served, else the only one, else the first wanted.

    Raises NotMeasured when the endpoint does not answer as an OpenAI API or refuses the key.
    """
    served = await _list(f"{url.rstrip('/')}/models", api_key)
    for name in wanted:
        if name in served:
            return name
    return served[0] if len(served) == 1 else wanted[0]


async def _list(url: str, api_key: str | None) -> list[str]:
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    try:
        async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session, session.get(url) as response:
            return _names(url, response.status, response.content_type, await response.read())
    except TimeoutError:
        raise NotMeasured(f"{url} did not answer within {PATIENCE:g} s") from None
    except aiohttp.ClientConnectorError as error:
        raise NotMeasured(f"{url} cannot be reached: {why(error)}") from None
    except (aiohttp.ClientError, OSError):
        raise NotMeasured(f"{url} closed the connection half-way or does not speak HTTP; {_ROOT}") from None


def _names(url: str, status: int, content_type: str, body: bytes) -> list[str]:
    """Read the list of models; an API without such a list serves what it is asked for."""
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise NotMeasured(f"{url} refuses the API key ({status}): give it with --api-key MODEL=VARIABLE")
    if status >= 500:
        raise NotMeasured(f"{url} answered with status {status}")
    if status != HTTPStatus.OK:
        return []
    if content_type == "text/html":
        raise NotMeasured(f"{url} answered with a web page; {_ROOT}")
    try:
        return [str(model["id"]) for model in orjson.loads(body)["data"]]
    except (orjson.JSONDecodeError, TypeError, KeyError):
        raise NotMeasured(f"{url} did not answer with a list of models; {_ROOT}") from None
