"""What the figures of a metric are: their parts, the scale that each is on, and which examples can have one."""

from collections.abc import Iterable

from fmops_api.judge import judged
from fmops_api.meta import Rule
from fmops_api.metric import Metric
from fmops_api.metrictype import MetricType
from fmops_api.performance import level_figure
from fmops_api.promptcatalog import Example
from fmops_api.scalars import SHARE
from fmops_api.selection import CARD_NUMBERS

COST = "cost"
BUILT_IN = ("coverage", "errors", "truncated", COST)
QUANTILES = ("p50", "p95", "p99")
CLASSIFICATION_PARTS = ("accuracy", "precision", "recall", "invalidRate")
LATENCY_TIMES = ("timeToFirstToken", "betweenTokens", "request")
LATENCY_PARTS = tuple(f"{time}.{quantile}" for time in LATENCY_TIMES for quantile in QUANTILES)
PARTS = {
    MetricType.CLASSIFICATION: CLASSIFICATION_PARTS,
    MetricType.JSON_SCHEMA: ("parsed",),
    MetricType.LATENCY: LATENCY_PARTS,
    MetricType.LENGTH: ("p50", "p95"),
    MetricType.ROUGE: ("precision", "recall"),
    MetricType.TOXICITY: ("mean",),
}
"""The parts of a metric's figures, beside the one under its own name; Latency has no figure under its own name."""

POINTS = (MetricType.BLEU, MetricType.CHRF)
"""Types whose figures go from 0 to 100."""
SIGNED = (MetricType.COSINE,)
"""Types whose figures go from -1 to 1."""
BEST_AT_ONE = (
    MetricType.CLASSIFICATION,
    MetricType.EXACT_MATCH,
    MetricType.JSON_SCHEMA,
    MetricType.NUMERIC,
    MetricType.ROUGE,
    MetricType.TOKEN_F1,
)
"""Types that give an answer a score from 0 to 1 of which more is better: what can tell a bad answer from a good one.
Not Regex and Refusal, since who finds a pattern or a refusal may have hoped for it or feared it."""
HIGHER_IS_BETTER = (*BEST_AT_ONE, *POINTS, *SIGNED)
"""Types whose own figure is the better the higher it is."""
AMOUNTS = (MetricType.COST, MetricType.LATENCY, MetricType.LENGTH, MetricType.WORD_ERROR_RATE)
"""Types whose figures are zero or more: money, seconds, lengths, and errors per word, of which there may be more than
one. Everything else is a share from 0 to 1."""

_WITHOUT_COMPARING = (
    MetricType.COST,
    MetricType.JSON_SCHEMA,
    MetricType.LATENCY,
    MetricType.LENGTH,
    MetricType.REFUSAL,
    MetricType.REGEX,
    MetricType.TOXICITY,
)


def _of(types: Iterable[MetricType]) -> str:
    listed = ", ".join(f"'{name}'" for name in types)
    return f"self.metrics.exists(m, m.type in [{listed}] && (g.metric == m.name || g.metric.startsWith(m.name + '.')))"


def _part_of(metric_type: MetricType, named: str) -> str:
    names = ", ".join(f"m.name + '.{part}'" for part in PARTS[metric_type])
    return f"m.type == '{metric_type}' && {named}.metric in [{names}]"


def _names_a_figure(named: str) -> str:
    """Say in CEL that `named.metric` is a figure of the run."""
    own = f"{named}.metric == m.name && m.type != '{MetricType.LATENCY}'"
    known = " || ".join([own, *(_part_of(metric_type, named) for metric_type in PARTS)])
    built_in = f"{named}.metric in {list(BUILT_IN)} || {level_figure(named)}"
    return f"{built_in} || self.metrics.exists(m, {known}) || {judged(named)}"


_AMOUNT = f"({_of(AMOUNTS)} || g.metric == '{COST}' || {level_figure('g')})"
_IN_POINTS = r"[0-9]{1,2}(\.[0-9]+)?|100(\.0+)?"

GATE_RULES = (
    Rule(
        f"!has(self.gates) || self.gates.all(g, {_names_a_figure('g')})",
        "a gate names one of the run's metrics, judges or juries, a part of one (such as latency.request.p95),"
        " coverage, errors, truncated or cost",
    ),
    Rule(
        f"!has(self.gates) || self.gates.all(g, has(g.against) || {_AMOUNT} || {_of((*POINTS, *SIGNED))}"
        f" || {judged('g')} || g.value.matches(r'^({SHARE})$'))",
        "a gate's value is a share from 0 to 1, such as 0.8 for 80 %, unless it looks at cost, latency, length, a word"
        " error rate, Bleu, Chrf, Cosine or a judge",
    ),
    Rule(
        f"!has(self.gates) || self.gates.all(g, has(g.against) || !{_AMOUNT} || !g.value.startsWith('-'))",
        "a gate's value is zero or more when it looks at cost, latency (in seconds), length or a word error rate",
    ),
    Rule(
        f"!has(self.gates) || self.gates.all(g, has(g.against) || !{_of(POINTS)}"
        f" || g.value.matches(r'^({_IN_POINTS})$'))",
        "a gate's value is from 0 to 100 when it looks at Bleu or Chrf",
    ),
    Rule(
        f"!has(self.gates) || self.gates.all(g, has(g.against) || !{_of(SIGNED)} || g.value.matches(r'^-?({SHARE})$'))",
        "a gate's value is from -1 to 1 when it looks at Cosine",
    ),
    Rule(
        f"!has(self.gates) || self.gates.all(g, !has(g.against) || {_AMOUNT} || {_of((*POINTS, *SIGNED))}"
        f" || g.value.matches(r'^-?({SHARE})$'))",
        "a gate against Baseline has a difference of shares as value, from -1 to 1, such as -0.01, unless it looks at"
        " cost, length, a word error rate, Bleu, Chrf or Cosine",
    ),
    Rule(
        f"!has(self.gates) || self.gates.all(g, !has(g.against) || !{_of(POINTS)}"
        f" || g.value.matches(r'^-?({_IN_POINTS})$'))",
        "a gate against Baseline has a difference from -100 to 100 as value when it looks at Bleu or Chrf",
    ),
    Rule(
        f"!has(self.gates) || self.gates.all(g, !has(g.against) || !{_of(SIGNED)}"
        f" || g.value.matches(r'^-?({SHARE}|1\\.[0-9]+|2(\\.0+)?)$'))",
        "a gate against Baseline has a difference from -2 to 2 as value when it looks at Cosine",
    ),
)
"""What a gate may look at and which values are on its scale; `self` is the spec of an EvaluationRun."""

CRITERION_RULE = Rule(
    f"!has(self.selection) || self.selection.criteria.all(c, c.metric in {list(CARD_NUMBERS)}"
    f" || {_names_a_figure('c')})",
    "a criterion names one of the run's metrics, judges or juries, a part of one (such as latency.request.p95),"
    f" coverage, errors, truncated, cost, or a number on the card ({', '.join(CARD_NUMBERS)})",
)
"""What a criterion of a selection may look at; `self` is the spec of an EvaluationRun."""


def lack(metric: Metric, examples: Iterable[Example]) -> str:
    """Name what a metric compares with, in words, when no example has it; empty when one does or none is needed."""
    if metric.type in _WITHOUT_COMPARING:
        return ""
    if metric.type == MetricType.CLASSIFICATION:
        return "" if any(example.label is not None for example in examples) else "a label"
    comparable = any(example.references or example.label is not None for example in examples)
    return "" if comparable else "references or a label"
