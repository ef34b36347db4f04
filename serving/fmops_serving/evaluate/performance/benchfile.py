"""A level in the shape of `vllm bench serve --save-result`, so that tools which read that read ours. Times in ms."""

import math
from collections.abc import Sequence
from statistics import fmean, median, pstdev
from typing import Any

from fmops_api.evaluationplan import Candidate
from fmops_serving.evaluate.performance.level import Level

_PERCENTILES = (50, 95, 99)


def bench_file(candidate: Candidate, level: Level) -> dict[str, Any]:
    """Give the content of the file; `errors_by_cause` is ours. Tokens are None when the endpoint did not count them."""
    tokens_in = _total([each.prompt_tokens for each in level.timed])
    tokens_out = _total([each.output_tokens for each in level.timed])
    tokens = _total([tokens_in, tokens_out])
    times = {
        "ttft": [each.first for each in level.timed],
        "tpot": [each.between for each in level.timed if each.between is not None],
        "itl": [gap for each in level.timed for gap in each.gaps],
        "e2el": [each.whole for each in level.timed],
    }
    return {
        "backend": "fmops",
        "model_id": candidate.model,
        "num_prompts": level.requests,
        "request_rate": "inf",
        "burstiness": 1.0,
        "max_concurrency": level.concurrency,
        "duration": level.duration,
        "completed": len(level.timed),
        "failed": sum(level.faults.values()),
        "total_input_tokens": tokens_in,
        "total_output_tokens": tokens_out,
        "request_throughput": len(level.timed) / level.duration,
        "output_throughput": None if tokens_out is None else tokens_out / level.duration,
        "total_token_throughput": None if tokens is None else tokens / level.duration,
        **{key: value for name, seconds in times.items() for key, value in _spread(name, seconds).items()},
        "errors_by_cause": dict(level.faults),
    }


def _total(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _spread(name: str, seconds: Sequence[float]) -> dict[str, float | None]:
    """Give mean, median, standard deviation and percentiles; None where vLLM writes 0 for want of a time."""
    known = sorted(1000 * each for each in seconds)
    found: dict[str, float | None] = {
        f"mean_{name}_ms": fmean(known) if known else None,
        f"median_{name}_ms": median(known) if known else None,
        f"std_{name}_ms": pstdev(known) if known else None,
    }
    return found | {f"p{share}_{name}_ms": _percentile(known, share) if known else None for share in _PERCENTILES}


def _percentile(ordered: Sequence[float], share: int) -> float:
    """Interpolate between order statistics as numpy.percentile does by default, which is what vLLM uses."""
    place = (len(ordered) - 1) * share / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
