"""The route of a FoundationModel: what the gateway has to know of it, as a Secret in the gateway's namespace."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fmops_api.access import Access, AccessKey
from fmops_api.balancing import Balancing, BalancingStrategy
from fmops_api.foundationmodel import FoundationModel
from fmops_api.route import MOST_ADDRESSES, ROUTE_KEY, Backend, BackendApi, RailEndpoint, Route, RouteAccess, RouteKey
from fmops_operator.desired import vllm
from fmops_operator.desired.foundationmodel_network import served_name, url
from fmops_operator.desired.route import route_name, start_route
from fmops_operator.manifest import FOUNDATION_MODEL, Key, Manifest
from fmops_operator.observed import Pod


@dataclass(frozen=True)
class Credentials:
    """What the Secrets hold that a model refers to; what is missing is not there."""

    api_key: str | None = field(default=None, repr=False)
    """The provider's key."""
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Text of the keys of access, by their names."""
    missing: tuple[str, ...] = ()
    """A sentence for each that is not there."""


def route_key(model: FoundationModel) -> Key:
    """Say whose route it is."""
    return Key(FOUNDATION_MODEL.name, model.metadata.namespace, model.metadata.name)


def build_route(
    model: FoundationModel,
    pods: Sequence[Pod],
    credentials: Credentials,
    rail_endpoints: Sequence[RailEndpoint] = (),
) -> Route:
    """Say all that the gateway has to know; what a missing key would open stays closed."""
    balancing = model.spec.balancing or Balancing(strategy=BalancingStrategy.LEAST_OUTSTANDING)
    return Route(
        namespace=model.metadata.namespace,
        name=model.metadata.name,
        task=model.spec.task,
        family=model.family,
        backends=[_backend(model, pods, credentials)],
        balancing=balancing.strategy,
        prefix_length=balancing.prefix_length,
        mean_load_factor=balancing.mean_load_factor,
        access=_access(model.spec.access or Access(), credentials),
        guardrails=model.spec.guardrails or [],
        rail_endpoints=list(rail_endpoints),
    )


def build_route_secret(model: FoundationModel, route: Route, namespace: str) -> Manifest:
    """Build the Secret, for the gateway's namespace."""
    owner = route_key(model)
    content = route.model_dump_json(by_alias=True, exclude_none=True).encode()
    manifest = start_route(owner, namespace, route_name(owner), {})
    return {**manifest, "type": "Opaque", "data": {ROUTE_KEY: base64.b64encode(content).decode()}}


def _backend(model: FoundationModel, pods: Sequence[Pod], credentials: Credentials) -> Backend:
    active = model.status.revisions.active if model.status.revisions else ""
    provider = model.spec.source.provider
    if not model.spec.source.external:
        return Backend(urls=_addresses(pods), model=served_name(model), revision=active)
    # Without its key a provider refuses each request, and some lock whoever goes on: nobody is sent there.
    locked = provider is not None and provider.api_key_secret_ref is not None and credentials.api_key is None
    return Backend(
        api=BackendApi(provider.api.value) if provider else BackendApi.OPENAI,
        urls=[] if locked else [url(model)],
        model=served_name(model),
        api_key=credentials.api_key,
        api_version=provider.api_version if provider else None,
        revision=active,
    )


def _addresses(pods: Sequence[Pod]) -> list[str]:
    """Give the roots of the pods that are ready and stay, in an order that does not depend on chance."""
    ready = sorted(pod.address for pod in pods if pod.ready and not pod.leaving and pod.address)
    # A route holds a thousand, as many as a model has replicas; during a rollout there may be one more for a moment.
    return [f"http://{f'[{ip}]' if ':' in ip else ip}:{vllm.PORT}/v1" for ip in ready[:MOST_ADDRESSES]]


def _access(access: Access, credentials: Credentials) -> RouteAccess:
    known = [key for key in access.keys or () if key.name in credentials.keys]
    return RouteAccess(mode=access.mode, keys=[_key(key, credentials.keys[key.name]) for key in known])


def _key(key: AccessKey, text: str) -> RouteKey:
    return RouteKey(
        name=key.name,
        digest=f"sha256:{hashlib.sha256(text.encode()).hexdigest()}",
        requests_per_minute=key.requests_per_minute,
        tokens_per_minute=key.tokens_per_minute,
    )
