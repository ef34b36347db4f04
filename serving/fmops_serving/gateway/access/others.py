"""What other replicas of the gateway used of each key, as they told last.

A replica tells what it used in each whole second of the last minute, by its own clock. A second counts until its end is
60 s ago. Between two rounds of hearing, n replicas do not know of each other: each then takes at most one (n + 1)th
of what was left, so that together they overstep no limit by more than a tenth, and one that is alone in
being asked gets more than nine tenths of it.
"""

from collections.abc import Mapping
from typing import Any

from fmops_serving.gateway.access.window import SECONDS

SILENT = 5.0
"""Seconds without a word after which a replica is taken for gone."""
_Seconds = list[tuple[int, int, int]]
"""Second, requests, tokens."""


class Reported:
    """What one replica told."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.version = 0
        """Of what was heard, in the replica's own count."""
        self.heard = 0.0
        self.ahead = 0.0
        """How far the replica's clock is ahead."""
        self.keys: dict[str, _Seconds] = {}


class Others:
    """Every other replica that told something."""

    def __init__(self) -> None:
        """Begin alone."""
        self._replicas: dict[str, Reported] = {}
        self.rounds = 0
        """How often all of them were asked."""
        self._sums: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {}

    def version(self, replica: str) -> int:
        """Say up to where a replica was heard."""
        reported = self._replicas.get(replica)
        return reported.version if reported else 0

    def hear(self, said: Mapping[str, Any], now: float) -> None:
        """Take a report. Raises KeyError, TypeError or ValueError for what is none."""
        keys = {str(key): [(int(a), int(b), int(c)) for a, b, c in seconds] for key, seconds in said["keys"].items()}
        version, ahead = int(said["version"]), float(said["now"]) - now
        reported = self._replicas.setdefault(str(said["replica"]), Reported())
        reported.version, reported.heard, reported.ahead = version, now, ahead
        reported.keys.update(keys)

    def heard_all(self, now: float) -> None:
        """End a round; replicas that were silent for long are forgotten once nothing of theirs counts."""
        self.rounds += 1
        for name in [name for name, each in self._replicas.items() if each.heard < now - SECONDS]:
            del self._replicas[name]
        for each in self._replicas.values():
            for key in [key for key, seconds in each.keys.items() if not seconds]:
                del each.keys[key]
        self._sums.clear()

    def count(self, now: float) -> int:
        """Say how many there are."""
        return sum(each.heard >= now - SILENT for each in self._replicas.values())

    def used(self, key: str, now: float) -> tuple[int, int]:
        """Say how many requests and tokens they used in the last 60 seconds."""
        if not self._replicas:
            return (0, 0)
        at = (self.rounds, int(now))
        if key not in self._sums or self._sums[key][0] != at:
            counted = self.seconds(key, now)
            self._sums[key] = (at, (sum(each[1] for each in counted), sum(each[2] for each in counted)))
        return self._sums[key][1]

    def seconds(self, key: str, now: float) -> list[tuple[float, int, int]]:
        """Give what counts, each with when it counts no more."""
        return [
            (end, requests, tokens)
            for each in self._replicas.values()
            for second, requests, tokens in each.keys.get(key, ())
            if (end := second + 1 - each.ahead + SECONDS) > now
        ]
