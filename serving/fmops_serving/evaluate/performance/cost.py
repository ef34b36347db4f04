"""What requests cost on accelerators that are paid by the hour, busy or not."""

from collections.abc import Callable, Iterator, Sequence

from fmops_api.card import Pricing
from fmops_api.performance import MARGINAL, RESERVED
from fmops_serving.evaluate.intervals import Interval
from fmops_serving.evaluate.performance.level import Level
from fmops_serving.evaluate.score.cost import PLACES
from fmops_serving.evaluate.score.figure import Figure, no_bounds

_HOUR = 3600


def cost_figures(
    levels: Sequence[Level], throughputs: Sequence[Figure], price: Pricing | None, accelerators: int | None
) -> Iterator[Figure]:
    """Give the cost of a request at each level, and at the cheapest; nothing for a model that is not paid by the hour.

    Reserved: accelerators times hours of the level, by the requests that it answered. Marginal: the same at the level
    of most requests a second, which is what one more costs once all before it are paid for by others. Both are
    unknown, and never 0, where the number of accelerators is.
    """
    if price is None or price.per_accelerator_hour is None:
        return
    second = None if accelerators is None else float(price.per_accelerator_hour) * accelerators / _HOUR
    how = f"{price.currency}|perAcceleratorHour:{price.per_accelerator_hour}|accelerators:{accelerators or 'unknown'}"
    for level, throughput in zip(levels, throughputs, strict=True):
        yield _figure(f"{RESERVED}.c{level.concurrency}", f"reserved|{how}", throughput, second)
    best = max(throughputs, key=lambda each: each.value or 0.0)
    yield _figure(MARGINAL, f"marginal|{how}", best, second)


def _figure(name: str, how: str, throughput: Figure, second: float | None) -> Figure:
    """Divide what a second costs by the requests of a second, and its interval end for end."""
    asked = throughput.n + throughput.unscored
    signature = f"cost|{how}|{throughput.signature}"
    if second is None or not throughput.value:
        return Figure(name, None, 0, asked, signature, no_bounds, places=PLACES)
    bounds = _divided(second, throughput.bounds)
    return Figure(name, second / throughput.value, throughput.n, throughput.unscored, signature, bounds, places=PLACES)


def _divided(second: float, bounds: Callable[[float], Interval]) -> Callable[[float], Interval]:
    def found(confidence: float) -> Interval:
        low, high = bounds(confidence)
        return Interval(second / high if high else None, second / low if low else None)

    return found
