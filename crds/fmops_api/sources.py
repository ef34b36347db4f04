"""Where a model comes from: weights that an engine loads, or an endpoint that somebody else runs."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from fmops_api.meta import Model, Rule, SecretReference
from fmops_api.scalars import BaseUrl, ObjectName, RemoteModel, Shape, VolumePath

Repository = Annotated[
    str,
    Field(max_length=200),
    Shape(
        r"[A-Za-z0-9][-A-Za-z0-9._]*(/[A-Za-z0-9][-A-Za-z0-9._]*)?",
        "must be a repository as owner/name, such as Qwen/Qwen3-8B",
    ),
]
Revision = Annotated[
    str,
    Field(max_length=100),
    Shape(r"[A-Za-z0-9][-A-Za-z0-9._/]*", "must be a branch, tag or commit such as main or 0e9e39f249a1"),
]
ApiVersion = Annotated[
    str,
    Field(max_length=40),
    Shape(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(-preview)?", "must be a date such as 2024-10-21 or 2025-04-01-preview"),
]
INSIDE_VOLUME = Rule(
    "!has(self.path) || !('/' + self.path + '/').contains('/../')",
    "path must stay inside the volume: remove the '..'",
)


class HuggingFace(Model):
    """A repository of the Hugging Face Hub, or of a mirror that the operator is configured with."""

    repo: Repository = Field(description="Repository, as owner/name.")
    revision: Revision = Field(
        default="main", description="Branch, tag or commit; pin a commit so that the model cannot change under you."
    )
    token_secret_ref: SecretReference | None = Field(
        default=None, description="Access token for a gated or private repository."
    )


class VolumeSource(Model):
    """Weights in a folder of a volume, in the Hugging Face layout (config.json beside the weight files)."""

    rules: ClassVar[tuple[Rule, ...]] = (INSIDE_VOLUME,)

    claim_name: ObjectName = Field(description="PersistentVolumeClaim in the same namespace; it is mounted read-only.")
    path: VolumePath | None = Field(
        default=None, description="Folder inside the volume, relative to its root; the root itself when left out."
    )


class ProviderApi(StrEnum):
    """The dialect that a provider speaks."""

    OPENAI = "OpenAI"
    AZURE_OPENAI = "AzureOpenAI"
    ANTHROPIC = "Anthropic"


class Provider(Model):
    """A proprietary model behind a provider's API; it makes no pods."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "!has(self.apiVersion) || self.api != 'OpenAI'",
            "apiVersion is for AzureOpenAI and Anthropic: remove it",
        ),
        Rule(
            "self.api != 'AzureOpenAI' || !self.baseURL.contains('/openai')",
            "baseURL of AzureOpenAI is the resource's address, such as https://NAME.openai.azure.com: remove the path",
        ),
        Rule(
            "self.api != 'Anthropic' || self.baseURL.endsWith('/v1') || self.baseURL.endsWith('/v1/')",
            "baseURL of Anthropic ends with /v1, such as https://api.anthropic.com/v1",
        ),
    )

    api: ProviderApi = Field(
        default=ProviderApi.OPENAI,
        description="Dialect of the API. AzureOpenAI and Anthropic are asked through the gateway.",
    )
    base_url: BaseUrl = Field(
        alias="baseURL",
        description="Root of the API, such as https://api.openai.com/v1, https://NAME.openai.azure.com or"
        " https://api.anthropic.com/v1.",
    )
    api_version: ApiVersion | None = Field(
        default=None,
        description="Version of the API. AzureOpenAI: a date, for deployments in the path; the form /openai/v1 is used"
        " when left out. Anthropic: 2023-06-01 when left out.",
    )
    model: RemoteModel = Field(
        description="Name of the model at the provider, for AzureOpenAI of the deployment; pin a dated name where the"
        " provider has one."
    )
    api_key_secret_ref: SecretReference | None = Field(
        default=None, description="API key; left out only for an endpoint that needs none."
    )


class ServiceSource(Model):
    """An engine that somebody else runs, with the OpenAI API (KServe, KubeAI, NIM, Ollama); it makes no pods."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "!self.url.endsWith('/v1') && !self.url.endsWith('/v1/')",
            "url is the root of the server: remove /v1 from it",
        ),
    )

    url: BaseUrl = Field(
        description="Root of the server, without /v1, such as http://llama.other-namespace.svc:8000; /v1 is added."
    )
    model: RemoteModel = Field(description="Name under which it is served.")


_ALTERNATIVES = ("huggingFace", "persistentVolumeClaim", "provider", "service")


class Source(Model):
    """Exactly one place that the model comes from."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            " + ".join(f"(has(self.{name}) ? 1 : 0)" for name in _ALTERNATIVES) + " == 1",
            f"set exactly one of {', '.join(_ALTERNATIVES[:-1])} or {_ALTERNATIVES[-1]}",
        ),
    )

    hugging_face: HuggingFace | None = Field(default=None, description="Weights from the Hugging Face Hub.")
    persistent_volume_claim: VolumeSource | None = Field(default=None, description="Weights on a volume.")
    provider: Provider | None = Field(default=None, description="A provider's API.")
    service: ServiceSource | None = Field(default=None, description="An engine that somebody else runs.")

    @property
    def external(self) -> bool:
        """Say whether the endpoint is run by somebody else, so that no pods are made."""
        return self.provider is not None or self.service is not None
