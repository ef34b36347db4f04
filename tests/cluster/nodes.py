"""Which kind of node this machine can have."""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from tests.cluster.background import BackgroundCluster
from tests.cluster.kind import KindNode, has_kind
from tests.cluster.node import Node


class RealNode(BackgroundCluster, Protocol):
    """A cluster that runs pods."""

    folder: Path

    def prepare(self) -> None:
        """Install and build what `up` needs."""

    def import_images(self, archives: Iterable[Path]) -> None:
        """Make images available to pods, which use them with imagePullPolicy Never or IfNotPresent."""


def choose_node() -> RealNode:
    """kind where a Docker engine and kind are found, else a bare node of our own."""
    return KindNode() if has_kind() else Node()
