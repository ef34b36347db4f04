"""Regex: RE2 semantics, and no answer that takes forever."""

from time import process_time

import pytest

from fmops_serving.evaluate.score.pattern import compiled
from tests.serving.evaluate.score.measuring import figures, metric, reply, value

ROWS = [
    ("anywhere in the answer", "refund", "A refund, please", 1.0),
    ("anchored", "^refund$", "A refund", 0.0),
    ("anchors are those of the text", "^b$", "a\nb", 0.0),
    ("of a line when asked for", "(?m)^b$", "a\nb", 1.0),
    ("case counts", "Refund", "refund", 0.0),
    ("unless it says otherwise", "(?i)RÜCK", "rückgabe", 1.0),
    ("classes of Unicode", r"^\p{Cyrillic}+$", "Привет", 1.0),
    ("an empty answer", "^$", "", 1.0),
    ("an empty answer does not match", "x", "", 0.0),
]


@pytest.mark.parametrize(("pattern", "answer", "wanted"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_an_answer_matches(pattern: str, answer: str, wanted: float) -> None:
    assert value("Regex", reply(answer), pattern=pattern) == wanted


def test_it_needs_no_reference_and_an_answer_that_never_came_is_unscored() -> None:
    figure = figures(metric("Regex", pattern="x"), [reply("x"), reply("y"), reply(None)])["m"]
    assert (figure.value, figure.n, figure.unscored, figure.signature) == (0.5, 2, 1, "regex|re2|search|v1|wilson|v1")


@pytest.mark.parametrize("pattern", ["(", "a(?=b)", r"(a)\1", "a{2000}"])
def test_what_re2_does_not_know_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        compiled(pattern)


def test_a_hostile_answer_is_done_with_at_once() -> None:
    began = process_time()
    assert value("Regex", reply("a" * 200_000 + "!"), pattern="^(a+)+$") == 0.0
    assert process_time() - began < 20, "a backtracking engine takes longer than the sun lasts"
