"""What a client may send, and how long it may take."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds of one connection; sizes in bytes, times in seconds."""

    url: int = 8 * 1024
    head: int = 64 * 1024
    headers: int = 100
    body: int = 32 * 1024 * 1024
    bodies: int = 256 * 1024 * 1024
    """Of all connections together; texts take up to three times as much while they are read, screened and sent on."""
    pipelined: int = 8
    """Requests that may wait behind the one that is answered."""
    head_time: float = 10.0
    """From the first byte of a request to the end of its head."""
    request_time: float = 120.0
    """From the first byte of a request to its last."""
    idle_time: float = 75.0
    """Between an answer and the next request."""
    unread_time: float = 60.0
    """How long a client may read nothing of an answer that waits for it."""
    linger_time: float = 2.0
    """How long a client whose request was refused in the middle may go on to send, unheard."""
    farewell_time: float = 1.0
    """How long a connection without a request stays when the server ends, to be told so with one more answer."""
