"""What a pod needs: accelerators, and requests and limits of everything else."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from fmops_api.meta import Model, Rule
from fmops_api.scalars import LabelKey, LabelValue, Quantity, Size

ResourceList = Annotated[dict[LabelKey, Quantity | Annotated[int, Field(strict=True, ge=0)]], Field(max_length=16)]
REQUESTS_WITHIN_LIMITS = Rule(
    "has(self.requests) && has(self.limits) ? self.requests.all(k, k in self.limits"
    " ? !quantity(string(self.requests[k])).isGreaterThan(quantity(string(self.limits[k]))) : true) : true",
    "a request must not exceed the limit of the same resource",
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
    count: Annotated[int, Field(strict=True, ge=1, le=64)] | None = Field(
        default=None, description="Accelerators of one replica; 1 when left out."
    )
    memory: Size | None = Field(default=None, description="Memory of one accelerator, such as 24Gi, for sizing.")
    product: LabelValue | None = Field(
        default=None, description="Product, as the vendor's feature discovery labels nodes, such as NVIDIA-L4."
    )


_DEVICES = "['nvidia.com/gpu', 'amd.com/gpu']"


class Resources(Model):
    """What one replica needs."""

    rules: ClassVar[tuple[Rule, ...]] = (
        REQUESTS_WITHIN_LIMITS,
        Rule(
            f"!has(self.requests) || !self.requests.exists(k, k in {_DEVICES})",
            "accelerators are asked for by accelerator.count: remove them from requests",
        ),
        Rule(
            f"!has(self.limits) || !self.limits.exists(k, k in {_DEVICES})",
            "accelerators are asked for by accelerator.count: remove them from limits",
        ),
    )

    accelerator: Accelerator | None = Field(default=None, description="Accelerators; the CPU when left out.")
    requests: ResourceList | None = Field(default=None, description="What is reserved on the node.")
    limits: ResourceList | None = Field(default=None, description="What may be used at most.")
