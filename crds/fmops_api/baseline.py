"""The candidate that the others are compared with, and the rules of a comparison."""

from pydantic import Field, StrictBool

from fmops_api.meta import Model, Rule
from fmops_api.scalars import ObjectName


class Baseline(Model):
    """The candidate that the others are compared with, on the same examples in the same run."""

    name: ObjectName = Field(description="One of candidates.models.")
    null_control: StrictBool = Field(
        default=False,
        description="Ask the baseline everything twice, and give <metric>.flipRate: the share of examples whose score "
        "differs although nothing changed. A candidate that differs by less cannot be told from noise.",
    )


RULES = (
    Rule(
        "has(self.baseline) && has(self.candidates.models)"
        " ? self.candidates.models.exists(m, m.name == self.baseline.name) : !has(self.baseline)",
        "baseline must be one of candidates.models: the same run asks it what it asks the others",
    ),
    Rule(
        "has(self.baseline) && has(self.candidates.models) && !has(self.candidates.selector)"
        " ? self.candidates.models.exists(m, m.name != self.baseline.name) : true",
        "baseline needs another candidate that is compared with it: add one to candidates.models, or a selector",
    ),
    Rule(
        "!has(self.baseline) || has(self.sink)",
        "baseline needs sink: the comparison reads there how every candidate's answers were scored",
    ),
    Rule(
        "!has(self.gates) || has(self.baseline) || !self.gates.exists(g, has(g.against))",
        "a gate against Baseline needs baseline: name the candidate to compare with",
    ),
    Rule(
        "!has(self.gates) || !self.gates.exists(g, has(g.against)"
        " && self.metrics.exists(m, m.type == 'Latency' && g.metric.startsWith(m.name + '.')))",
        "a gate against Baseline looks at answers, not at latency: candidates are asked at different times",
    ),
)
"""Of an EvaluationRun's spec."""
