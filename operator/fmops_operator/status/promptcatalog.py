"""What the status of a PromptCatalog says. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from fmops_api.meta import Condition
from fmops_api.promptcatalog import PromptCatalog
from fmops_api.promptcatalogstatus import USERS_SHOWN, Bundle, Counts, PromptCatalogStatus, SourceStatus, User
from fmops_api.reasons import ConditionType as Type
from fmops_api.reasons import PromptCatalogReason as Reason
from fmops_operator.status.conditions import condition, with_kstatus

_UNREAD = (
    Reason.RESOLVING,
    Reason.SOURCE_NOT_FOUND,
    Reason.SOURCE_UNAUTHORIZED,
    Reason.SOURCE_UNREACHABLE,
    Reason.RESOLUTION_FAILED,
    Reason.JOB_REFUSED,
)
"""Reasons by which nobody knows what a source holds."""
_SOURCE_REASONS = (*_UNREAD, Reason.SOURCE_UNREADABLE)
_NAMED = 10


@dataclass(frozen=True)
class Trouble:
    """Why the object, as it stands, is not in force. `stalled`: nobody but a person can mend it."""

    reason: Reason
    message: str
    stalled: bool = True


@dataclass(frozen=True)
class Release:
    """A resolved catalogue and the ConfigMap that holds it."""

    digest: str
    bundle: str
    counts: Counts
    sources: Sequence[SourceStatus] = ()


def released(resource: PromptCatalog, release: Release) -> PromptCatalogStatus:
    """Say that the object is in force."""
    counts = release.counts
    message = (
        f"bundle {release.bundle}: {counts.templates} templates, {counts.rubrics} rubrics,"
        f" {counts.labelled + counts.unlabelled} examples"
    )
    ready = condition(Type.READY, True, Reason.BUNDLED, message)
    rest = [_sources_resolved(resource, None), condition(Type.VALID, True, Reason.VALID)]
    return PromptCatalogStatus(
        observed_generation=resource.metadata.generation,
        digest=release.digest,
        bundle=Bundle(config_map=release.bundle),
        counts=counts,
        sources=list(release.sources) or None,
        conditions=with_kstatus(ready, stalled=False, rest=rest),
    )


def held_back(resource: PromptCatalog, trouble: Trouble, *, bundle_there: bool) -> PromptCatalogStatus:
    """Say what is wrong; what is known of the last valid bundle stays, as long as its ConfigMap does."""
    old = resource.status
    in_force = f"; in force stays {old.bundle.config_map}" if old.bundle and bundle_there else "; no bundle is in force"
    message = trouble.message[: 4096 - len(in_force)] + in_force
    ready = condition(Type.READY, False, trouble.reason, message)
    rest = [_sources_resolved(resource, trouble), _valid(trouble)]
    kept = old if bundle_there else PromptCatalogStatus()
    return kept.model_copy(
        update={
            "observed_generation": resource.metadata.generation,
            "conditions": with_kstatus(ready, stalled=trouble.stalled, rest=rest),
        }
    )


def with_sources(
    resource: PromptCatalog, status: PromptCatalogStatus, bulky: Sequence[SourceStatus]
) -> PromptCatalogStatus:
    """Say what is known of every source, in their order: ConfigMaps as the status has them, and what Jobs read."""
    known = {each.name: each for each in status.sources or () if each.inputs_hash is None}
    known |= {each.name: each for each in bulky}
    ordered = [known[source.name] for source in resource.spec.sources or () if source.name in known]
    return status.model_copy(update={"sources": ordered or None})


def with_users(status: PromptCatalogStatus, users: Sequence[User]) -> PromptCatalogStatus:
    """Name who uses the catalogue, the first ones by kind and name, and count them all."""
    shown = sorted(users, key=lambda user: (user.kind, user.name))[:USERS_SHOWN]
    return status.model_copy(update={"used_by": shown or None, "users": len(users)})


def listed(faults: Sequence[str]) -> str:
    """Join faults in one message, the first ones in full."""
    more = f"; and {len(faults) - _NAMED} more" if len(faults) > _NAMED else ""
    return "; ".join(faults[:_NAMED]) + more


def _sources_resolved(resource: PromptCatalog, trouble: Trouble | None) -> Condition:
    if trouble and trouble.reason in _SOURCE_REASONS:
        return condition(Type.SOURCES_RESOLVED, False, trouble.reason, trouble.message)
    message = "" if resource.spec.sources else "There are no sources: every example stands in the object."
    return condition(Type.SOURCES_RESOLVED, True, Reason.SOURCES_READ, message)


def _valid(trouble: Trouble) -> Condition:
    if trouble.reason == Reason.BUNDLE_REFUSED:
        return condition(Type.VALID, True, Reason.VALID)
    return condition(Type.VALID, None if trouble.reason in _UNREAD else False, trouble.reason, trouble.message)
