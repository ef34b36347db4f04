"""The operator's settings, from environment variables that start with FMOPS_."""

import re
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

_LABEL = re.compile(
    r"(?!fmops\.dev/|app\.kubernetes\.io/)"
    r"(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?"
    r"=(?:[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?)?",
    re.ASCII,
)


def _label(pair: str) -> tuple[str, str]:
    name, _, value = pair.strip().partition("=")
    return name, value


class EngineImages(BaseSettings):
    """The engine image for each vendor, used where a model names none."""

    model_config = SettingsConfigDict(env_prefix="FMOPS_ENGINE_IMAGE_", frozen=True)

    nvidia: str = Field(
        default="docker.io/vllm/vllm-openai:v0.32.0", description="Engine image for Nvidia accelerators."
    )
    amd: str = Field(
        default="docker.io/vllm/vllm-openai-rocm:v0.32.0", description="Engine image for AMD accelerators."
    )
    cpu: str = Field(default="docker.io/vllm/vllm-openai-cpu:v0.32.0-x86_64", description="Engine image for the CPU.")


class Settings(BaseSettings):
    """How this operator runs. Every field is an environment variable, FMOPS_ and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="FMOPS_", frozen=True)

    namespaces: str = Field(
        default="", description="Namespaces to watch, separated by commas; the whole cluster when empty."
    )
    workers: Annotated[int, Field(ge=1, le=256)] = Field(default=16, description="Objects worked on at once.")
    resync_seconds: Annotated[float, Field(gt=0)] = Field(
        default=600, description="Every object is looked at again after so long, with jitter, to repair drift."
    )
    log_format: Literal["json", "plain"] = Field(default="json", description="json for machines, plain for people.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level that is logged."
    )
    http_host: str = Field(default="0.0.0.0", description="Address of /healthz, /readyz and /metrics.")  # noqa: S104
    http_port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=8080, description="Port of the same; 0 takes a free one."
    )
    lease_name: str = Field(default="fmops-operator", description="Lease that elects the one working replica.")
    lease_namespace: str = Field(
        default="", description="Namespace of the Lease; the pod's own, or `default` outside a cluster, when empty."
    )
    lease_seconds: Annotated[float, Field(ge=2)] = Field(
        default=10, description="A leader not heard of for so long is replaced."
    )
    identity: str = Field(
        default="", description="Name of this replica in the Lease and Events; the host name when empty."
    )
    runner_image: str = Field(default="ghcr.io/fmops/serving:0.1.0", description="Image of the evaluation runner.")
    image_pull_policy: Literal["Always", "IfNotPresent", "Never", ""] = Field(
        default="", description="Pull policy of the pods we make; the cluster's own rule when empty."
    )
    hub_url: str = Field(
        default="https://huggingface.co", description="Hugging Face Hub, or a mirror with the same API."
    )
    probe_timeout_seconds: Annotated[float, Field(gt=0)] = Field(
        default=20, description="Time for one probe of an endpoint."
    )
    probe_interval_seconds: Annotated[float, Field(gt=0)] = Field(
        default=60, description="A serving endpoint is asked again after so long; one that does not answer sooner."
    )
    job_ttl_seconds: Annotated[int, Field(ge=60)] = Field(
        default=86400, description="Measured evaluation Jobs are kept for so long, for their logs; failed ones stay."
    )
    gateway_namespace: Annotated[str, Field(pattern=r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$")] = Field(
        default="",
        description="Namespace of the gateway, which routes are written into; there is no gateway when empty.",
    )
    gateway_url: Annotated[str, Field(pattern=r"^(https?://[^\s?#]+/v1)?$")] = Field(
        default="",
        validate_default=True,
        description="Root of the gateway's API as applications reach it, with /v1; needed with a gateway.",
    )
    gateway_metrics_url: Annotated[str, Field(pattern=r"^(https?://[^\s?#]+)?$")] = Field(
        default="",
        description="Metrics of the gateway's pods: every address behind the host's name is read, for objectives.",
    )
    gateway_classifiers: Annotated[str, Field(pattern=r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(,|$))*$")] = Field(
        default="", description="Names of the classifiers that are mounted in the gateway, separated by commas."
    )
    prometheus_url: Annotated[str, Field(pattern=r"^(https?://[^\s?#]+)?$")] = Field(
        default="",
        description="Prometheus that scrapes the gateway, asked for objectives instead of the gateway's pods.",
    )
    runbook_url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] = Field(
        default="https://github.com/fmops/fmops/blob/main/docs/runbooks",
        description="Where the runbooks of alerts are; an alert's name and .md follow.",
    )
    monitoring_namespace: Annotated[str, Field(pattern=r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$")] = Field(
        default="",
        description="Namespace whose pods may scrape the engines' metrics while a gateway closes them to all others.",
    )

    monitoring_labels: str = Field(
        default="",
        description="Labels of every model's PrometheusRule and PodMonitor, by which a Prometheus selects them, as "
        "`name=value,name=value`.",
    )

    @property
    def monitor_labels(self) -> dict[str, str]:
        """The same as a mapping."""
        return dict(_label(each) for each in self.monitoring_labels.split(",") if each.strip())

    @field_validator("monitoring_labels")
    @classmethod
    def _are_labels(cls, labels: str) -> str:
        for each in labels.split(","):
            if each.strip() and not _LABEL.fullmatch(each.strip()):
                raise PydanticCustomError(
                    "label",
                    "{label} is no label: write name=value, such as release=prometheus; names under fmops.dev and "
                    "app.kubernetes.io are the operator's own",
                    {"label": repr(each.strip())},
                )
        return labels

    @field_validator("gateway_url")
    @classmethod
    def _is_there_with_a_gateway(cls, url: str, info: ValidationInfo) -> str:
        if info.data.get("gateway_namespace") and not url:
            raise PydanticCustomError(
                "needed", "a gateway has a namespace and a url, such as http://gateway.apps.svc/v1"
            )
        return url

    @property
    def classifiers(self) -> frozenset[str]:
        """Give the classifiers that guard rails may name."""
        return frozenset(filter(None, self.gateway_classifiers.split(",")))
