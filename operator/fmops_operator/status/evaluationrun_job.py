"""What an evaluation's Job and its pods say, as types. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from fmops_api.evaluationplan import EvaluationSummary
from fmops_operator.manifest import Manifest, queue_of
from fmops_operator.status.job import Phase, ending_of, phase_of, terminated_of, waiting_of

INDEX_LABEL = "batch.kubernetes.io/job-completion-index"
_NO_SUMMARY = "the runner ended well but left no summary that can be read"
SINK_FAILED = 5
"""Exit status of the runner when rows or results cannot be kept."""


@dataclass(frozen=True)
class Attempt:
    """One pod of the Job: a try to measure one candidate."""

    index: int
    born: str
    """Creation time as RFC 3339, which sorts as text."""
    ended: str = ""
    """When it ended, as RFC 3339; empty while it has not."""
    succeeded: bool = False
    summary: EvaluationSummary | None = None
    trouble: str = ""
    """Why it ended badly or does not start, in a sentence; empty when neither."""
    sink_failed: bool = False
    """Whether it ended because rows or results could not be kept."""
    begun: bool = True
    """Whether its runner has started: a try without a node tells nothing of the sink."""

    @classmethod
    def of(cls, pod: Manifest) -> "Attempt | None":
        """Read a pod; None when it is not one of an Indexed Job."""
        index = pod["metadata"].get("labels", {}).get(INDEX_LABEL, "")
        if not index.isdigit():
            return None
        status = pod.get("status", {})
        ended = terminated_of(pod)
        summary = _summary(ended.get("message", "")) if ended else None
        return cls(
            index=int(index),
            born=pod["metadata"].get("creationTimestamp", ""),
            ended=(ended or {}).get("finishedAt") or "",
            succeeded=status.get("phase") == "Succeeded",
            summary=summary,
            trouble=_trouble(pod, ended, summary),
            sink_failed=ended is not None and ended.get("exitCode") == SINK_FAILED,
            begun=status.get("phase", "Pending") != "Pending",
        )


@dataclass(frozen=True)
class Reading:
    """A Job and its tries."""

    phase: Phase
    created_at: str
    """When it was made, as RFC 3339."""
    finished_at: str | None = None
    reason: str = ""
    """Kubernetes' word for why it failed, such as DeadlineExceeded."""
    message: str = ""
    failed: frozenset[int] = frozenset()
    """Indexes that will not be tried again."""
    completed: frozenset[int] = frozenset()
    """Indexes that are done."""
    active: int = 0
    attempts: Sequence[Attempt] = field(default=())
    queue: str = ""
    """The queue of Kueue that it is in; empty when it is in none."""

    @classmethod
    def of(cls, job: Manifest, pods: Sequence[Manifest]) -> "Reading":
        """Read a Job as the API server gives it, with its pods."""
        status = job.get("status", {})
        ended = ending_of(job)
        return cls(
            phase=phase_of(job),
            created_at=job["metadata"].get("creationTimestamp", ""),
            finished_at=status.get("completionTime") or (ended or {}).get("lastTransitionTime"),
            reason=(ended or {}).get("reason", ""),
            message=(ended or {}).get("message", ""),
            failed=parse_indexes(status.get("failedIndexes", "")),
            completed=parse_indexes(status.get("completedIndexes", "")),
            active=status.get("active", 0),
            attempts=tuple(a for a in map(Attempt.of, pods) if a),
            queue=queue_of(job) or "",
        )

    def summaries(self) -> dict[int, EvaluationSummary]:
        """Give what the runner found, by index, of every try that measured its candidate."""
        return {index: summary for index, summary in self.handed_back().items() if summary.results}

    def handed_back(self) -> dict[int, EvaluationSummary]:
        """Give what every try that ended well handed back, by index; a shard's has no figures."""
        return {a.index: a.summary for a in self.attempts if a.succeeded and a.summary}

    def sink_trouble(self) -> str:
        """Say why rows could not be kept by the newest try of an index that has begun; empty when all could."""
        begun = sorted((a for a in self.attempts if a.begun), key=lambda a: (a.born, not a.ended))
        newest = {attempt.index: attempt for attempt in begun}
        return next((a.trouble for a in newest.values() if a.sink_failed), "")

    def ended_at(self) -> str | None:
        """Say when the last thing ended, of the Job and its tries."""
        return self.finished_at or max((a.ended for a in self.attempts), default="") or None

    def trouble(self, index: int) -> str:
        """Say why the newest try of an index went wrong or does not start; empty when it does neither.

        While a further try is under way, how the one before it failed is told as well: a try that has no node yet
        must not hide why it is needed.
        """
        tries = self._tries(index)
        if not tries:
            return ""
        newest, earlier = tries[-1], [a.trouble for a in tries[:-1] if a.trouble]
        if newest.ended or not earlier:
            return newest.trouble
        return f"{earlier[-1]}; tried again: {newest.trouble or 'under way'}"

    def word(self, index: int) -> str:
        """Give the runner's word for why the newest try of an index went wrong; empty when it has none."""
        newest = next(reversed(self._tries(index)), None)
        return newest.summary.reason if newest and newest.summary else ""

    def _tries(self, index: int) -> list[Attempt]:
        """Give the tries of an index, oldest first; of the same second, an open one is the newer."""
        return sorted((a for a in self.attempts if a.index == index), key=lambda a: (a.born, not a.ended))


def parse_indexes(text: str) -> frozenset[int]:
    """Read Kubernetes' list of indexes, such as `0,2-4`."""
    found: set[int] = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)


def _summary(message: str) -> EvaluationSummary | None:
    try:
        return EvaluationSummary.model_validate_json(message)
    except ValidationError:
        return None


def _trouble(pod: Manifest, ended: dict[str, Any] | None, summary: EvaluationSummary | None) -> str:
    if ended:
        return _end_of(ended, summary)
    return waiting_of(pod)


def _end_of(ended: dict[str, Any], summary: EvaluationSummary | None) -> str:
    if summary and summary.error:
        return summary.error
    code, reason = ended.get("exitCode"), ended.get("reason", "")
    if code == 0:
        return "" if summary and (summary.results or summary.shard) else _NO_SUMMARY
    if reason == "OOMKilled":
        return "the runner was killed for going over its memory limit: raise execution.resources.limits.memory"
    return f"the runner ended with exit status {code} and left no sentence; its log says more"
