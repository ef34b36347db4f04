"""Where the local clusters keep their programs, images and state."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TOOLS = Path(__file__).resolve().parent / "tools"


def cache() -> Path:
    """The folder that every clone of this project shares."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fmops"


def clusters() -> Path:
    """One folder per cluster that `python -m tests.cluster up` started."""
    return cache() / "clusters"


def images() -> Path:
    """The image archives that a node imports."""
    return cache() / "images"


def models() -> Path:
    """The weights that a node offers to pods as read-only volumes."""
    return cache() / "models"
