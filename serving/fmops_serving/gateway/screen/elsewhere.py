"""Detectors that are asked elsewhere: over the network, or a classifier in a thread. Each rail has one of its own."""

import weakref
from collections.abc import Iterable, Mapping, Sequence

from fmops_api.guardrail import TEXT, DetectorType, Guardrail, RemoteDetector
from fmops_api.guardrail import GuardModel as GuardModelSpec
from fmops_api.route import RailEndpoint
from fmops_api.scalars import seconds
from fmops_serving.guard.cascade import Cascade
from fmops_serving.guard.finding import AwaitedDetector, DetectorFailed, Finding
from fmops_serving.guard.guardmodel import GuardModel
from fmops_serving.guard.remote import Remote
from fmops_serving.guard.toxicity import toxicity

Classifiers = Mapping[str, AwaitedDetector]
"""The classifiers that this gateway has, by name."""
_OF_TIMEOUT = 0.75
"""Share of a rail's timeout for a second opinion: what the first is sure of must be told in time."""


class Away:
    """A detector that is not there: it fails at each text, so that the rail's failure policy says what follows."""

    def __init__(self, why: str) -> None:
        """Say why in a sentence."""
        self._why = why

    async def afind(self, texts: Sequence[str]) -> Sequence[Sequence[Finding]]:
        """Fail."""
        raise DetectorFailed(self._why)


class Elsewhere:
    """Makes them, and closes their connections."""

    def __init__(self, endpoints: Iterable[RailEndpoint] = (), classifiers: Classifiers | None = None) -> None:
        """Take what a route says of guard models and keys."""
        self._endpoints = {each.rail: each for each in endpoints}
        self._classifiers = classifiers or {}
        self._made: dict[str, AwaitedDetector] = {}

    def detector(self, rail: Guardrail) -> AwaitedDetector:
        """Give the rail's detector, always the same one; raises ValueError for what cannot be asked."""
        if rail.name not in self._made:
            self._made[rail.name] = self._make(rail)
        return self._made[rail.name]

    def lease(self) -> "Lease":
        """Give what keeps the connections of detectors open for as long as somebody has it."""
        return Lease(self)

    def drop(self) -> None:
        """End the connections of detectors soon, from whichever thread: nobody asks any more."""
        for each in self._made.values():
            if isinstance(each, Remote | GuardModel):
                each.drop()

    def _make(self, rail: Guardrail) -> AwaitedDetector:
        endpoint = self._endpoints.get(rail.name)
        if rail.remote is not None:
            return _remote(rail.remote, endpoint)
        if rail.guard_model is not None:
            return _guard_model(rail.guard_model, endpoint)
        named = rail.classifier or ""
        classifier = self._classifiers.get(named) or Away(f"this gateway has no classifier {named}")
        if rail.detector is DetectorType.TOXICITY:
            return Cascade(toxicity(), classifier, within=_OF_TIMEOUT * seconds(rail.timeout))
        return classifier


class Lease:
    """Ends the connections of detectors when the last who has it is gone."""

    def __init__(self, elsewhere: Elsewhere) -> None:
        """Begin."""
        weakref.finalize(self, elsewhere.drop).atexit = False


def _remote(remote: RemoteDetector, endpoint: RailEndpoint | None) -> AwaitedDetector:
    key = endpoint.api_key if endpoint else None
    if remote.api_key_secret_ref is not None and key is None:
        return Away("the key of its detector is not there")
    url = endpoint.url if endpoint else remote.url
    return Remote(url, remote.detector, remote.detector_parameters, key)


def _guard_model(guard: GuardModelSpec, endpoint: RailEndpoint | None) -> AwaitedDetector:
    if endpoint is None:
        return Away(f"its guard model {guard.model.name} cannot be asked")
    arguments = {"chat_template_kwargs": guard.chat_template_arguments} if guard.chat_template_arguments else {}
    return GuardModel(
        endpoint.url,
        endpoint.model or guard.model.name,
        guard.style,
        guard.template or TEXT,
        {"max_tokens": guard.max_tokens, **arguments},
        endpoint.api_key,
    )
