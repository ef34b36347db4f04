"""What is known of a source that a Job reads: before, and from the Job and its pods. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from fmops_api.catalogsource import CatalogSource, SourceSummary
from fmops_api.promptcatalogstatus import PromptCatalogStatus, SourceStatus
from fmops_api.reasons import PromptCatalogReason as Reason
from fmops_api.scalars import seconds
from fmops_operator.manifest import Manifest
from fmops_operator.status.job import Phase, ending_of, phase_of, terminated_of, waiting_of

_WORDS = {reason.value for reason in Reason}
_LONGEST = 4096


@dataclass(frozen=True)
class Reading:
    """A source as it is known, what its Job waits for in words, and why no Job gets to read it just now."""

    status: SourceStatus
    waiting: str = ""
    obstacle: tuple[Reason, str] | None = None

    @property
    def fault(self) -> tuple[Reason, str] | None:
        """Say why it cannot be read: what is in a Job's way now, else what the last Job said."""
        known = self.status
        return self.obstacle or ((Reason.of(known.reason), known.message or "") if known.reason else None)


def known_before(status: PromptCatalogStatus, source: CatalogSource, inputs_hash: str) -> SourceStatus:
    """Give what the status says of a source, when it is about what is to be read now; else that nothing is known."""
    for each in status.sources or ():
        if each.name == source.name and each.inputs_hash == inputs_hash:
            return each
    return SourceStatus(name=source.name, inputs_hash=inputs_hash)


def is_due(known: SourceStatus, source: CatalogSource, changed_at: Iterable[str], now: datetime) -> bool:
    """Say whether it is to be read: never yet, longer ago than refreshInterval, or before somebody found it changed."""
    if known.read_at is None:
        return True
    return seconds_until(known, source, now) == 0 or any(at > known.read_at for at in changed_at)


def seconds_until(known: SourceStatus, source: CatalogSource, now: datetime) -> float | None:
    """Give the seconds until it is read again by itself; None when that is never."""
    if source.refresh_interval is None or known.read_at is None:
        return None
    next_time = datetime.fromisoformat(known.read_at) + timedelta(seconds=float(seconds(source.refresh_interval)))
    return max(0.0, (next_time - now).total_seconds())


def with_fault(known: SourceStatus, reason: Reason, message: str) -> SourceStatus:
    """Say why it cannot be read; what was read before stays known."""
    return known.model_copy(update={"reason": str(reason), "message": message[:_LONGEST]})


def read(known: SourceStatus, job: Manifest, pods: Sequence[Manifest]) -> Reading:
    """Take in what a Job found. While it is at work, an earlier fault stays what is known."""
    summary = next(filter(None, map(_summary, _newest_first(pods))), None)
    phase = phase_of(job)
    if phase is Phase.COMPLETE and summary and summary.report:
        return Reading(_reported(known, job, summary))
    if phase is Phase.COMPLETE:
        return Reading(
            with_fault(known, Reason.RESOLUTION_FAILED, said(known, "its Job ended well but its report is gone"))
        )
    if phase is Phase.FAILED:
        return Reading(_failed(known, job, pods, summary))
    waiting = next((words for pod in _newest_first(pods) if (words := waiting_of(pod))), "")
    if "CreateContainerConfigError" in waiting:
        return Reading(known, waiting, (Reason.SOURCE_UNAUTHORIZED, said(known, waiting)))
    return Reading(known, waiting or "a Job reads it")


def _reported(known: SourceStatus, job: Manifest, summary: SourceSummary) -> SourceStatus:
    if summary.report is None:
        raise ValueError("a summary without a report")
    return SourceStatus(
        name=known.name,
        entries=summary.report.entries,
        digest=summary.report.digest,
        holdings=summary.report.holdings,
        inputs_hash=known.inputs_hash,
        # Whatever it read was there after this.
        read_at=job["metadata"]["creationTimestamp"],
    )


def _failed(
    known: SourceStatus, job: Manifest, pods: Sequence[Manifest], summary: SourceSummary | None
) -> SourceStatus:
    if summary and summary.reason in _WORDS:
        return with_fault(known, Reason.of(summary.reason), summary.message)
    return with_fault(known, Reason.RESOLUTION_FAILED, said(known, _end_of(job, pods)))


def _end_of(job: Manifest, pods: Sequence[Manifest]) -> str:
    for pod in _newest_first(pods):
        if ended := terminated_of(pod):
            if ended.get("reason") == "OOMKilled":
                return "its Job was killed for going over 1Gi of memory: divide the source"
            return f"its Job ended with exit status {ended.get('exitCode')} and left no sentence; its log says more"
        if words := waiting_of(pod):
            return f"its Job failed: {words}"
    ending = ending_of(job) or {}
    return f"its Job failed: {ending.get('message') or ending.get('reason') or 'no reason given'}"


def said(known: SourceStatus, words: str) -> str:
    """Say which source a sentence is about."""
    return f"spec.sources[{known.name}]: {words}"


def _newest_first(pods: Sequence[Manifest]) -> list[Manifest]:
    return sorted(pods, key=lambda pod: str(pod["metadata"].get("creationTimestamp", "")), reverse=True)


def _summary(pod: Manifest) -> SourceSummary | None:
    ended = terminated_of(pod)
    try:
        return SourceSummary.model_validate_json(ended.get("message", "")) if ended else None
    except ValidationError:
        return None
