"""How long a backend may take."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """Times in seconds, and the largest whole answer in bytes."""

    connect: float = 5.0
    first_byte: float = 600.0
    """From the request to the head of the answer; an answer that is not streamed begins when it is whole."""
    idle: float = 120.0
    """Between two pieces of an answer."""
    keep: float = 60.0
    """How long a connection that nobody uses is kept."""
    answer: int = 64 * 1024 * 1024
