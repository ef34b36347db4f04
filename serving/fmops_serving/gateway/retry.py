"""Whether another address is worth asking, and how many times in all."""

from typing import ClassVar

from fmops_serving.gateway.upstream.answer import Answer

_ELSEWHERE = frozenset({429, 502, 503, 504, 529})
"""529 is Anthropic's word for overloaded."""
_DRAINING = b"cannot schedule new futures after shutdown"
"""What vLLM answers with 500 while it ends."""


def worth_another(answer: Answer) -> bool:
    """Say whether another address may do what this one did not."""
    return answer.status in _ELSEWHERE or (answer.status == 500 and _DRAINING in answer.body)


class RetryBudget:
    """Lets retries be a fifth of requests, so that a backend that is down is not asked many times as often.

    As the retry budgets of Finagle and Linkerd: requests earn a share of a retry, up to a reserve.
    """

    SHARE: ClassVar[float] = 0.2
    RESERVE: ClassVar[float] = 50.0

    def __init__(self) -> None:
        """Begin with the reserve."""
        self._left = self.RESERVE

    def earn(self) -> None:
        """Take note of a request."""
        if self._left < self.RESERVE:
            self._left = min(self.RESERVE, self._left + self.SHARE)

    def spend(self) -> bool:
        """Take a retry; says whether there was one."""
        if self._left < 1:
            return False
        self._left -= 1
        return True
