"""What the operator says of a PromptCatalog: digest, bundle, counts and sources."""

from typing import Annotated

from pydantic import Field

from fmops_api.catalogsource import Holdings, SourceReport
from fmops_api.meta import Condition, Observed, keyed


class Counts(Observed):
    """How much the catalogue holds."""

    templates: int = Field(default=0, description="Prompts, each version counted.")
    chains: int = Field(default=0, description="Chains, each version counted.")
    rubrics: int = Field(default=0, description="Rubrics, each version counted.")
    labelled: int = Field(default=0, description="Examples with a label, or with references to compare with.")
    unlabelled: int = Field(default=0, description="Examples with neither.")
    positive: int = Field(default=0, description="Examples of polarity Positive.")
    negative: int = Field(default=0, description="Examples of polarity Negative.")


USERS_SHOWN = 50
"""Most users that a status names."""


class User(Observed):
    """An object that names the catalogue."""

    kind: str = Field(description="Its kind.")
    name: str = Field(description="Its name.")


class SourceStatus(Observed):
    """What was read from a source."""

    name: str = Field(description="Name of the entry of sources.")
    entries: int = Field(default=0, description="Examples read.")
    digest: str = Field(
        default="",
        description="SHA-256 of a ConfigMap's text; else of the examples in canonical JSON, the same in any order.",
    )
    inputs_hash: str | None = Field(
        default=None, description="Hash of what a Job is to read: another one is read anew. Not there for a ConfigMap."
    )
    read_at: str | None = Field(default=None, description="When the Job that read it was made.")
    holdings: Holdings | None = Field(default=None, description="What its examples have, as the Job counted.")
    reason: str | None = Field(
        default=None, description="Why it could not be read when that was last tried; gone when it could."
    )
    message: Annotated[str, Field(max_length=4096)] | None = Field(default=None, description="The same in sentences.")

    @property
    def report(self) -> SourceReport | None:
        """Give what a Job found; None when nothing was read."""
        if not self.digest or self.holdings is None:
            return None
        return SourceReport(name=self.name, entries=self.entries, digest=self.digest, holdings=self.holdings)


class Bundle(Observed):
    """The catalogue as it is in force."""

    config_map: str = Field(description="Immutable ConfigMap that holds it, named by its digest.")


class PromptCatalogStatus(Observed):
    """What is known about the catalogue."""

    observed_generation: int = Field(default=-1, description="metadata.generation that this status is about.")
    digest: str | None = Field(
        default=None, description="sha256 of the canonical JSON (RFC 8785) of the resolved entries."
    )
    bundle: Bundle | None = Field(default=None, description="The catalogue as it is in force.")
    counts: Counts | None = Field(default=None, description="How much it holds.")
    sources: Annotated[list[SourceStatus], Field(max_length=16)] | None = Field(
        default=None, description="What was read from each source.", json_schema_extra=keyed("name")
    )
    used_by: Annotated[list[User], Field(max_length=USERS_SHOWN)] | None = Field(
        default=None,
        description="Objects of the namespace that name the catalogue, the first 50 by kind and name.",
        json_schema_extra=keyed("kind", "name"),
    )
    users: int = Field(default=0, description="How many objects of the namespace name the catalogue.")
    conditions: Annotated[list[Condition], Field(max_length=16)] = Field(
        default_factory=list,
        description="Ready, Reconciling, Stalled, SourcesResolved, Valid.",
        json_schema_extra=keyed("type"),
    )
