"""Rubrics: how a person or a judge model scores an answer."""

from typing import Annotated, ClassVar

from pydantic import Field

from fmops_api.meta import Model, Rule, keyed
from fmops_api.scalars import Label, Shape, Version

Score = Annotated[str, Field(max_length=8), Shape(r"0|[1-9][0-9]{0,2}", "must be a whole number such as 1")]


class Criterion(Model):
    """One question of a rubric."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "!(self.name in ['kappa', 'alpha'])",
            "kappa and alpha are names of figures about judges: choose another name",
        ),
    )

    name: Label = Field(description="Name of the criterion, such as helpfulness.")
    description: Annotated[str, Field(min_length=1, max_length=2048)] = Field(description="What is judged.")
    anchors: Annotated[
        dict[Score, Annotated[str, Field(min_length=1, max_length=1024)]],
        Field(min_length=1, max_length=20),
    ] = Field(description='What a score means, by the score, such as "1" and "5".')


class Scale(Model):
    """The scores that a rubric gives."""

    rules: ClassVar[tuple[Rule, ...]] = (Rule("self.min < self.max", "a scale goes up: min must be less than max"),)

    min: Annotated[int, Field(strict=True, ge=0, le=100)] = Field(default=1, description="Worst score.")
    max: Annotated[int, Field(strict=True, ge=1, le=100)] = Field(default=5, description="Best score.")


class Rubric(Model):
    """How a person or a judge model scores an answer."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "self.criteria.all(c, c.anchors.all(k, k.matches('^[0-9]{1,3}$')"
            " ? int(k) >= self.scale.min && int(k) <= self.scale.max : true))",
            "an anchor is a score of the scale: from scale.min to scale.max",
        ),
        Rule(
            "self.criteria.all(c, string(self.scale.min) in c.anchors && string(self.scale.max) in c.anchors)",
            "a criterion needs anchors for both ends of the scale: scale.min and scale.max",
        ),
        Rule(
            "self.criteria == oldSelf.criteria && self.scale == oldSelf.scale",
            "a rubric's (name, version) is immutable: add a new version instead",
        ),
    )

    name: Label = Field(description="Name of the rubric.")
    version: Version = Field(description="Version; a changed rubric gets a new one.")
    criteria: Annotated[list[Criterion], Field(min_length=1, max_length=16)] = Field(
        description="The questions.", json_schema_extra=keyed("name")
    )
    scale: Scale = Field(default_factory=Scale, description="The scores.")
