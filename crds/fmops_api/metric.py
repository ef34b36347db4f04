"""What an evaluation measures."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from fmops_api.meta import Model, Rule
from fmops_api.scalars import Shape

LATENCY_PARTS = ("timeToFirstToken.p50", "timeToFirstToken.p95", "request.p50", "request.p95")
CLASSIFICATION_PARTS = ("accuracy", "precision", "recall", "invalidRate")
FigureName = Annotated[
    str, Field(max_length=40), Shape(r"[a-zA-Z][a-zA-Z0-9]*", "must be letters and digits, starting with a letter")
]


class MetricType(StrEnum):
    """What is measured."""

    EXACT_MATCH = "ExactMatch"
    CLASSIFICATION = "Classification"
    LATENCY = "Latency"


class Average(StrEnum):
    """How F1 of the classes becomes one figure."""

    MACRO = "Macro"
    MICRO = "Micro"
    WEIGHTED = "Weighted"


class Normalize(StrEnum):
    """What is made equal before texts are compared."""

    NONE = "None"
    STRIP = "Strip"
    SQUAD = "Squad"


class Metric(Model):
    """A figure to measure. Parts of it are named `<name>.<part>` in results and gates."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("!has(self.average) || self.type == 'Classification'", "average belongs to type Classification"),
        Rule("!has(self.normalize) || self.type == 'ExactMatch'", "normalize belongs to type ExactMatch"),
        Rule("!(self.name in ['coverage', 'errors'])", "coverage and errors are built in: choose another name"),
    )

    name: FigureName = Field(description="Name of the figure in results and gates.")
    type: MetricType = Field(
        description="ExactMatch: share of answers equal to a reference or label. Classification: F1, with parts "
        "accuracy, precision, recall and invalidRate. Latency: seconds, in parts timeToFirstToken.p50, "
        "timeToFirstToken.p95, request.p50 and request.p95 of the evaluation's own traffic."
    )
    average: Average | None = Field(
        default=None, description="How F1 of the classes becomes one figure; Macro when left out."
    )
    normalize: Normalize | None = Field(
        default=None,
        description="What is made equal before texts are compared: None, Strip (outer white space) or Squad "
        "(case, punctuation, articles, white space); None when left out.",
    )
