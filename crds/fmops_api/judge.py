"""Judges: models that score answers by a rubric of the catalogue, and juries of several."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from fmops_api.meta import AS_SET, LocalReference, Model, Rule
from fmops_api.metric import FigureName
from fmops_api.scalars import SHARE, Label, Shape, SomeFraction

KAPPA, ALPHA = "kappa", "alpha"
"""Parts of a judge's and of a jury's figures, so that no criterion may have these names."""
OUTCOMES = ("wins", "ties", "losses")
"""Parts of the figures of judges and juries that compare, as shares of the examples."""
POSITION_FLIP_RATE = "positionFlipRate"
"""Part of the figures of a judge that compares: the share of examples on which the two orders disagree."""
RubricReference = Annotated[
    str,
    Field(max_length=71),
    Shape(
        r"[a-z0-9]([-a-z0-9]*[a-z0-9])?@[1-9][0-9]{0,6}",
        "must be name@version of a rubric, such as general@1",
    ),
]
_NAME_IS_FREE = Rule("!(self.name in ['coverage', 'errors'])", "coverage and errors are built in: choose another name")


class JudgeMode(StrEnum):
    """What is put before a judge."""

    POINTWISE = "Pointwise"
    PAIRWISE = "Pairwise"


class Scoring(StrEnum):
    """Which score is taken from a judge's verdict."""

    VERDICT = "Verdict"
    EXPECTED = "Expected"


class KappaWeights(StrEnum):
    """How much a near miss counts as agreement."""

    NONE = "None"
    QUADRATIC = "Quadratic"


class Calibration(Model):
    """Answers that people have judged, which the judge must judge alike before its figures decide anything."""

    sets: Annotated[list[Label], Field(min_length=1, max_length=8)] = Field(
        description="Example sets of the catalogue whose examples carry a judgement, or for a Pairwise judge a "
        "comparison.",
        json_schema_extra=AS_SET,
    )
    min_kappa: SomeFraction = Field(
        default="0.6",
        description="Least Cohen's kappa, of the worst criterion where there are several; below it JudgeTrusted is "
        "False and gates on the judge's figures are Inconclusive.",
    )
    weights: KappaWeights = Field(
        default=KappaWeights.QUADRATIC,
        description="Quadratic: 4 for 5 is nearly right, for scores have an order, and so is a tie for a win. None: "
        "only the same score or outcome agrees.",
    )


class Judge(Model):
    """A model that scores every answer by a rubric. Parts are named `<name>.<criterion>` in results and gates."""

    rules: ClassVar[tuple[Rule, ...]] = (_NAME_IS_FREE,)

    name: FigureName = Field(description="Name of its figure in results and gates: the mean over the criteria.")
    model: LocalReference = Field(description="FoundationModel of the same namespace, with task Chat.")
    rubric: RubricReference = Field(description="Rubric of the catalogue, as name@version.")
    mode: JudgeMode = Field(
        default=JudgeMode.POINTWISE,
        description="Pointwise: one answer at a time, scored. Pairwise: each candidate's answer beside the baseline's, "
        "always in both orders, and which is better; orders that disagree are a tie. The figure is the win rate "
        "against the baseline, ties as half, with parts wins, ties, losses and positionFlipRate.",
    )
    scoring: Scoring = Field(
        default=Scoring.VERDICT,
        description="Verdict: the score that the judge writes. Expected: the mean of the scale's scores, weighted by "
        "the probabilities that the judge gives them; needs an endpoint with logprobs and scores of one digit.",
    )
    seed: Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)] = Field(
        default=7, description="Seed of the sampling; the temperature is always 0."
    )
    max_tokens: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] = Field(
        default=1024, description="Longest verdict with its reasons, in tokens."
    )
    calibration: Calibration | None = Field(
        default=None, description="How the judge is held against people; not at all when left out."
    )


class Jury(Model):
    """Several judges with one rubric: the median of their scores, or their majority, and how much they agree."""

    rules: ClassVar[tuple[Rule, ...]] = (_NAME_IS_FREE,)

    name: FigureName = Field(
        description="Name of its figure: the mean of the medians, with parts `<name>.<criterion>` and, for "
        "Krippendorff's alpha, `<name>.<criterion>.alpha`. Of Pairwise judges: the win rate by majority, with parts "
        "wins, ties, losses and alpha."
    )
    judges: Annotated[list[FigureName], Field(min_length=2, max_length=8)] = Field(
        description="Names of judges of this run, all with the same rubric and mode.", json_schema_extra=AS_SET
    )


def _of(list_name: str, condition: str) -> str:
    """Write CEL: some `j` of an optional list is as `condition` says."""
    return f"(has(self.{list_name}) ? self.{list_name}.exists(j, {condition}) : false)"


def judged(named: str) -> str:
    """Say in CEL that `named.metric` is the figure of a judge or a jury, or a part of one."""
    return " || ".join(
        _of(name, f"{named}.metric == j.name || {named}.metric.startsWith(j.name + '.')")
        for name in ("judges", "juries")
    )


def pairwise(named: str) -> str:
    """Say in CEL that `named.metric` is the figure of a judge or a jury that compares, or a part of one."""
    mode = f"j.mode == '{JudgeMode.PAIRWISE}'"
    own = _of("judges", f"{mode} && ({named}.metric == j.name || {named}.metric.startsWith(j.name + '.'))")
    of_jury = _of("judges", f"{mode} && j.name in y.judges")
    name = f"{named}.metric == y.name || {named}.metric.startsWith(y.name + '.')"
    return f"{own} || (has(self.juries) ? self.juries.exists(y, ({name}) && {of_jury}) : false)"


_PAIRWISE = f"j.mode == '{JudgeMode.PAIRWISE}'"

JUDGE_RULES = (
    Rule(
        f"has(self.judges) && !has(self.baseline) ? self.judges.all(j, !({_PAIRWISE})) : true",
        "a Pairwise judge compares with baseline: name the candidate to compare with",
    ),
    Rule(
        f"has(self.judges) ? self.judges.all(j, {_PAIRWISE} ? j.scoring == '{Scoring.VERDICT}' : true) : true",
        "scoring Expected weighs scores, and a Pairwise judge gives none: use Verdict",
    ),
    Rule(
        "has(self.juries) && has(self.judges) ? self.juries.all(y, self.judges.all(a, self.judges.all(b,"
        " a.name in y.judges && b.name in y.judges ? a.mode == b.mode : true))) : true",
        "the judges of a jury are all Pointwise or all Pairwise: give them the same mode",
    ),
    Rule(
        f"!has(self.gates) || self.gates.all(g, has(g.against) || !({pairwise('g')}))",
        "a gate on a Pairwise judge has against: Baseline, with which it compares",
    ),
    Rule(
        f"!has(self.gates) || self.gates.all(g, !({pairwise('g')}) || g.metric.endsWith('.{ALPHA}')"
        f" || g.value.matches(r'^({SHARE})$'))",
        "a gate on a Pairwise judge has a share from 0 to 1 as value: 0.5 is as good as the baseline",
    ),
    Rule(
        "!has(self.gates) || self.gates.all(g, !g.metric.endsWith('.kappa'))",
        "how far a judge agrees with people is asked by calibration.minKappa, not by a gate",
    ),
    Rule(
        "!has(self.selection) || self.selection.criteria.all(c, !c.metric.endsWith('.kappa'))",
        "how far a judge agrees with people says nothing about a candidate: choose by the judge's scores",
    ),
    Rule(
        f"!has(self.gates) || self.gates.all(g, !has(g.against) || !({judged('g')}) || {pairwise('g')})",
        "a gate against Baseline looks at metrics and Pairwise judges: give the least score that a judge must give",
    ),
    Rule(
        "has(self.chain) && has(self.judges) ? self.judges.all(j, !has(j.calibration)) : true",
        "calibration shows a judge what people judged as an answer to template: a chain has no such answers",
    ),
    Rule(
        "has(self.judges) ? self.judges.all(j, self.metrics.all(m, m.name != j.name)) : true",
        "a judge is a figure as a metric is: give it a name that no metric has",
    ),
    Rule(
        "has(self.juries) ? self.juries.all(y, self.metrics.all(m, m.name != y.name)"
        " && (has(self.judges) ? self.judges.all(j, j.name != y.name) : true)) : true",
        "a jury is a figure as a judge is: give it a name that no metric and no judge has",
    ),
    Rule(
        "has(self.juries) ? self.juries.all(y, y.judges.all(n,"
        " has(self.judges) ? self.judges.exists(j, j.name == n) : false)) : true",
        "a jury names judges of this run: one of its judges is not in spec.judges",
    ),
    Rule(
        "has(self.juries) && has(self.judges) ? self.juries.all(y, self.judges.all(a, self.judges.all(b,"
        " a.name in y.judges && b.name in y.judges ? a.rubric == b.rubric : true))) : true",
        "the judges of a jury score by one rubric: give them the same",
    ),
)
"""Rules of a run about its judges and juries."""


def comparing(judges: Sequence[Judge] | None, juries: Sequence[Jury] | None) -> frozenset[str]:
    """Name the judges that compare with the baseline, and the juries of such."""
    found = {judge.name for judge in judges or () if judge.mode is JudgeMode.PAIRWISE}
    return frozenset(found | {jury.name for jury in juries or () if jury.judges[0] in found})
