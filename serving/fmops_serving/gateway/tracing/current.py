"""The span that is being worked for, which is how a rail's look finds the request that it belongs to."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from fmops_serving.gateway.screen.checks import Check

if TYPE_CHECKING:
    from fmops_serving.gateway.tracing.spans import RequestSpan

_CURRENT: ContextVar["RequestSpan | None"] = ContextVar("span", default=None)


@contextmanager
def within(span: "RequestSpan | None") -> Iterator[None]:
    """Let what is looked at be told to this span."""
    token = _CURRENT.set(span)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def looked(check: Check) -> None:
    """Tell a rail's look at a text to the request that it belongs to."""
    if (span := _CURRENT.get()) is not None:
        span.looked(check)
