"""What a reconcile is given and what it gives back: the seam between the stories and everything outside."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from fmops_api.meta import Model
from fmops_api.sources import ProviderApi
from fmops_operator.histogram import NOTHING, Counts
from fmops_operator.manifest import Key, Kind, Manifest
from fmops_operator.settings import EngineImages, Settings

StatusT = TypeVar("StatusT", bound=Model)


class Cluster(Protocol):
    """The Kubernetes API, as far as a reconcile needs it.

    Reads of kinds that are watched come from memory and cost nothing; others ask the API server. Errors are those of
    `errors`: Conflict, Forbidden, Refused (422, quota, admission) and Unavailable; an absent object is None.
    What comes from memory may lack metadata.managedFields, except entries of the subresource `scale`, which tell who
    scaled.
    """

    async def apply(self, manifest: Manifest) -> Manifest:
        """Make the object be as in `manifest`, by server-side apply; no request when it is; gives it as stored."""
        ...

    async def get(self, kind: Kind, namespace: str, name: str) -> Manifest | None:
        """Give one object, or None."""
        ...

    async def list(self, kind: Kind, namespace: str, labels: Mapping[str, str]) -> Sequence[Manifest]:
        """Give the objects that carry all `labels`, oldest first."""
        ...

    async def delete(self, kind: Kind, namespace: str, name: str) -> None:
        """Delete an object and, in the background, what it owns; an absent one is fine."""
        ...

    async def serves(self, kind: Kind) -> bool:
        """Say whether the API server has this resource (an optional CRD such as PodMonitor)."""
        ...


@dataclass(frozen=True)
class Answer:
    """What an endpoint said to a probe. `fault` is None when it serves the model, else the reason of status."""

    fault: str | None
    message: str
    context_length: int | None = None


@dataclass(frozen=True)
class Spoken:
    """What an endpoint speaks, and in which version."""

    api: ProviderApi
    version: str | None = None


OPENAI = Spoken(ProviderApi.OPENAI)


class Endpoint(Protocol):
    """Asks model endpoints; answers are remembered for a while, so asking often is cheap."""

    async def ask(  # noqa: PLR0913 - what to ask, and two things that make an answer another one
        self, url: str, model: str, task: str, api_key: str | None, *, behind: str = "", spoken: Spoken = OPENAI
    ) -> Answer:
        """Ask `/models` for the name and the model for one token (one embedding, ...); never raises."""
        ...


@dataclass(frozen=True)
class Repository:
    """What a hub said of a repository. `fault` is None when it was found, else the reason of status."""

    fault: str | None
    message: str
    commit: str | None = None
    config: Mapping[str, Any] | None = None
    """The model's config.json."""
    weight_bytes: int | None = None
    parameters: int | None = None


class Hub(Protocol):
    """Asks the Hugging Face Hub; answers are remembered for a while, so asking often is cheap."""

    async def look_up(self, repo: str, revision: str, token: str | None) -> Repository:
        """Say what the repository holds at that revision; never raises."""
        ...


@dataclass(frozen=True)
class Traffic:
    """What the gateway measured of a model's answers within a window. `fault` says why nothing could be read."""

    fault: str | None = None
    first_token: Counts = NOTHING
    """Seconds until the first piece of streamed answers."""
    request: Counts = NOTHING
    """Seconds until answers were complete."""
    toxicity: Counts = NOTHING
    """Scores of answers."""


class Gateways(Protocol):
    """Reads what the gateway measured; readings are remembered for a while, so asking often is cheap."""

    async def traffic(self, namespace: str, name: str) -> Traffic:
        """Say what was measured of a model; never raises."""
        ...


@dataclass(frozen=True)
class World:
    """Everything outside, passed in: no reconcile reaches for a client, the time or a setting by itself."""

    cluster: Cluster
    endpoint: Endpoint
    hub: Hub
    gateways: Gateways
    settings: Settings
    now: Callable[[], datetime]
    images: EngineImages = field(default_factory=EngineImages)
    turn: Callable[[Key], AbstractAsyncContextManager[object]] = lambda _: nullcontext()
    """Whose turn it is to write the route of an object: `async with` waits until nobody else does."""


@dataclass(frozen=True)
class Note:
    """Something that happened, for an Event on the object. Changes of the Ready condition make one by themselves."""

    reason: str
    message: str
    warning: bool = False


@dataclass(frozen=True)
class Outcome(Generic[StatusT]):
    """What a pass came to: the whole status (lastTransitionTime is set by the writer), and when to look again."""

    status: StatusT
    notes: tuple[Note, ...] = ()
    again_after: float | None = None
    """Seconds until the next look without an event; None: only on events and the slow resync."""
