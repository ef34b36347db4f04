"""TokenF1: the official SQuAD script's figures, as multisets, and other languages."""

import re
import string
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.serving.evaluate.score.measuring import figures, metric, reply, value

PIECES = ["the", "a", "cat", "Cat", "sat,", "sat.", "on", "-", "mat", "an", "3"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)


def official(answer: str, reference: str) -> float:
    """compute_f1 of the SQuAD 2.0 script (evaluate-v2.0.py), word for word."""

    def tokens(text: str) -> list[str]:
        text = "".join(ch for ch in text.lower() if ch not in set(string.punctuation))
        return re.sub(re.compile(r"\b(a|an|the)\b", re.UNICODE), " ", text).split()

    gold, said = tokens(reference), tokens(answer)
    same = sum((Counter(gold) & Counter(said)).values())
    if len(gold) == 0 or len(said) == 0:
        return float(gold == said)
    if same == 0:
        return 0.0
    precision, recall = same / len(said), same / len(gold)
    return (2 * precision * recall) / (precision + recall)


@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=3))
def test_f1_is_that_of_the_official_script(answer: str, references: list[str]) -> None:
    assert value("TokenF1", reply(answer, *references)) == max(official(answer, each) for each in references)


ROWS = [
    ("a word twice counts twice, as a multiset", "x x y", "x y y", None, None, 2 / 3),
    ("no overlap", "x", "y", None, None, 0.0),
    ("nothing against nothing", "the", "a", None, None, 1.0),
    ("an empty answer", "", "x", None, None, 0.0),
    ("Chinese by Squad is one word", "今天很好", "今天不好", "Squad", "zh", 0.0),
    ("Chinese by Multilingual is characters", "今天很好", "今天不好", "Multilingual", "zh", 0.75),
    ("German articles do not count", "der rote Hund", "ein roter Hund", "Multilingual", "de", 0.5),
    ("accents decide", "cafe", "café", "Multilingual", "fr", 0.0),
]


@pytest.mark.parametrize(
    ("answer", "reference", "how", "language", "wanted"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_token_f1(answer: str, reference: str, how: str | None, language: str | None, wanted: float) -> None:
    assert value("TokenF1", reply(answer, reference, language=language), normalize=how) == pytest.approx(wanted)


def test_it_is_a_mean_that_is_not_rounded_with_its_variant_in_the_signature() -> None:
    found = figures(metric("TokenF1"), [reply("x y z", "x"), reply("x", "x"), reply("y", "x"), reply(None, "x")])
    figure = found["m"]
    assert figure.value == pytest.approx((0.5 + 1 + 0) / 3, abs=1e-15)
    assert (figure.n, figure.unscored) == (3, 1)
    assert figure.signature == "tokenf1|multiset|norm:squad|refs:max|v1|wilson:effective|v1"
