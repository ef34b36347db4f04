"""Reading what /v1/embeddings answers."""

import json
import math
from array import array
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson

from fmops_serving.evaluate.client import whole_body
from fmops_serving.evaluate.faults import Fault
from fmops_serving.http.response import Response

Numbers = Sequence[float]
"""A vector, of the 32-bit floats that embedders work with."""


@dataclass(frozen=True)
class Embeddings:
    """What an embedder made of the texts of a request."""

    vectors: Mapping[int, Numbers]
    """By the place of their text, as many as there are."""
    prompt_tokens: int | None
    """Of all texts, as the endpoint counts them."""
    output_tokens: int = 0
    text: str = ""
    """It says nothing, which is what a budget counts of it."""


async def read_vectors(response: Response) -> Embeddings:
    """Read the vectors of a request; raises Fault."""
    return vectors_in(await whole_body(response))


def vectors_in(body: bytes) -> Embeddings:
    """Read the body of an answer. A number that is none (null, NaN) becomes NaN. Raises Fault."""
    try:
        content = _parsed(body)
        vectors = {int(each["index"]): array("f", map(_number, each["embedding"])) for each in content["data"]}
        tokens = (content.get("usage") or {}).get("prompt_tokens")
        return Embeddings(vectors, tokens if isinstance(tokens, int) else None)
    except ValueError:
        raise Fault("the embedder sent what is not JSON") from None
    except (TypeError, KeyError, AttributeError, OverflowError):
        raise Fault("the embedder sent JSON that is not of the OpenAI API") from None


def _parsed(body: bytes) -> Any:
    """Read JSON, and what Python's own writer makes of NaN and Infinity, which is none."""
    with suppress(orjson.JSONDecodeError):
        return orjson.loads(body)
    return json.loads(body)


def _number(value: object) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)
