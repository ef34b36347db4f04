"""What can be wrong with one attempt, and whether another one makes sense."""

from dataclasses import dataclass
from enum import Enum, auto


class Remedy(Enum):
    """What to do about a fault."""

    RETRY = auto()
    """It may pass: the same request again, later."""
    SKIP = auto()
    """This request will never be answered; others may be."""
    STOP = auto()
    """No request will be answered."""


@dataclass
class Fault(Exception):  # noqa: N818 - in the words of the domain
    """Why an attempt brought no answer.

    `sentence` is ours and may be shown anywhere. `detail` is the endpoint's own words: they may quote the prompt, so
    they go into the row and nowhere else. `retry_after` is in seconds.
    """

    sentence: str
    remedy: Remedy = Remedy.RETRY
    detail: str = ""
    retry_after: float | None = None
    busy: bool = False
    """Whether the endpoint has more requests than it takes, so that fewer at once would do better."""
    refused: bool = False
    """Whether the model never saw the request, so that it took no tokens."""

    def __str__(self) -> str:
        return f"{self.sentence}: {self.detail}" if self.detail else self.sentence


_KNOWN = {
    400: "refused the request (400)",
    401: "refuses the API key (401)",
    403: "forbids the request with this API key (403)",
    404: "has no such model or path (404)",
    429: "is too busy (429)",
}
_STOPS = frozenset({401, 403, 404, 405})
_RETRIED = frozenset({408, 409, 425, 429})
_BUSY = frozenset({429, 503, 529})


def of_status(status: int, detail: str = "", retry_after: float | None = None) -> Fault:
    """Judge an HTTP status that is not 200."""
    sentence = "the endpoint " + _KNOWN.get(status, f"answered with status {status}")
    if 300 <= status < 400:
        return Fault(
            f"the endpoint redirects elsewhere ({status}): give the URL that it redirects to", Remedy.STOP, refused=True
        )
    if status in _STOPS:
        return Fault(sentence, Remedy.STOP, detail, refused=True)
    remedy = Remedy.RETRY if status in _RETRIED or status >= 500 else Remedy.SKIP
    return Fault(sentence, remedy, detail, retry_after, busy=status in _BUSY, refused=True)
