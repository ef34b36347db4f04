"""WordErrorRate against jiwer."""

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.serving.evaluate.score.measuring import figures, metric, reply, value

WORDS = ["the", "cat", "sat", "on", "mat", "a", "dog", "Привет", "é", "3"]
REFERENCE = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join)
ANSWER = st.lists(st.sampled_from(WORDS), max_size=10).map("  ".join)


@given(st.lists(st.tuples(ANSWER, REFERENCE), min_size=1, max_size=6))
def test_it_is_the_rate_of_the_whole_corpus_as_by_jiwer(pairs: list[tuple[str, str]]) -> None:
    wanted = jiwer.wer([reference for _, reference in pairs], [answer for answer, _ in pairs])
    assert value("WordErrorRate", *(reply(*pair) for pair in pairs)) == pytest.approx(wanted, abs=1e-15)


ROWS = [
    ("right", "a b c", ["a b c"], None, 0.0),
    ("more wrong words than there are", "x y z w", ["a"], None, 4.0),
    ("case counts", "A b", ["a b"], None, 0.5),
    ("unless it is made equal", "A, b!", ["a b"], "Words", 0.0),
    ("the best reference", "a b", ["x y", "a b c d"], None, 0.5),
    ("an empty answer misses every word", "", ["a b"], None, 1.0),
    ("Chinese by Words is a character error rate", "今天很好", ["今天不好"], "Words", 0.25),
]


@pytest.mark.parametrize(
    ("answer", "references", "how", "wanted"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_word_error_rate(answer: str, references: list[str], how: str | None, wanted: float) -> None:
    assert value("WordErrorRate", reply(answer, *references), normalize=how) == wanted


def test_a_reference_without_a_word_has_no_rate() -> None:
    figure = figures(metric("WordErrorRate"), [reply("a", ""), reply("a", "", "a b"), reply(None, "a")])["m"]
    assert (figure.value, figure.n, figure.unscored) == (0.5, 1, 2)


def test_no_error_in_five_answers_is_no_certainty() -> None:
    low, high = figures(metric("WordErrorRate"), [reply("a b", "a b")] * 5)["m"].bounds(0.95)
    assert low == 0
    assert (high or 0) > 0.4
