"""The package `fmops-native`: what most messages and texts are read by, where it is installed.

What it gives is what the Python beside it gives, or that it cannot tell. Without it, or with FMOPS_NATIVE=off in the
environment, Python does all, with the same result.
"""

import os
from importlib import import_module
from types import ModuleType


def _imported() -> ModuleType | None:
    if os.environ.get("FMOPS_NATIVE") == "off":
        return None
    try:
        return import_module("fmops_native")
    except ImportError:
        return None


native = _imported()
"""The package; None where it is not."""


def read_nothing(data: bytes) -> None:
    """Find nothing plain, as without the package."""
