"""Classification against scikit-learn, the reading of labels, and honest intervals."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_api.metrictype import Average
from fmops_serving.evaluate.score.classification import classification
from fmops_serving.evaluate.score.confusion import averaged, confusion_of
from fmops_serving.evaluate.score.figure import Figure
from fmops_serving.evaluate.score.labels import LabelReader
from tests.serving.evaluate.score.measuring import figures as figures_of
from tests.serving.evaluate.score.measuring import metric, reply
from tests.support.oracles import sklearn_metrics

LABELS = ["billing", "refund", "shipping", "other"]
PAIRS = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from([*LABELS, None])), min_size=1, max_size=60)
SKLEARN = {Average.MACRO: "macro", Average.MICRO: "micro", Average.WEIGHTED: "weighted"}


def figures(pairs: list[tuple[str, str | None]], average: Average | None = None) -> dict[str, Figure]:
    wanted = metric("Classification", name="f1", average=average)
    return figures_of(wanted, [reply(said or "no idea", label=gold) for gold, said in pairs], LABELS)


@given(PAIRS, st.sampled_from(list(Average)))
def test_precision_recall_and_f1_are_those_of_scikit_learn(
    pairs: list[tuple[str, str | None]], average: Average
) -> None:
    seen = sorted({gold for gold, _ in pairs} | {said for _, said in pairs if said})
    expected = sklearn_metrics.precision_recall_fscore_support(
        [gold for gold, _ in pairs],
        [said or "(none)" for _, said in pairs],
        labels=seen,
        average=SKLEARN[average],
        zero_division=0,
    )
    assert averaged(Counter(pairs), average) == pytest.approx(expected[:3], abs=1e-12)


def test_an_answer_without_a_class_is_a_miss_and_no_class() -> None:
    found = figures([("billing", "billing"), ("billing", "billing"), ("refund", None), ("refund", "refund")])
    assert found["f1"].value == pytest.approx((1 + 2 / 3) / 2)
    assert found["f1.invalidRate"].value == 0.25
    assert found["f1.accuracy"].value == 0.75


def test_a_missing_answer_or_label_is_unscored_and_no_miss() -> None:
    replies = [reply("refund", label="refund"), reply(None, label="refund"), reply("refund")]
    found = figures_of(metric("Classification"), replies, LABELS)
    assert {(f.value, f.n, f.unscored) for f in found.values() if f.name != "m.invalidRate"} == {(1.0, 1, 2)}


def test_nothing_scored_is_no_value_and_no_interval() -> None:
    found = figures_of(metric("Classification"), [reply(None, label="refund")], LABELS).values()
    assert {(f.value, f.bounds(0.95), f.n, f.unscored) for f in found} == {(None, (None, None), 0, 1)}


@given(PAIRS)
def test_the_confusion_matrix_and_each_class_are_those_of_scikit_learn(pairs: list[tuple[str, str | None]]) -> None:
    found = confusion_of("f1", Counter(pairs))
    right, answered = [gold for gold, _ in pairs], [said or "(none)" for _, said in pairs]
    table = sklearn_metrics.confusion_matrix(right, answered, labels=[*found.labels, "(none)"])
    assert found.counts == table[:-1].tolist()
    expected = sklearn_metrics.precision_recall_fscore_support(
        right, answered, labels=found.labels, average=None, zero_division=0
    )
    for place, scores in enumerate(found.classes):
        assert scores.label == found.labels[place]
        assert [scores.precision, scores.recall, scores.f1, scores.support] == pytest.approx(
            [column[place] for column in expected]
        )


def test_the_confusion_is_of_what_was_observed() -> None:
    scorer = classification(metric("Classification", name="f1"), frozenset(LABELS))
    replies = [reply("refund", label="refund"), reply("no idea", label="refund"), reply("billing", label="refund")]
    confusion = confusion_of("f1", Counter(cell for each in replies if each and (cell := scorer.observe(each))))
    assert (confusion.labels, confusion.counts) == (["billing", "refund"], [[0, 0, 0], [1, 1, 1]])


@settings(max_examples=15)
@given(PAIRS)
def test_the_bootstrap_gives_the_same_interval_every_time_and_contains_shares_only(
    pairs: list[tuple[str, str | None]],
) -> None:
    first, second = figures(pairs)["f1"].bounds(0.95), figures(pairs[::-1])["f1"].bounds(0.95)
    assert first == second
    assert first.low is not None
    assert first.high is not None
    assert 0 <= first.low <= first.high <= 1


def test_a_wider_confidence_gives_a_wider_interval() -> None:
    figure = figures([(LABELS[n % 4], LABELS[n % 4 if n % 3 else 0]) for n in range(200)])["f1"]
    near, far = figure.bounds(0.8), figure.bounds(0.99)
    assert far.low < near.low < figure.value < near.high < far.high  # type: ignore[operator]


def test_five_right_answers_out_of_five_are_no_certainty() -> None:
    low, high = figures([("billing", "billing")] * 5)["f1"].bounds(0.95)
    assert low is not None
    assert low < 0.6
    assert high == 1


READINGS = [
    ("the label itself", "billing", "billing"),
    ("white space around it", "  refund\n", "refund"),
    ("another case and a full stop", "Billing.", "billing"),
    ("markdown around it", "**shipping**", "shipping"),
    ("a sentence that mentions one label", "The category is: refund", "refund"),
    ("the same label twice", "refund, yes, refund", "refund"),
    ("two labels", "billing or refund", None),
    ("a label inside a longer word", "refundable", None),
    ("a longer label that holds a shorter one", "this is a Partial Refund case", "partial refund"),
    ("both the longer and, apart, the shorter", "partial refund, not refund", None),
    ("nothing", "", None),
    ("something else", "I cannot help with that", None),
    ("a label with signs, exactly", "C++", "C++"),
    ("a label with signs, mentioned, that another label's words equal", "it is c", None),
    ("accents and case", "RÉSUMÉ", "résumé"),
    ("a label of another script", "退款", "退款"),
]


@pytest.mark.parametrize(("answer", "label"), [row[1:] for row in READINGS], ids=[row[0] for row in READINGS])
def test_an_answer_is_read_as(answer: str, label: str | None) -> None:
    reader = LabelReader(["billing", "refund", "shipping", "partial refund", "C", "C++", "résumé", "退款"])
    assert reader.read(answer) == label


@given(st.lists(st.text(min_size=1, max_size=20).filter(lambda text: text == text.strip()), min_size=1, unique=True))
def test_every_label_reads_as_itself(labels: list[str]) -> None:
    reader = LabelReader(labels)
    assert [reader.read(f" {label}\n") for label in labels] == labels


@given(st.text(max_size=200))
def test_any_answer_reads_as_a_label_or_as_none(answer: str) -> None:
    assert LabelReader(LABELS).read(answer) in {*LABELS, None}
