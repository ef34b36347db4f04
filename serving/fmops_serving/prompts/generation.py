"""How an answer is drawn, as the OpenAI API says it."""

from typing import Any

from fmops_api.template import Generation


def sampling(generation: Generation) -> dict[str, Any]:
    """Give the fields of a chat request for a template's wishes; what it leaves open is left out."""
    wanted = {
        "temperature": float(generation.temperature) if generation.temperature is not None else None,
        "top_p": float(generation.top_p) if generation.top_p is not None else None,
        "max_tokens": generation.max_tokens,
        "stop": generation.stop,
        "seed": generation.seed,
    }
    return {name: value for name, value in wanted.items() if value is not None}
