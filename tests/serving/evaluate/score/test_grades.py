"""What one answer is worth to each metric, and figures that share clusters or repeats."""

from typing import Any

import pytest
from jiwer import wer
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from fmops_api.metricscale import BEST_AT_ONE
from fmops_api.metrictype import MetricType
from fmops_serving.evaluate.score.figures import figures_of
from fmops_serving.evaluate.score.grade import Grade
from fmops_serving.evaluate.score.metrics import scorer_of
from fmops_serving.evaluate.score.sample import Sample
from tests.serving.evaluate.score.measuring import metric, reply

SAID, RIGHT = "the cat sat on a mat", "the cat sat on the mat"


def grade(kind: str, said: str, *references: str, **fields: Any) -> Grade:
    scorer = scorer_of(metric(kind, **fields), frozenset({"billing", "refund"}))
    found = reply(said, *references, label="refund", output_tokens=9)
    assert found is not None
    return scorer.grade(scorer.observe(found))


GRADES: list[tuple[str, dict[str, Any], str, str, float]] = [
    ("ExactMatch", {}, RIGHT, RIGHT, 1.0),
    ("Numeric", {}, "it is 5", "4", 0.0),
    ("Regex", {"pattern": "cat"}, SAID, RIGHT, 1.0),
    ("JsonSchema", {"schema": {"type": "object"}}, "[]", "", 0.0),
    ("TokenF1", {"normalize": "None"}, SAID, RIGHT, 5 / 6),
    ("Rouge", {"variant": "1"}, SAID, RIGHT, 5 / 6),
    ("Length", {"unit": "Words"}, SAID, RIGHT, 6.0),
    ("Length", {"unit": "Tokens"}, SAID, RIGHT, 9.0),
    ("Refusal", {}, "I cannot help with that.", RIGHT, 1.0),
    ("Toxicity", {}, "You are an idiot.", RIGHT, 1.0),
    ("Toxicity", {"threshold": "1"}, "You are an idiot.", RIGHT, 0.0),
    ("Bleu", {}, SAID, RIGHT, BLEU(effective_order=True).sentence_score(SAID, [RIGHT]).score),
    ("Bleu", {}, "a cat", "a cat", 100.0),
    ("Chrf", {}, SAID, RIGHT, CHRF().sentence_score(SAID, [RIGHT]).score),
    ("WordErrorRate", {}, SAID, RIGHT, wer(RIGHT, SAID)),
]


@pytest.mark.parametrize(("kind", "fields", "said", "right", "wanted"), GRADES)
def test_an_answer_is_graded_on_the_metric_s_own_scale(
    kind: str, fields: dict[str, Any], said: str, right: str, wanted: float
) -> None:
    assert grade(kind, said, right, **fields).score == pytest.approx(wanted)


def test_the_class_that_was_read_stands_beside_the_grade() -> None:
    assert grade("Classification", "Refund.") == Grade(1.0, "refund")
    assert grade("Classification", "perhaps") == Grade(0.0, None)


def test_every_type_is_graded_here_and_those_of_which_one_is_best_are_shares() -> None:
    elsewhere = {MetricType.CLASSIFICATION, MetricType.COSINE, MetricType.COST, MetricType.LATENCY}
    assert {MetricType(row[0]) for row in GRADES} | elsewhere == set(MetricType)
    for kind, fields, _, right, _ in GRADES:
        if MetricType(kind) in BEST_AT_ONE and kind != "JsonSchema":
            assert grade(kind, right, right, **fields).score == 1.0


@pytest.mark.parametrize("kind", ["Bleu", "Chrf", "WordErrorRate"])
def test_a_corpus_figure_of_four_clusters_is_less_certain_than_of_as_many_strangers(kind: str) -> None:
    scorer = scorer_of(metric(kind))
    (part,) = scorer.parts
    alone, together = Sample(), Sample()
    for number in range(40):
        found = reply(SAID if number % 4 else "a dog ran off", RIGHT)
        assert found is not None
        seen = scorer.observe(found)
        alone.add(str(number), None, seen)
        together.add(str(number), str(number % 4), seen)
    (one,), (other,) = list(figures_of(part, alone, 40)), list(figures_of(part, together, 40))
    assert one.value == other.value
    assert (one.units, other.units) == (40, 4)
    assert ":clustered|" in other.signature
    ends = [figure.bounds(0.95) for figure in (one, other)]
    widths = [(high or 0) - (low or 0) for low, high in ends]
    assert widths[0] < widths[1]


def test_quantiles_of_lengths_with_repeats_are_bounded_by_drawing_examples() -> None:
    scorer = scorer_of(metric("Length", unit="Words"))
    sample = Sample(repeated=True)
    for number in range(40):
        for repeat in range(3):
            sample.add(str(number), None, number + repeat)
    median = next(figure for part in scorer.parts for figure in figures_of(part, sample, 40) if figure.name == "m.p50")
    assert (median.value, median.n, median.unscored) == (20, 40, 0)
    low, high = median.bounds(0.95)
    assert 10 < (low or 0) < 20 < (high or 0) < 31
    assert median.signature == "length|words|v1|bootstrap:1000:7|v1"
