"""What one of our kinds is read as, and what looks after it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fmops_api.meta import Resource
from fmops_operator.world import Outcome, World

AnyResource = Resource[Any, Any]


@dataclass(frozen=True)
class Story:
    """The type of a kind and its reconcile, which is told again and again until nothing is left to do."""

    resource: type[AnyResource]
    reconcile: Callable[[Any, World], Awaitable[Outcome[Any]]]
