"""Sources of a catalogue: where bulky examples stand, and what reading one comes to."""

from typing import Annotated, ClassVar

from pydantic import Field

from fmops_api.meta import ConfigMapKeyReference, Model, Observed, Rule
from fmops_api.objectstore import ObjectStore, StoreUri
from fmops_api.scalars import DURATION, Duration, Label, ObjectName, VolumePath
from fmops_api.sources import INSIDE_VOLUME

SOURCE_LIMIT = 256 * 2**20
"""Most bytes of a source."""
LINE_LIMIT = 2**20
"""Most bytes of one example."""
ENTRIES_LIMIT = 1_000_000
"""Most examples of a source."""
_KINDS = ("configMap", "objectStore", "persistentVolumeClaim")


class StoredFile(ObjectStore):
    """An object of a bucket."""

    rules: ClassVar[tuple[Rule, ...]] = (
        *ObjectStore.rules,
        Rule(
            "self.uri.matches('^[a-z0-9]+://[^/]+/.*[^/]$')",
            "uri must name an object such as s3://evals/support.jsonl, not a bucket or a folder",
        ),
    )

    uri: StoreUri = Field(
        description="Bucket and object: s3:// (AWS and what speaks its API), gs:// (Google) or az:// (Azure)."
    )


class VolumeFile(Model):
    """A file of a volume."""

    rules: ClassVar[tuple[Rule, ...]] = (INSIDE_VOLUME,)

    claim_name: ObjectName = Field(description="PersistentVolumeClaim in the same namespace; it is mounted read-only.")
    path: VolumePath = Field(description="File inside the volume, relative to its root, such as v3/examples.jsonl.")


class CatalogSource(Model):
    """Examples that are too many to stand in the object itself: JSON lines, one example a line."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            " + ".join(f"(has(self.{name}) ? 1 : 0)" for name in _KINDS) + " == 1",
            f"set exactly one of {', '.join(_KINDS[:-1])} or {_KINDS[-1]}",
        ),
        Rule(
            "!(has(self.configMap) && has(self.refreshInterval))",
            "refreshInterval belongs to objectStore and persistentVolumeClaim: changes of a ConfigMap are seen at once",
        ),
        Rule(
            f"!(has(self.refreshInterval) && self.refreshInterval.matches(r'^({DURATION})$'))"
            " || duration(self.refreshInterval) >= duration('1m')",
            "refreshInterval must be at least 1m",
        ),
    )

    name: Label = Field(description="Name that example sets call it by.")
    config_map: ConfigMapKeyReference | None = Field(default=None, description="Key of a ConfigMap.")
    object_store: StoredFile | None = Field(
        default=None, description="Object of a bucket, which a Job reads; at most 256 MiB and 1,000,000 examples."
    )
    persistent_volume_claim: VolumeFile | None = Field(
        default=None, description="File of a volume, which a Job reads; at most 256 MiB and 1,000,000 examples."
    )
    refresh_interval: Duration | None = Field(
        default=None,
        description="Read it again after so long, at least 1m. Left out: when its entry or its sets' labels change, and"
        " when an evaluation finds other content than was read.",
    )

    @property
    def bulky(self) -> bool:
        """Say whether a Job reads it, and the bundle holds its digest in place of its content."""
        return self.config_map is None

    @property
    def place(self) -> str:
        """Say in words where it is."""
        if self.object_store:
            return self.object_store.uri
        if self.persistent_volume_claim:
            return f"PersistentVolumeClaim/{self.persistent_volume_claim.claim_name}"
        return f"ConfigMap/{self.config_map.name}" if self.config_map else ""


def variable_of(source: str, key: str) -> str:
    """Name the variable that holds a key of a source's Secret, apart from those of other sources and of the sink."""
    return f"FMOPS_SOURCE_{source.upper().replace('-', '_')}_{key}"


class Holdings(Observed):
    """What the examples of a source have, counted where they were read."""

    labelled: int = Field(default=0, description="Examples with a label, or with references to compare with.")
    classified: int = Field(default=0, description="Examples with a label.")
    positive: int = Field(default=0, description="Examples of polarity Positive.")
    negative: int = Field(default=0, description="Examples of polarity Negative.")
    judged: int = Field(default=0, description="Examples with an answer that people scored.")
    compared: int = Field(default=0, description="Examples with two answers that people compared.")
    provenance: dict[str, int] = Field(default_factory=dict, description="Examples by their provenance's kind.")


class SourceReport(Observed):
    """What a source was found to hold."""

    name: Label = Field(description="Name of the entry of sources.")
    entries: int = Field(default=0, description="Examples read.")
    digest: str = Field(default="", description="SHA-256 of the examples in canonical JSON, in any order.")
    holdings: Holdings = Field(default_factory=Holdings)


class SourceSummary(Observed):
    """What the Job that reads a source hands back: a report, or why there is none."""

    report: SourceReport | None = None
    reason: Annotated[str, Field(max_length=64)] = Field(default="", description="A word of PromptCatalogReason.")
    message: str = Field(default="", description="Why, in sentences.")
