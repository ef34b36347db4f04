"""A sliding window: how much was used in the last 60 seconds, exactly."""

from collections import deque

SECONDS = 60.0


class Use:
    """One use: when it was, and how much; the amount may become known later."""

    __slots__ = ("amount", "at")

    def __init__(self, at: float, amount: int) -> None:
        """Take note of a time, in seconds, and an amount."""
        self.at = at
        self.amount = amount


class Window:
    """Every use of the last 60 seconds: exact, and no larger than what a limit lets through."""

    __slots__ = ("_uses", "by_second", "since", "total")

    def __init__(self) -> None:
        """Begin with none."""
        self._uses: deque[Use] = deque()
        self.total = 0
        self.by_second: dict[int, int] = {}
        """What was used in each whole second, which is what other replicas are told."""
        self.since = 0
        """What was used since the other replicas were heard."""

    def used(self, now: float) -> int:
        """Say how much was used in the 60 seconds before `now`."""
        while self._uses and self._uses[0].at <= now - SECONDS:
            use = self._uses.popleft()
            self.total -= use.amount
            self._count(use, -use.amount)
        return self.total

    def add(self, now: float, amount: int) -> Use:
        """Take note of a use."""
        use = Use(now, amount)
        self._uses.append(use)
        self.total += amount
        self._count(use, amount)
        self.since += amount
        return use

    def correct(self, use: Use, amount: int, now: float) -> None:
        """Say what a use really was; one that is older than the window counts no more."""
        self.used(now)
        if use.at > now - SECONDS:
            more = amount - use.amount
            self.total += more
            self.since = max(0, self.since + more)
            self._count(use, more)
            use.amount = amount

    def _count(self, use: Use, amount: int) -> None:
        second = int(use.at)
        left = self.by_second.get(second, 0) + amount
        if left:
            self.by_second[second] = left
        else:
            self.by_second.pop(second, None)

    def full_for(self, now: float) -> float:
        """Say in how many seconds the last use counts no more."""
        self.used(now)
        return max(0.0, self._uses[-1].at + SECONDS - now) if self._uses else 0.0

    def free_in(self, now: float, amount: int, limit: int) -> float:
        """Say in how many seconds `amount` fits below `limit`; 0 when it does now, 60 when it never does."""
        left = self.used(now) + amount - limit
        if left <= 0:
            return 0.0
        for use in self._uses:
            left -= use.amount
            if left <= 0:
                return use.at + SECONDS - now
        return SECONDS
