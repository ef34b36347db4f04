"""What a queue of Kueue means for a stage: who would start its Job, and what suspending it takes."""

from fmops_api.execution import Execution
from fmops_api.reasons import EvaluationRunReason as Reason
from fmops_operator.manifest import LOCAL_QUEUES, Manifest, queue_of
from fmops_operator.status.evaluationrun import Standing
from fmops_operator.status.evaluationrun_job import Reading
from fmops_operator.status.job import Phase
from fmops_operator.world import Cluster

QUEUE_RETRY_SECONDS = 60.0
"""Seconds until a queue is looked for again: nothing tells us when one is made."""


def is_held(execution: Execution, job: Manifest, reading: Reading | None) -> bool:
    """Say whether a queued Job must go while its user holds the run: Kueue would start one that we only suspend."""
    ended = reading is not None and reading.phase in {Phase.COMPLETE, Phase.FAILED}
    return execution.suspend and queue_of(job) is not None and not ended


async def nobody_starts(namespace: str, queue: str, cluster: Cluster) -> Standing | None:
    """Say why nobody will start a Job in this queue; None when Kueue has the queue."""
    for kind in LOCAL_QUEUES:
        if await cluster.serves(kind):
            there = await cluster.get(kind, namespace, queue)
            return None if there else _stuck(f"there is no LocalQueue {queue} in namespace {namespace}")
    return _stuck(f"{queue} is a queue of Kueue, which this cluster does not have: install it, or remove queueName")


def _stuck(why: str) -> Standing:
    return Standing(Reason.QUEUE_NOT_FOUND, f"execution.queueName: {why}", stalled=True)
