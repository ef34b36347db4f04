"""Exact match: what counts as equal."""

import pytest

from fmops_api.metric import Metric, Normalize
from fmops_api.promptcatalog import Example
from fmops_serving.evaluate.score.exactmatch import ExactMatch
from tests.serving.evaluate.score.measuring import measured

MATCHES = [
    ("the same text", None, "Paris", ["Paris"], 1.0),
    ("outer white space counts without normalisation", None, "Paris\n", ["Paris"], 0.0),
    ("Strip takes outer white space", Normalize.STRIP, " Paris\n", ["Paris"], 1.0),
    ("Strip keeps case", Normalize.STRIP, "paris", ["Paris"], 0.0),
    ("Squad ignores case, articles, signs and spaces", Normalize.SQUAD, "The  city of PARIS!", ["city of Paris"], 1.0),
    ("Squad removes punctuation before articles, as the official script", Normalize.SQUAD, "A-B", ["ab"], 1.0),
    ("Squad keeps words that begin like an article", Normalize.SQUAD, "theatre", ["theatre"], 1.0),
    ("Squad does not make different words equal", Normalize.SQUAD, "theatre", ["atre"], 0.0),
    ("the best of several references counts", Normalize.STRIP, "Rome", ["Paris", "Rome"], 1.0),
    ("an empty answer is an answer", None, "", ["Paris"], 0.0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("how", "output", "references", "value"), [m[1:] for m in MATCHES], ids=[m[0] for m in MATCHES]
)
def test_exact_match(how: Normalize | None, output: str, references: list[str], value: float) -> None:
    scorer = ExactMatch(Metric(name="exact", type="ExactMatch", normalize=how))
    figure = measured(scorer, [(Example(id="a", references=references), output)])["exact"]
    assert (figure.value, figure.n, figure.unscored) == (value, 1, 0)


def test_the_label_stands_in_where_there_are_no_references() -> None:
    scorer = ExactMatch(Metric(name="exact", type="ExactMatch"))
    assert measured(scorer, [(Example(id="a", label="refund"), "refund")])["exact"].value == 1.0


def test_no_answer_and_nothing_to_compare_with_are_unscored_and_never_a_miss() -> None:
    scorer = ExactMatch(Metric(name="exact", type="ExactMatch"))
    answers = [(Example(id="a", references=["x"]), "x"), (Example(id="b", references=["x"]), None)]
    figure = measured(scorer, [*answers, (Example(id="c"), "x")])["exact"]
    assert (figure.value, figure.n, figure.unscored) == (1.0, 1, 2)


def test_nothing_scored_is_no_value() -> None:
    figure = measured(ExactMatch(Metric(name="exact", type="ExactMatch")), [])["exact"]
    assert (figure.value, figure.n, figure.bounds(0.95)) == (None, 0, (None, None))
