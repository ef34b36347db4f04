"""A Job that waits in a queue of Kueue: what it is made with, and what belongs to Kueue from then on. Pure.

Kueue's contract for a plain Job: the label names a LocalQueue of the Job's namespace, the Job is made suspended, and
Kueue alone starts it. It then writes node selectors and tolerations into the pod template, may lower `parallelism`
where an annotation allows that, and takes it all back when it evicts. The label may not change while the Job runs.
"""

from fmops_operator.desired.metadata import digest
from fmops_operator.manifest import QUEUE_LABEL, Manifest, queue_of

LEAST_PARALLELISM = "kueue.x-k8s.io/job-min-parallelism"
"""On a Job, with how few pods at once Kueue may begin it where the queue has no room for all (partial admission)."""


def queued(job: Manifest, queue: str, annotation: str) -> Manifest:
    """Give the Job as one that Kueue starts. `annotation` holds the hash of what makes another Job of it.

    That is everything we might change later: a queued Job is made anew instead of changed under Kueue's hands.
    """
    spec = {**job["spec"], "suspend": True}
    whole = {"queue": queue, "spec": {name: value for name, value in spec.items() if name != "suspend"}}
    annotations = {**job["metadata"]["annotations"], annotation: digest(whole)}
    if spec["parallelism"] > 1:
        annotations[LEAST_PARALLELISM] = "1"
    labels = {**job["metadata"]["labels"], QUEUE_LABEL: queue}
    return {**job, "metadata": {**job["metadata"], "labels": labels, "annotations": annotations}, "spec": spec}


def as_it_stands(job: Manifest, existing: Manifest) -> Manifest:
    """Give the Job with what Kueue decided about the existing one, so that to apply it changes none of that."""
    if queue_of(existing) is None:
        return job
    kept = {name: existing["spec"][name] for name in ("suspend", "parallelism") if name in existing["spec"]}
    return {**job, "spec": {**job["spec"], **kept}}
