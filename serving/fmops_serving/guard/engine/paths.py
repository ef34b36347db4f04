"""Which paths of an engine are screened, which are harmless; every other is refused.

An engine's server has many paths that generate (/invocations, /inference/v1/generate, /v1/messages, ...) and every
version has more. One that is not listed here is not answered, so that a new one is no way around the guard.
"""

from collections.abc import Mapping
from typing import Any

from fmops_serving.gateway.kind import KINDS, Kind

SCREENED = {path: kind for path, kind in KINDS.items() if kind not in {Kind.TRANSCRIPTIONS, Kind.IMAGES}}
"""Paths whose requests and answers are JSON that the guard can read, by what they ask for."""
HARMLESS = frozenset({"/health", "/ping", "/version", "/load", "/metrics", "/v1/models"})
"""Paths that are read, and answer no text of a model."""
COUNTING = frozenset({"/tokenize", "/detokenize"})
"""Paths that count tokens of a text and generate none."""


def path_of(scope: Mapping[str, Any]) -> str:
    """Give the path that the application's router sees: without the prefix that the application is mounted at."""
    path, root = str(scope["path"]), str(scope.get("root_path", "")).rstrip("/")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def is_harmless(method: str, path: str, opened: frozenset[str]) -> bool:
    """Say whether a request generates nothing; `opened` are paths that the operator of the engine vouches for."""
    if method in {"GET", "HEAD"} and path in HARMLESS:
        return True
    return method == "OPTIONS" or (method == "POST" and path in COUNTING) or path in opened
