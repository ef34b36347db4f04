"""How a model is run on our own nodes: the engine, its resources and its place."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from fmops_api.meta import AS_WHOLE, FREE, ConfigMapKeyReference, Model, Rule, SecretReference, keyed
from fmops_api.resources import Accelerator, ResourceList, Resources, Vendor
from fmops_api.scalars import (
    DURATION,
    Duration,
    EngineWord,
    LabelKey,
    LabelValue,
    ObjectName,
    Shape,
    Size,
    SomeFraction,
)

__all__ = [
    "Accelerator",
    "Cache",
    "ChatTemplate",
    "ClaimReference",
    "Dtype",
    "Engine",
    "EnvironmentSource",
    "EnvironmentVariable",
    "EphemeralCache",
    "ImageReference",
    "Parallelism",
    "Parser",
    "Placement",
    "ResourceList",
    "Resources",
    "Rollout",
    "RolloutStrategy",
    "Startup",
    "Toleration",
    "VariableName",
    "Vendor",
]

ImageReference = Annotated[
    str,
    Field(max_length=512),
    Shape(r"[A-Za-z0-9][-A-Za-z0-9._:/@]*", "must be an image such as docker.io/vllm/vllm-openai:v0.32.0"),
]


class Dtype(StrEnum):
    """Number format of the weights in memory."""

    AUTO = "Auto"
    BFLOAT16 = "BFloat16"
    FLOAT16 = "Float16"
    FLOAT32 = "Float32"


class Parallelism(Model):
    """How the model is cut over the accelerators of one node."""

    tensor: Annotated[int, Field(strict=True, ge=1, le=64)] = Field(
        default=1, description="Parts of every layer, one an accelerator."
    )
    pipeline: Annotated[int, Field(strict=True, ge=1, le=64)] = Field(
        default=1, description="Groups of layers, one after the other."
    )


class ChatTemplate(Model):
    """A chat template that replaces the checkpoint's own."""

    config_map_key_ref: ConfigMapKeyReference = Field(description="Key of a ConfigMap that holds the Jinja template.")


class Parser(Model):
    """A parser of the engine, by its name there."""

    parser: EngineWord = Field(description="Name of the engine's parser, such as llama3_json, hermes or deepseek_r1.")


VariableName = Annotated[
    str,
    Field(max_length=128),
    Shape(r"[A-Za-z_][A-Za-z0-9_]*", "must be letters, digits and '_', not starting with a digit"),
]


class EnvironmentSource(Model):
    """Where the value of an environment variable comes from."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "has(self.secretKeyRef) != has(self.configMapKeyRef)",
            "set exactly one of secretKeyRef or configMapKeyRef",
        ),
    )

    secret_key_ref: SecretReference | None = Field(default=None, description="Key of a Secret.")
    config_map_key_ref: ConfigMapKeyReference | None = Field(default=None, description="Key of a ConfigMap.")


class EnvironmentVariable(Model):
    """An environment variable of the engine."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("has(self.value) != has(self.valueFrom)", "set exactly one of value or valueFrom"),
    )

    name: VariableName = Field(description="Name of the variable.")
    value: Annotated[str, Field(max_length=4096)] | None = Field(default=None, description="Its value.")
    value_from: EnvironmentSource | None = Field(default=None, description="Where its value comes from.")


class Engine(Model):
    """vLLM, by the settings that have a name here; what has none goes into extraArgs."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "!has(self.extraArgs) || size(self.extraArgs) == 0 || self.extraArgs[0].startsWith('-')",
            "extraArgs must start with a flag such as --seed; the model is named by source",
        ),
    )

    image: ImageReference | None = Field(
        default=None, description="Engine image; the operator's default for the accelerator's vendor when left out."
    )
    context_length: Annotated[int, Field(strict=True, ge=1, le=100_000_000)] | None = Field(
        default=None, description="Longest context served, in tokens; fitted to the memory by the engine when left out."
    )
    dtype: Dtype = Field(default=Dtype.AUTO, description="Number format of the weights in memory.")
    quantization: EngineWord | None = Field(
        default=None, description="Quantisation method; only when the checkpoint does not say."
    )
    parallelism: Parallelism | None = Field(
        default=None, description="How the model is cut over accelerators; tensor over all of them when left out."
    )
    memory_fraction: SomeFraction | None = Field(
        default=None, description="Part of the accelerator's memory that the engine may take, such as 0.92."
    )
    max_concurrent_sequences: Annotated[int, Field(strict=True, ge=1, le=65536)] | None = Field(
        default=None, description="Requests that are worked on at once in one replica."
    )
    max_queued_requests: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] = Field(
        default=512, description="Requests that may wait in one replica; beyond it they are refused with 503."
    )
    chat_template: ChatTemplate | None = Field(default=None, description="Chat template instead of the checkpoint's.")
    tool_calling: Parser | None = Field(default=None, description="Tool calling, by the parser of the model's family.")
    reasoning: Parser | None = Field(default=None, description="Reasoning output, by the parser of the model's family.")
    extra_args: Annotated[list[Annotated[str, Field(min_length=1, max_length=4096)]], Field(max_length=64)] | None = (
        Field(
            default=None,
            description="More command line arguments, last; a flag that a field here owns is refused by name.",
            json_schema_extra=AS_WHOLE,
        )
    )
    env: Annotated[list[EnvironmentVariable], Field(max_length=64)] | None = Field(
        default=None,
        description="More environment variables of the engine.",
        json_schema_extra=keyed("name"),
    )


class Toleration(Model):
    """A taint of nodes that the pods tolerate, as in a pod."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "has(self.key) || (has(self.operator) && self.operator == 'Exists')",
            "a toleration without a key needs operator Exists",
        ),
        Rule(
            "!has(self.value) || !has(self.operator) || self.operator == 'Equal'",
            "operator Exists looks at no value: remove value, or use Equal",
        ),
        Rule(
            "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
            "tolerationSeconds needs effect NoExecute",
        ),
    )

    key: LabelKey | None = Field(default=None, description="Key of the taint.")
    operator: Literal["Exists", "Equal"] | None = Field(
        default=None, description="Exists or Equal; Equal when left out."
    )
    value: LabelValue | None = Field(default=None, description="Value of the taint, for Equal.")
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = Field(
        default=None, description="Effect of the taint; all effects when left out."
    )
    toleration_seconds: Annotated[int, Field(strict=True)] | None = Field(
        default=None, description="How long NoExecute is tolerated, in seconds."
    )


class Placement(Model):
    """Where the pods run."""

    node_selector: Annotated[dict[LabelKey, LabelValue], Field(max_length=32)] | None = Field(
        default=None, description="Labels that a node must have."
    )
    tolerations: Annotated[list[Toleration], Field(max_length=32)] | None = Field(
        default=None,
        description="Taints that the pods tolerate, beside the vendor's own.",
        json_schema_extra=AS_WHOLE,
    )
    runtime_class_name: ObjectName | None = Field(default=None, description="RuntimeClass, such as nvidia.")
    priority_class_name: ObjectName | None = Field(default=None, description="PriorityClass.")
    affinity: dict[str, Any] | None = Field(default=None, description="Affinity, as in a pod.", json_schema_extra=FREE)


class ClaimReference(Model):
    """A PersistentVolumeClaim in the same namespace."""

    claim_name: ObjectName = Field(description="Name of a PersistentVolumeClaim in the same namespace.")


class EphemeralCache(Model):
    """A cache that lives as long as its pod."""

    size: Size = Field(description="Size of the volume; about twice the weights.")


class Cache(Model):
    """Where downloaded weights and compiled kernels are kept."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "has(self.persistentVolumeClaim) != has(self.ephemeral)",
            "set exactly one of persistentVolumeClaim or ephemeral",
        ),
    )

    persistent_volume_claim: ClaimReference | None = Field(default=None, description="A claim that outlives the pods.")
    ephemeral: EphemeralCache | None = Field(default=None, description="A volume that lives as long as its pod.")


class Startup(Model):
    """How long a start may take."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            f"!self.timeout.matches(r'^({DURATION})$') || duration(self.timeout) <= duration('24h')",
            "timeout must be at most 24h",
        ),
    )

    timeout: Duration = Field(
        default="30m", description="Time for download, load and compilation before the start counts as failed."
    )


class RolloutStrategy(StrEnum):
    """How a changed model replaces the running one."""

    ROLLING_UPDATE = "RollingUpdate"
    RECREATE = "Recreate"


class Rollout(Model):
    """How a changed model replaces the running one."""

    strategy: RolloutStrategy | None = Field(
        default=None,
        description="RollingUpdate needs room for one more replica; Recreate frees the accelerators first. "
        "Recreate when the model asks for accelerators, else RollingUpdate, when left out.",
    )
