"""TCP ports on loopback that no other cluster on this machine takes in the meantime."""

import random
import socket

from tests.cluster.errors import ClusterError

# Below Linux's ephemeral ports: no outgoing connection sits on a port while its server is away for a while.
FIRST, LAST = 20_000, 29_999


class Ports:
    """Reserves ports until `release`.

    The reservation is an abstract Unix socket named after the port: it needs no file and dies with its owner.
    """

    def __init__(self) -> None:
        self._claims: list[socket.socket] = []

    def take(self) -> int:
        """A port that nothing listens on and that nobody else reserved. Raises ClusterError when there is none."""
        for _ in range(1000):
            port = random.randint(FIRST, LAST)
            if self._claim(port):
                return port
        raise ClusterError(f"no free TCP port found between {FIRST} and {LAST}")

    def release(self) -> None:
        """Give all of them back."""
        while self._claims:
            self._claims.pop().close()

    def _claim(self, port: int) -> bool:
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0fmops-port-{port}")
            with socket.socket() as tcp:
                tcp.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            return False
        self._claims.append(claim)
        return True
