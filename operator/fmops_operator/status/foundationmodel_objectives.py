"""Whether a model's answers kept its objectives, and the figures for people: pure."""

from collections.abc import Iterator
from datetime import datetime
from math import floor, log10

from fmops_api.objectives import LatencyObjective, Objectives, ObservedTraffic, Quantiles, ToxicityObjective
from fmops_api.reasons import FoundationModelReason as Reason
from fmops_api.scalars import seconds
from fmops_operator.histogram import Counts
from fmops_operator.status.foundationmodel_pods import Finding
from fmops_operator.world import Traffic

WINDOW = "5m"
_TOXIC = 0.5
"""What scores higher is toxic, where no objective says otherwise."""


def find_objectives(objectives: Objectives, traffic: Traffic) -> Finding:
    """Say whether every objective was kept. Messages name bounds and no figures, which would change at each look."""
    if traffic.fault:
        return Finding(None, Reason.UNMEASURABLE, traffic.fault)
    judged = list(_judged(objectives, traffic))
    missed = [(reason, message) for kept, reason, message in judged if kept is False]
    if missed:
        return Finding(False, missed[0][0], "; ".join(message for _, message in missed))
    unknown = [message for kept, _, message in judged if kept is None]
    if unknown:
        return Finding(None, Reason.NO_TRAFFIC, f"not one answer of the last 5 minutes tells of {', '.join(unknown)}")
    return Finding(True, Reason.MET, "; ".join(message for _, _, message in judged))


_Judged = tuple[bool | None, Reason, str]


def _judged(objectives: Objectives, traffic: Traffic) -> Iterator[_Judged]:
    latency = objectives.latency
    if latency and latency.time_to_first_token:
        yield _latency("timeToFirstToken", latency.time_to_first_token, traffic.first_token)
    if latency and latency.request:
        yield _latency("request", latency.request, traffic.request)
    if objectives.toxicity:
        yield _toxicity(objectives.toxicity, traffic.toxicity)


def _latency(name: str, objective: LatencyObjective, counts: Counts) -> _Judged:
    reason = Reason.LATENCY_ABOVE_OBJECTIVE
    if not counts.total:
        return None, reason, f"latency.{name}"
    share = f"{float(objective.quantile) * 100:g} of 100 answers"
    # Rounding must not miss what is exactly as promised.
    if counts.share_above(seconds(objective.below)) <= 1 - float(objective.quantile) + 1e-9:
        return True, reason, f"{name}: at least {share} came within {objective.below}"
    return False, reason, f"{name}: fewer than {share} came within {objective.below}"


def _toxicity(objective: ToxicityObjective, counts: Counts) -> _Judged:
    reason = Reason.TOXICITY_ABOVE_OBJECTIVE
    if not counts.total:
        return None, reason, "toxicity"
    kept = counts.share_above(float(objective.responses_above)) <= float(objective.max_fraction) + 1e-12
    more = "no more" if kept else "more"
    return (
        kept,
        reason,
        f"toxicity: {more} than {objective.max_fraction} of the answers scored above {objective.responses_above}",
    )


def observe(
    objectives: Objectives | None, traffic: Traffic, before: ObservedTraffic | None, now: datetime
) -> ObservedTraffic | None:
    """Give the figures: as they were written before, until one differs by more than its rounding. None without any."""
    above = float(objectives.toxicity.responses_above) if objectives and objectives.toxicity else _TOXIC
    if traffic.fault or not (traffic.first_token.total or traffic.request.total or traffic.toxicity.total):
        return None
    old = before or ObservedTraffic(window=WINDOW, at="")
    found = ObservedTraffic(
        window=WINDOW,
        time_to_first_token=_quantiles(traffic.first_token, old.time_to_first_token),
        request=_quantiles(traffic.request, old.request),
        toxic_responses=_share(traffic.toxicity, above, old.toxic_responses),
        at=old.at,
    )
    return before if found == before else found.model_copy(update={"at": f"{now:%Y-%m-%dT%H:%M:%SZ}"})


def _quantiles(counts: Counts, before: Quantiles | None) -> Quantiles | None:
    if not counts.total:
        return None
    old = before or Quantiles()
    return Quantiles(p50=_time(counts.quantile(0.5), old.p50), p95=_time(counts.quantile(0.95), old.p95))


def _time(value: float, before: str | None) -> str:
    if before is not None and _same(value, seconds(before)):
        return before
    return duration(rounded(value))


def _share(counts: Counts, above: float, before: str | None) -> str | None:
    if not counts.total:
        return None
    value = max(0.0, counts.share_above(above))
    if before is not None and _same(value, float(before)):
        return before
    return f"{rounded(value):.10f}".rstrip("0").rstrip(".")


def _same(value: float, shown: float) -> bool:
    """Say whether a value is within one step of the rounding of what is shown."""
    return value == shown if shown == 0 else abs(value - shown) <= _step(shown)


def rounded(value: float) -> float:
    """Round to two digits that count."""
    return round(value / _step(value)) * _step(value) if value > 0 else 0.0


def _step(value: float) -> float:
    return float(10.0 ** (floor(log10(value)) - 1))


def duration(value: float) -> str:
    """Write seconds as 80ms, 1s500ms or 12s."""
    whole, rest = divmod(round(value * 1000), 1000)
    return f"{f'{whole}s' if whole else ''}{f'{rest}ms' if rest or not whole else ''}"
