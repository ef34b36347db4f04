"""The guard: detectors that screen texts, rules that say what follows, screening of streams.

`Guard` is the same as a middleware of an engine's API server: `vllm serve --middleware fmops_serving.guard.Guard`.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    """Give the middleware to who asks for it; importing a detector does not load it."""
    if name == "Guard":
        from fmops_serving.guard.engine.middleware import Guard  # noqa: PLC0415

        return Guard
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
