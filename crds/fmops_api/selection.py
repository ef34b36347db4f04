"""How a run chooses one of its candidates: by priorities with tolerances, by points, or by what nobody beats."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from fmops_api.candidates import Constraint
from fmops_api.meta import AS_SET, AS_WHOLE, Model, Rule
from fmops_api.scalars import POSITIVE, DecimalText, MetricName, Shape

PRICES = (
    "card.pricing.inputPerMillionTokens",
    "card.pricing.outputPerMillionTokens",
    "card.pricing.perAcceleratorHour",
)
CARD_NUMBERS = (*PRICES, "card.parameters", "card.contextWindow", "card.skills.teamFamiliarity")
"""What a criterion can look at on a card; numbers only, and none that has no order."""
RESULTS, AGAINST_BASELINE = "results", "againstBaseline"
"""What constraints on results look at beside `card`: figures by name, and figures against the baseline."""
_DECIMAL = r"^-?[0-9]+(\.[0-9]+)?$"
Tolerance = Annotated[
    str, Field(max_length=32), Shape(r"[0-9]+(\.[0-9]+)?", "must be a tolerance of zero or more, such as 0.02")
]
Weight = Annotated[
    str, Field(max_length=32), Shape(r"[0-9]+(\.[0-9]+)?", "must be a weight such as 2 or 0.5"), POSITIVE
]


class Strategy(StrEnum):
    """How several criteria become one order."""

    LEXICOGRAPHIC = "Lexicographic"
    WEIGHTED = "Weighted"
    PARETO = "Pareto"


class Goal(StrEnum):
    """Which direction is better. Declared, since no name of a figure tells it for certain."""

    MINIMIZE = "Minimize"
    MAXIMIZE = "Maximize"


class Scale(Model):
    """Between which values points are given: none at `worst`, all at `best`, in proportion in between."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            f"!self.worst.matches(r'{_DECIMAL}') || !self.best.matches(r'{_DECIMAL}')"
            " || double(self.worst) != double(self.best)",
            "worst and best are the same value: a scale needs two",
        ),
    )

    worst: DecimalText = Field(description="Value that earns nothing, in the figure's own unit; so does a worse one.")
    best: DecimalText = Field(
        description="Value that earns everything, in the figure's own unit; so does a better one."
    )


class Criterion(Model):
    """A figure that counts in the choice."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            f"!has(self.scale) || !self.scale.worst.matches(r'{_DECIMAL}') || !self.scale.best.matches(r'{_DECIMAL}')"
            " || (self.goal == 'Maximize') == (double(self.scale.worst) < double(self.scale.best))"
            " || double(self.scale.worst) == double(self.scale.best)",
            "goal and scale disagree: to Maximize, best is the greater value; to Minimize, it is the smaller one",
        ),
    )

    metric: MetricName = Field(
        description="A metric of the run, a part of one, a built-in (coverage, errors, truncated, cost), or a number "
        "on the card: card.pricing.inputPerMillionTokens, card.pricing.outputPerMillionTokens, "
        "card.pricing.perAcceleratorHour, card.parameters, card.contextWindow or card.skills.teamFamiliarity."
    )
    goal: Goal = Field(description="Minimize or Maximize; never guessed from the name.")
    priority: Annotated[int, Field(strict=True, ge=0, le=31)] | None = Field(
        default=None, description="Lexicographic: 0 is looked at first. Each number once."
    )
    tolerance: Tolerance | None = Field(
        default=None,
        description="Lexicographic: a difference up to this, in the figure's own unit, makes no difference; "
        "0 when left out. Overlapping intervals make none either.",
    )
    weight: Weight | None = Field(default=None, description="Weighted: how much its points count.")
    scale: Scale | None = Field(default=None, description="Weighted: between which values points are given.")


class Selection(Model):
    """How one of the candidates is chosen, among those that pass every gate."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "self.strategy != 'Lexicographic' || self.criteria.all(c, has(c.priority))",
            "the Lexicographic strategy needs a priority for each criterion: 0 is looked at first",
        ),
        Rule(
            "self.criteria.all(c, !has(c.priority) || self.criteria.exists_one(d, has(d.priority)"
            " && d.priority == c.priority))",
            "two criteria have the same priority: give each its own",
        ),
        Rule(
            "self.strategy == 'Lexicographic' || self.criteria.all(c, !has(c.priority) && !has(c.tolerance))",
            "priority and tolerance belong to the Lexicographic strategy: remove them",
        ),
        Rule(
            "self.strategy != 'Weighted' || self.criteria.all(c, has(c.weight) && has(c.scale))",
            "the Weighted strategy needs a weight and a scale for each criterion: figures in different units have no "
            "sum, so say which value earns nothing (worst) and which earns everything (best)",
        ),
        Rule(
            "self.strategy == 'Weighted' || self.criteria.all(c, !has(c.weight) && !has(c.scale))",
            "weight and scale belong to the Weighted strategy: remove them",
        ),
        Rule(
            "self.criteria.all(c, self.criteria.exists_one(d, d.metric == c.metric))",
            "two criteria look at the same figure: keep one",
        ),
    )

    strategy: Strategy = Field(
        default=Strategy.LEXICOGRAPHIC,
        description="Lexicographic: by priority, and what comes next decides only among those that the one before "
        "cannot tell apart. Weighted: by the sum of points on declared scales. Pareto: by what nobody beats in "
        "everything.",
    )
    criteria: Annotated[list[Criterion], Field(min_length=1, max_length=8)] = Field(
        description="What counts.", json_schema_extra=AS_WHOLE
    )
    constraints: Annotated[list[Constraint], Field(max_length=16)] | None = Field(
        default=None,
        description="CEL over `results` (figures by name, with value, low, high, n and unscored, at confidence 0.95), "
        "`againstBaseline` (the same of figures against the baseline) and `card`, such as results.f1.low >= 0.8 or "
        "results['latency.request.p95'].high < 2.0; each must be true of a candidate, or it cannot be selected, with "
        "the reason. What was not measured is not true.",
        json_schema_extra=AS_SET,
    )


SELECTION_RULES = (
    Rule(
        "!has(self.selection) || !has(self.selection.constraints) || has(self.baseline)"
        f" || !self.selection.constraints.exists(c, c.contains('{AGAINST_BASELINE}'))",
        f"a constraint on {AGAINST_BASELINE} needs baseline: name the candidate to compare with",
    ),
)
"""Of an EvaluationRun's spec."""
