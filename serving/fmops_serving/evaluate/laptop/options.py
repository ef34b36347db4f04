"""Options of the form NAME=VALUE."""

from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter, ValidationError

from fmops_api.scalars import HttpUrl
from fmops_serving.evaluate.errors import BadInput

_URL: TypeAdapter[str] = TypeAdapter(HttpUrl)


def pairs(option: str, given: Sequence[str], shape: str) -> dict[str, str]:
    """Read a repeated option as a mapping; raises BadInput."""
    found: dict[str, str] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not (name and sign and value):
            raise BadInput(f"{option} {text!r} is not of the form {shape}")
        if name in found:
            raise BadInput(f"{option} names {name} twice")
        found[name] = value
    return found


def endpoints(given: Sequence[str]) -> Mapping[str, str]:
    """Read --endpoint MODEL=URL; raises BadInput."""
    found = pairs("--endpoint", given, "MODEL=URL, such as llama-8b=http://localhost:8000/v1")
    for name, url in found.items():
        try:
            _URL.validate_python(url)
        except ValidationError:
            raise BadInput(
                f"--endpoint {name}: {url!r} is not the URL of an API, such as http://localhost:8000/v1"
            ) from None
    return found
