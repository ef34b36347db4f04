"""The bodies of requests that are in memory, of all connections together."""

from fmops_serving.gateway.refusal import Refusal


class Bodies:
    """Counts bytes from when they come until their request is answered, and refuses what goes beyond a bound."""

    def __init__(self, most: int) -> None:
        """Begin with none of at most `most` bytes."""
        self.most = most
        self.held = 0
        self.refused = 0
        """Requests that found no room since somebody looked."""

    def take(self, size: int) -> None:
        """Count bytes in. Raises Refusal when they have no room."""
        if self.held + size > self.most:
            self.refused += 1
            raise Refusal(
                503,
                "overloaded",
                f"requests that are being answered take all of the gateway's {self.most >> 20} MiB for them: "
                "send this one again later",
                type="server_error",
                headers=(("retry-after", "1"),),
            )
        self.held += size

    def give_back(self, size: int) -> None:
        """Count bytes out."""
        self.held -= size
