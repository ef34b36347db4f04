"""How a model is run on our own nodes: the engine, its resources and its place."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import Field

from fmops_api.meta import AS_WHOLE, FREE, ConfigMapKeyReference, Model, Rule, SecretReference, keyed
from fmops_api.scalars import Duration, Fraction, ObjectName, Quantity

ImageReference = Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[^\s]+$")]
LabelText = Annotated[str, Field(max_length=63)]
ResourceList = Annotated[dict[Annotated[str, Field(max_length=253)], Quantity | int], Field(max_length=16)]


class Dtype(StrEnum):
    """Number format of the weights in memory."""

    AUTO = "Auto"
    BFLOAT16 = "BFloat16"
    FLOAT16 = "Float16"
    FLOAT32 = "Float32"


class Parallelism(Model):
    """How the model is cut over the accelerators of one node."""

    tensor: Annotated[int, Field(ge=1, le=64)] = Field(
        default=1, description="Parts of every layer, one an accelerator."
    )
    pipeline: Annotated[int, Field(ge=1, le=64)] = Field(
        default=1, description="Groups of layers, one after the other."
    )


class ChatTemplate(Model):
    """A chat template that replaces the checkpoint's own."""

    config_map_key_ref: ConfigMapKeyReference = Field(description="Key of a ConfigMap that holds the Jinja template.")


class Parser(Model):
    """A parser of the engine, by its name there."""

    parser: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[-A-Za-z0-9_.]+$")] = Field(
        description="Name of the engine's parser, such as llama3_json, hermes or deepseek_r1."
    )


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

    name: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = Field(
        description="Name of the variable."
    )
    value: Annotated[str, Field(max_length=4096)] | None = Field(default=None, description="Its value.")
    value_from: EnvironmentSource | None = Field(default=None, description="Where its value comes from.")


class Engine(Model):
    """vLLM, by the settings that have a name here; what has none goes into extraArgs."""

    image: ImageReference | None = Field(
        default=None, description="Engine image; the operator's default for the accelerator's vendor when left out."
    )
    context_length: Annotated[int, Field(ge=1, le=100_000_000)] | None = Field(
        default=None, description="Longest context served, in tokens; fitted to the memory by the engine when left out."
    )
    dtype: Dtype = Field(default=Dtype.AUTO, description="Number format of the weights in memory.")
    quantization: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[-A-Za-z0-9_.]+$")] | None = Field(
        default=None, description="Quantisation method; only when the checkpoint does not say."
    )
    parallelism: Parallelism | None = Field(
        default=None, description="How the model is cut over accelerators; tensor over all of them when left out."
    )
    memory_fraction: Fraction | None = Field(
        default=None, description="Part of the accelerator's memory that the engine may take, such as 0.92."
    )
    max_concurrent_sequences: Annotated[int, Field(ge=1, le=65536)] | None = Field(
        default=None, description="Requests that are worked on at once in one replica."
    )
    max_queued_requests: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
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


class Vendor(StrEnum):
    """Who makes the accelerator; None is the CPU."""

    NVIDIA = "Nvidia"
    AMD = "Amd"
    NONE = "None"


class Accelerator(Model):
    """What one replica needs of accelerators."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "self.vendor != 'None' || (!has(self.count) && !has(self.memory) && !has(self.product))",
            "vendor None is the CPU: remove count, memory and product, or name the vendor",
        ),
    )

    vendor: Vendor = Field(description="Who makes it; None runs the model on the CPU.")
    count: Annotated[int, Field(ge=1, le=64)] | None = Field(
        default=None, description="Accelerators of one replica; 1 when left out."
    )
    memory: Quantity | None = Field(default=None, description="Memory of one accelerator, such as 24Gi, for sizing.")
    product: LabelText | None = Field(
        default=None, description="Product, as the vendor's feature discovery labels nodes, such as NVIDIA-L4."
    )


class Resources(Model):
    """What one replica needs."""

    accelerator: Accelerator | None = Field(default=None, description="Accelerators; the CPU when left out.")
    requests: ResourceList | None = Field(default=None, description="What is reserved on the node.")
    limits: ResourceList | None = Field(default=None, description="What may be used at most.")


class Toleration(Model):
    """A taint of nodes that the pods tolerate, as in a pod."""

    key: Annotated[str, Field(max_length=317)] | None = Field(default=None, description="Key of the taint.")
    operator: Annotated[str, Field(pattern=r"^(Exists|Equal)$")] | None = Field(
        default=None, description="Exists or Equal; Equal when left out."
    )
    value: LabelText | None = Field(default=None, description="Value of the taint, for Equal.")
    effect: Annotated[str, Field(pattern=r"^(NoSchedule|PreferNoSchedule|NoExecute)$")] | None = Field(
        default=None, description="Effect of the taint; all effects when left out."
    )
    toleration_seconds: int | None = Field(default=None, description="How long NoExecute is tolerated, in seconds.")


class Placement(Model):
    """Where the pods run."""

    node_selector: Annotated[dict[Annotated[str, Field(max_length=317)], LabelText], Field(max_length=32)] | None = (
        Field(default=None, description="Labels that a node must have.")
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

    size: Quantity = Field(description="Size of the volume; about twice the weights.")


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
