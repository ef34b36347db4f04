"""The Job that reads a source of a PromptCatalog, which is too large for the operator to read."""

import json
from dataclasses import dataclass

from fmops_api.catalogsource import CatalogSource
from fmops_api.promptcatalog import PromptCatalog
from fmops_operator.desired.job_pod import DEFAULT_RESOURCES, build_container, build_pod_template, failure_rules
from fmops_operator.desired.metadata import child, digest, labels, short_name
from fmops_operator.desired.source_access import source_arguments, source_mounts, source_variables, source_volumes
from fmops_operator.manifest import JOB, Manifest
from fmops_operator.settings import Settings
from fmops_serving.prompts.elsewhere import allowed_labels

COMPONENT = "source-resolution"
RETRY_SECONDS = 300
"""A failed Job is kept for so long, and then another one tries: nobody tells when a file comes or is mended."""
_TRIES = 3
_DEADLINE_SECONDS = 3600


@dataclass(frozen=True)
class SourceOrder:
    """What is to be read, and how it is judged."""

    source: CatalogSource
    labels: tuple[str, ...] | None
    """Labels that its example sets allow; every label when None."""

    @property
    def inputs_hash(self) -> str:
        """Hash what makes a difference to the report; how often it is read makes none."""
        source = self.source.model_copy(update={"refresh_interval": None})
        return digest({"source": source.to_manifest(), "labels": self.labels})


def order_of(catalog: PromptCatalog, source: CatalogSource) -> SourceOrder:
    """Say what is to be read of a source."""
    allowed = allowed_labels(catalog.spec, source.name)
    return SourceOrder(source, None if allowed is None else tuple(allowed))


def build_resolve_job(catalog: PromptCatalog, order: SourceOrder, read_before: str, settings: Settings) -> Manifest:
    """Build the Job. `read_before` is when the source was read before, empty for the first time."""
    template = _pod_template(catalog, order, settings)
    # Kubernetes never lets a pod template change: what is asked for otherwise has another name.
    unique = digest({"template": template, "readBefore": read_before})
    name = short_name(catalog.metadata.name, order.source.name, unique)
    return {
        **child(catalog, JOB, name, COMPONENT),
        "spec": {
            "backoffLimit": _TRIES - 1,
            "podFailurePolicy": {"rules": failure_rules("FailJob")},
            "podReplacementPolicy": "Failed",
            "activeDeadlineSeconds": _DEADLINE_SECONDS,
            "ttlSecondsAfterFinished": RETRY_SECONDS,
            "template": template,
        },
    }


def with_ttl(job: Manifest, settings: Settings) -> Manifest:
    """Keep the Job for its log, once its report is in the status."""
    return {**job, "spec": {**job["spec"], "ttlSecondsAfterFinished": settings.job_ttl_seconds}}


def _pod_template(catalog: PromptCatalog, order: SourceOrder, settings: Settings) -> Manifest:
    sources = [order.source]
    container = build_container(
        "fmops_serving.resolve",
        settings,
        args=[*source_arguments(sources), *_labels(order)],
        env=source_variables(sources),
        resources=DEFAULT_RESOURCES,
        volumeMounts=source_mounts(sources, {}),
    )
    return build_pod_template(labels(catalog, COMPONENT), container, source_volumes(sources, {}))


def _labels(order: SourceOrder) -> list[str]:
    return [] if order.labels is None else ["--labels", json.dumps(order.labels, ensure_ascii=False)]
