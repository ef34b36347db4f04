"""The model card: what the model is, as its owner declares it. Read by people, sizing, selection and metrics."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from fmops_api.meta import AS_SET, Model, Rule, keyed
from fmops_api.scalars import Fraction, HttpUrl, Label, Language, ParameterCount, Price, Shape

Text = Annotated[str, Field(max_length=1024)]

PartialDate = Annotated[
    str,
    Field(max_length=10),
    Shape(
        r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?",
        "must be a date as YYYY, YYYY-MM or YYYY-MM-DD, such as 2023-12",
    ),
]
Currency = Annotated[str, Field(max_length=3), Shape(r"[A-Z]{3}", "must be an ISO 4217 code such as USD or EUR")]


class CommercialUse(StrEnum):
    """What a licence says of commercial use."""

    ALLOWED = "Allowed"
    RESTRICTED = "Restricted"
    FORBIDDEN = "Forbidden"


class License(Model):
    """The licence of the model."""

    spdx: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        default=None, description="SPDX identifier, or the licence's usual short name."
    )
    url: HttpUrl | None = Field(default=None, description="Where its text stands.")
    commercial_use: CommercialUse | None = Field(default=None, description="What it says of commercial use.")


class Openness(StrEnum):
    """Whether the weights can be had."""

    OPEN_WEIGHTS = "OpenWeights"
    PROPRIETARY = "Proprietary"


class FineTuning(StrEnum):
    """How the model can be adapted."""

    LORA = "LoRA"
    FULL = "Full"


class Dataset(Model):
    """A data set that the model was trained on."""

    name: Annotated[str, Field(min_length=1, max_length=200)] = Field(description="Name of the data set.")
    url: HttpUrl | None = Field(default=None, description="Where it is described.")
    cutoff: PartialDate | None = Field(
        default=None, description="Date of its newest content, as YYYY, YYYY-MM or YYYY-MM-DD."
    )
    notes: Text | None = Field(default=None, description="What else people should know, such as copyright.")


class Skills(Model):
    """What the team knows about working with the model."""

    team_familiarity: Fraction | None = Field(default=None, description="From 0 (new to us) to 1 (we know it well).")
    notes: Text | None = Field(default=None, description="What the team has learnt.")


class Pricing(Model):
    """What using the model costs: by tokens for a provider, by time for own accelerators."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "has(self.perAcceleratorHour) != (has(self.inputPerMillionTokens) || has(self.outputPerMillionTokens))",
            "give either perAcceleratorHour, or inputPerMillionTokens and outputPerMillionTokens",
        ),
        Rule(
            "has(self.inputPerMillionTokens) == has(self.outputPerMillionTokens)",
            "inputPerMillionTokens and outputPerMillionTokens belong together: give both",
        ),
    )

    input_per_million_tokens: Price | None = Field(default=None, description="Price of a million input tokens.")
    output_per_million_tokens: Price | None = Field(default=None, description="Price of a million output tokens.")
    per_accelerator_hour: Price | None = Field(default=None, description="Price of one accelerator for an hour.")
    currency: Currency = Field(default="USD", description="ISO 4217 code.")


class Card(Model):
    """What the model is."""

    license: License | None = Field(default=None, description="The licence.")
    openness: Openness | None = Field(default=None, description="Whether the weights can be had.")
    family: Label | None = Field(
        default=None,
        description="Family of the model, such as llama, which picks variants of prompts; when left out, the first"
        " word of the architecture in its config.json.",
    )
    parameters: ParameterCount | None = Field(
        default=None, description="Number of parameters, such as 8B; read from the weights' own files where it can be."
    )
    context_window: Annotated[int, Field(strict=True, ge=1, le=100_000_000)] | None = Field(
        default=None, description="Longest context that the model was made for, in tokens."
    )
    languages: Annotated[list[Language], Field(max_length=200)] | None = Field(
        default=None, description="Languages that it speaks, as BCP 47 tags.", json_schema_extra=AS_SET
    )
    training_data: Annotated[list[Dataset], Field(max_length=50)] | None = Field(
        default=None,
        description="What it was trained on.",
        json_schema_extra=keyed("name"),
    )
    fine_tuning: Annotated[list[FineTuning], Field(max_length=2)] | None = Field(
        default=None, description="How it can be adapted.", json_schema_extra=AS_SET
    )
    skills: Skills | None = Field(default=None, description="What the team knows about it.")
    pricing: Pricing | None = Field(default=None, description="What using it costs.")
