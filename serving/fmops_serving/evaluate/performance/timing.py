"""One request under load: when it was sent, and when each of its tokens came."""

from dataclasses import dataclass
from time import perf_counter

from fmops_serving.evaluate.answer import EventLines, Parts
from fmops_serving.evaluate.client import LAGGARDS, check_complete, check_length
from fmops_serving.evaluate.faults import Fault, Remedy
from fmops_serving.http.response import Response


@dataclass(frozen=True, slots=True)
class Timed:
    """A complete answer. Times are in seconds on the clock of `perf_counter`."""

    sent: float
    arrivals: tuple[float, ...]
    """Of each event with a token; at least one."""
    prompt_tokens: int | None
    output_tokens: int | None

    @property
    def first(self) -> float:
        """Time to the first token, vLLM's ttft."""
        return self.arrivals[0] - self.sent

    @property
    def whole(self) -> float:
        """Time to the last token, vLLM's e2el."""
        return self.arrivals[-1] - self.sent

    @property
    def gaps(self) -> list[float]:
        """Times between events, vLLM's itl."""
        return [later - earlier for earlier, later in zip(self.arrivals, self.arrivals[1:], strict=False)]

    @property
    def between(self) -> float | None:
        """Mean time between tokens, vLLM's tpot; None for one token, or when nobody counted them."""
        counted = self.output_tokens or 0
        return (self.whole - self.first) / (counted - 1) if counted > 1 else None


async def read_timed(response: Response) -> Timed:
    """Read a stream and note when its events arrive; raises Fault."""
    if response.content_type == "application/json":
        raise Fault("the endpoint does not stream, so that nobody sees when tokens come", Remedy.STOP)
    parts, lines, length, arrivals = Parts(), EventLines(), 0, list[float]()
    while piece := await response.read():
        at = perf_counter()
        length += len(piece)
        check_length(length)
        for data in lines.feed(piece):
            before = parts.pieces
            parts.read(data)
            if parts.pieces > before:
                arrivals.append(at)
        if lines.done:
            break
    check_complete(parts, lines)
    await response.finish(LAGGARDS)
    if not arrivals:
        raise Fault("the endpoint sent no token")
    answer = parts.complete(None, 0.0)
    return Timed(response.sent, tuple(arrivals), answer.prompt_tokens, answer.output_tokens)
