"""Metrics: what is meant where nothing is said, what they compare with, and on which scale their figures are."""

import pytest

from fmops_api.metric import Metric, spelled_out
from fmops_api.metricscale import AMOUNTS, PARTS, POINTS, SIGNED, lack
from fmops_api.metrictype import MetricType
from fmops_api.promptcatalog import Example

NEEDED: dict[MetricType, dict[str, object]] = {
    MetricType.COSINE: {"embedder": {"name": "minilm"}},
    MetricType.REGEX: {"pattern": "x"},
    MetricType.JSON_SCHEMA: {"schema": {}},
    MetricType.LENGTH: {"unit": "Words"},
}
BARE, LABELLED = Example(id="a", input="x"), Example(id="b", input="x", label="y")
REFERENCED = Example(id="c", input="x", references=["y"])
ALONE = {MetricType.REGEX, MetricType.JSON_SCHEMA, MetricType.LENGTH, MetricType.REFUSAL, MetricType.TOXICITY}
ALONE |= {MetricType.LATENCY, MetricType.COST}


def metric(kind: MetricType) -> Metric:
    return Metric.model_validate({"name": "m", "type": kind, **NEEDED.get(kind, {})})


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (MetricType.CLASSIFICATION, {"average": "Macro"}),
        (MetricType.EXACT_MATCH, {"normalize": "None"}),
        (MetricType.TOKEN_F1, {"normalize": "Squad"}),
        (MetricType.WORD_ERROR_RATE, {"normalize": "None"}),
        (MetricType.ROUGE, {"variant": "L", "stemmer": "None"}),
        (MetricType.BLEU, {"tokenizer": "13a"}),
        (MetricType.CHRF, {"wordOrder": 0}),
        (MetricType.REFUSAL, {}),
        (MetricType.TOXICITY, {"threshold": "0.5"}),
    ],
)
def test_what_is_meant_is_written_down_once(kind: MetricType, said: dict[str, object]) -> None:
    meant = spelled_out(metric(kind))
    assert meant.to_manifest() == {"name": "m", "type": str(kind), **said}
    assert spelled_out(meant) == meant


def test_what_is_said_stays() -> None:
    said = Metric(name="m", type=MetricType.TOKEN_F1, normalize="Multilingual")
    assert spelled_out(said) == said


@pytest.mark.parametrize("kind", list(MetricType))
def test_a_metric_lacks_what_no_example_has(kind: MetricType) -> None:
    wanted = [lack(metric(kind), [BARE]), lack(metric(kind), [BARE, LABELLED]), lack(metric(kind), [BARE, REFERENCED])]
    if kind in ALONE:
        assert wanted == ["", "", ""]
    elif kind is MetricType.CLASSIFICATION:
        assert wanted == ["a label", "", "a label"]
    else:
        assert wanted == ["references or a label", "", ""]


def test_scales_do_not_overlap() -> None:
    assert len({*AMOUNTS, *POINTS, *SIGNED}) == len(AMOUNTS) + len(POINTS) + len(SIGNED)
    assert PARTS.keys() <= set(MetricType)
