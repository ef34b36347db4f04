"""What is known about an example: where it comes from, and whether its references are to be followed."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from fmops_api.meta import Model


class Polarity(StrEnum):
    """Whether the references of an example show what to answer or what not to answer."""

    POSITIVE = "Positive"
    NEGATIVE = "Negative"


class Origin(StrEnum):
    """Who or what made an example."""

    HUMAN = "Human"
    FEEDBACK = "Feedback"
    SYNTHETIC = "Synthetic"
    IMPORT = "Import"


class Provenance(Model):
    """Where an example comes from."""

    kind: Origin = Field(
        description="Human: written by people. Feedback: rated by users. Synthetic: made by a model. Import: taken over"
        " from a data set."
    )
    by: Annotated[str, Field(min_length=1, max_length=128)] | None = Field(
        default=None, description="Who or what made it, such as a team, a model or a data set; no end user's name."
    )
    at: Annotated[str, Field(max_length=10, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")] | None = Field(
        default=None, description="When, as YYYY-MM-DD."
    )
    reference: Annotated[str, Field(min_length=1, max_length=512)] | None = Field(
        default=None, description="Where more is known, such as a ticket or a URL."
    )
