"""What went wrong between the gateway and a backend."""

from enum import StrEnum


class Cause(StrEnum):
    """Why no answer came; the value is a label of metrics."""

    UNREACHABLE = "unreachable"
    UNTRUSTED = "untrusted"
    """Its certificate does not prove that it is who it should be."""
    CLOSED = "closed"
    CONNECT_TIMEOUT = "connect_timeout"
    FIRST_BYTE_TIMEOUT = "first_byte_timeout"
    IDLE_TIMEOUT = "idle_timeout"
    REQUEST_TIMEOUT = "request_timeout"
    """The request as a whole took too long, over all addresses that were asked."""
    GARBAGE = "garbage"
    TOO_LARGE = "too_large"


TIMEOUTS = frozenset({Cause.CONNECT_TIMEOUT, Cause.FIRST_BYTE_TIMEOUT, Cause.IDLE_TIMEOUT, Cause.REQUEST_TIMEOUT})
UNSENT = frozenset({Cause.UNREACHABLE, Cause.UNTRUSTED, Cause.CONNECT_TIMEOUT})
"""Nothing of the request was sent, so that no engine works for it twice when another one is asked."""


class UpstreamFault(Exception):  # noqa: N818 - the backend's, not the gateway's
    """An answer that did not come, or not whole."""

    def __init__(self, cause: Cause, *, stale: bool = False) -> None:
        """`stale` says that a kept connection was closed before anything of the answer came, so that another may do."""
        super().__init__(cause.value)
        self.cause = cause
        self.stale = stale
