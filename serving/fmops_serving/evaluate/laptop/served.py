"""Asking an endpoint under which name it serves, before anything is asked of the model."""

from collections.abc import Sequence
from http import HTTPStatus

import orjson

from fmops_serving.evaluate.client import whole_body
from fmops_serving.evaluate.errors import NotMeasured
from fmops_serving.evaluate.faults import Fault
from fmops_serving.http.address import Address
from fmops_serving.http.client import Client
from fmops_serving.http.errors import BadAddress, HTTPError, UnknownHost, Unreachable, Untrusted

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
    try:
        address = Address.of(url)
        async with Client(address, headers) as client:
            with await client.get(address.target, PATIENCE) as response:
                return _names(url, response.status, response.content_type, await whole_body(response))
    except TimeoutError:
        raise NotMeasured(f"{url} did not answer within {PATIENCE:g} s") from None
    except Unreachable as error:
        raise NotMeasured(f"{url} cannot be reached: {error}") from None
    except UnknownHost:
        raise NotMeasured(f"{url} cannot be reached: its host name is not known") from None
    except Untrusted as error:
        raise NotMeasured(f"{url} has a certificate that is not trusted: {error}") from None
    except BadAddress as error:
        raise NotMeasured(f"{url} is no URL of an endpoint: {error}") from None
    except (HTTPError, Fault):
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
