"""A route: all that the gateway has to know of one model. The operator writes it, or a person into a folder.

In a cluster it is the key `route.json` of a Secret in the gateway's namespace, labelled fmops.dev/route=model; in a
folder it is a file `*.json` or `*.yaml`. Unlike the kinds it holds credentials and not references to them.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from fmops_api.access import AccessMode
from fmops_api.balancing import BalancingStrategy, MeanLoadFactor, PrefixLength
from fmops_api.foundationmodel import Task
from fmops_api.guardrail import Guardrail
from fmops_api.meta import Model
from fmops_api.scalars import BaseUrl, Label, ObjectName, RemoteModel

ROUTE_KEY = "route.json"
MOST_ADDRESSES = 1000
ROUTE_LABEL = "fmops.dev/route"
MODEL_ROUTE, PROMPTS_ROUTE = "model", "prompts"
"""Values of the label: a Secret with a Route, and an immutable ConfigMap with a copy of a catalogue's bundle.

While a catalogue moves on to its next bundle there are two for a moment; the one of the greater resourceVersion is in
force.
"""
OF_NAMESPACE, OF_NAME, OF_DIGEST = "fmops.dev/namespace", "fmops.dev/name", "fmops.dev/digest"
"""Annotations on both: whose route it is, and on a bundle the catalogue's digest."""

Sha256 = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class BackendApi(StrEnum):
    """What a backend speaks."""

    OPENAI = "OpenAI"
    AZURE_OPENAI = "AzureOpenAI"
    ANTHROPIC = "Anthropic"


class Backend(Model):
    """Where requests go: the pods of an engine, or one address of somebody else."""

    name: Label = Field(default="default", description="Name of the backend in metrics.")
    api: BackendApi = Field(default=BackendApi.OPENAI, description="What it speaks.")
    urls: Annotated[list[BaseUrl], Field(max_length=MOST_ADDRESSES)] = Field(
        description="Roots of the API, with /v1 where it has one: one for each pod that is ready, or a provider's."
    )
    model: RemoteModel = Field(description="Name of the model there.")
    api_key: str | None = Field(default=None, description="Key sent there; none when left out.", repr=False)
    api_version: Annotated[str, Field(max_length=40)] | None = Field(
        default=None, description="Version of the API, for Azure OpenAI and Anthropic."
    )
    weight: Annotated[int, Field(strict=True, ge=0, le=100)] = Field(
        default=100, description="Share of the requests, relative to the other backends of the same order."
    )
    order: Annotated[int, Field(strict=True, ge=0, le=100)] = Field(
        default=0, description="Backends of a higher order are asked when none of a lower one can answer."
    )
    revision: Annotated[str, Field(max_length=64)] = Field(default="", description="Revision of the model in metrics.")


class RouteKey(Model):
    """A key that may use the model."""

    name: Label = Field(description="Name of the key.")
    digest: Sha256 = Field(
        description="SHA-256 of the key's text, as sha256:hex. Keys are random, so that no salt is needed."
    )
    requests_per_minute: int | None = Field(default=None, ge=1, description="Requests in any 60 seconds.")
    tokens_per_minute: int | None = Field(default=None, ge=1, description="Tokens in any 60 seconds.")


class RouteAccess(Model):
    """Who may use the model."""

    mode: AccessMode = Field(default=AccessMode.KEYS, description="Whether a key is needed.")
    keys: Annotated[list[RouteKey], Field(max_length=100)] = Field(default_factory=list, description="The keys.")


class RailEndpoint(Model):
    """Where a guard rail asks: what the operator found out about a guard model, or the key of a remote detector."""

    rail: Label = Field(description="Name of the guard rail.")
    url: BaseUrl = Field(description="Root of the guard model's OpenAI API, with /v1, or of the remote detector.")
    model: RemoteModel | None = Field(default=None, description="Name of the guard model there.")
    api_key: str | None = Field(default=None, description="Key sent there; none when left out.", repr=False)


class Route(Model):
    """One model, as the gateway serves it."""

    namespace: Label = Field(description="Namespace of the model.")
    name: ObjectName = Field(description="Name of the model; clients send namespace/name, or the name alone.")
    task: Task = Field(default=Task.CHAT, description="What the model does.")
    family: Label | None = Field(default=None, description="Family of the model, which picks variants of prompts.")
    backends: Annotated[list[Backend], Field(max_length=20)] = Field(description="Where requests go.")
    balancing: BalancingStrategy = Field(
        default=BalancingStrategy.LEAST_OUTSTANDING, description="How one of a backend's addresses is picked."
    )
    prefix_length: PrefixLength | None = Field(
        default=None, description="Bytes of a prompt's beginning that PrefixAffinity tells apart; 256 when left out."
    )
    mean_load_factor: MeanLoadFactor | None = Field(
        default=None, description="Percent of the mean of requests that an address takes by it; 125 when left out."
    )
    access: RouteAccess = Field(default_factory=RouteAccess, description="Who may use it.")
    guardrails: Annotated[list[Guardrail], Field(max_length=20)] = Field(
        default_factory=list, description="What screens requests and answers."
    )
    rail_endpoints: Annotated[list[RailEndpoint], Field(max_length=20)] = Field(
        default_factory=list,
        description="Where guard rails ask. A rail with a guard model or with a key needs one: without it, it fails.",
    )
