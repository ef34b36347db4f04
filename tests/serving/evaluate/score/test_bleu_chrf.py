"""Bleu and Chrf against sacrebleu's own corpus scores, with intervals that are the same every time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from tests.serving.evaluate.score.measuring import figures, metric, reply

PIECES = ["the", "cat", "sat", "on", "mat.", "a", "dog,", "3.5", "Привет", "今天", "天气", "well-known", "(hi)", "é"]
TEXT = st.lists(st.sampled_from(PIECES), min_size=1, max_size=14).map(" ".join)
CORPUS = st.lists(st.tuples(TEXT, st.lists(TEXT, min_size=2, max_size=2)), min_size=1, max_size=8)
TOKENIZERS = {"13a": "13a", "Intl": "intl", "Zh": "zh", "Char": "char"}
Pairs = list[tuple[str, list[str]]]


def streams(pairs: Pairs) -> list[list[str]]:
    """Write references as sacrebleu wants them: one list for each place."""
    return [[references[place] for _, references in pairs] for place in range(len(pairs[0][1]))]


@settings(max_examples=60)
@given(CORPUS, st.sampled_from(list(TOKENIZERS)))
def test_bleu_is_that_of_sacrebleu(pairs: Pairs, tokenizer: str) -> None:
    wanted = BLEU(tokenize=TOKENIZERS[tokenizer]).corpus_score([said for said, _ in pairs], streams(pairs)).score
    found = figures(metric("Bleu", tokenizer=tokenizer), [reply(said, *refs) for said, refs in pairs])["m"]
    assert found.value == pytest.approx(wanted, abs=1e-9)


@settings(max_examples=60)
@given(CORPUS, st.integers(0, 2))
def test_chrf_is_that_of_sacrebleu(pairs: Pairs, word_order: int) -> None:
    wanted = CHRF(word_order=word_order).corpus_score([said for said, _ in pairs], streams(pairs)).score
    found = figures(metric("Chrf", wordOrder=word_order), [reply(said, *refs) for said, refs in pairs])["m"]
    assert found.value == pytest.approx(wanted, abs=1e-9)


SIGNATURES = [
    ("Bleu", {}, "bleu|nrefs:var|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0|bootstrap:1000:7"),
    ("Bleu", {"tokenizer": "Zh"}, "bleu|nrefs:var|case:mixed|eff:no|tok:zh|smooth:exp|version:2.6.0|bootstrap:1000:7"),
    ("Chrf", {}, "chrf|nrefs:var|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0|bootstrap:1000:7"),
]


@pytest.mark.parametrize(("kind", "fields", "signature"), SIGNATURES)
def test_the_signature_is_sacrebleu_s(kind: str, fields: dict[str, str], signature: str) -> None:
    assert figures(metric(kind, **fields), [])["m"].signature == f"{signature}|v1"


@pytest.mark.parametrize("kind", ["Bleu", "Chrf"])
def test_the_interval_does_not_depend_on_the_order_and_holds_the_value(kind: str) -> None:
    replies = [reply(f"the cat number {n} sat down here", f"the cat number {n % 3} sat down there") for n in range(40)]
    there, back = figures(metric(kind), replies)["m"], figures(metric(kind), replies[::-1])["m"]
    assert there.value == back.value
    assert there.bounds(0.95) == back.bounds(0.95)
    low, high = there.bounds(0.95)
    assert low is not None
    assert high is not None
    assert 0 < low < (there.value or 0) < high < 100
    assert (there.bounds(0.8).low or 0) > low


@pytest.mark.parametrize("kind", ["Bleu", "Chrf"])
def test_five_perfect_answers_are_no_certainty(kind: str) -> None:
    figure = figures(metric(kind), [reply("the cat sat on the mat", "the cat sat on the mat")] * 5)["m"]
    assert figure.value == 100
    assert figure.bounds(0.95).high == 100
    assert (figure.bounds(0.95).low or 100) < 60


@pytest.mark.parametrize("kind", ["Bleu", "Chrf"])
@pytest.mark.parametrize(
    "text", ["Привет, как твои дела сегодня?", "今天天气很好我们去公园吧", "le café était très naïf"]
)
def test_identical_texts_of_any_script_are_perfect(kind: str, text: str) -> None:
    tokenizer = {"tokenizer": "Zh"} if kind == "Bleu" else {}
    assert figures(metric(kind, **tokenizer), [reply(text, text)])["m"].value == pytest.approx(100)


@pytest.mark.parametrize("kind", ["Bleu", "Chrf"])
def test_an_empty_answer_is_nothing_and_a_missing_one_is_unscored(kind: str) -> None:
    found = figures(metric(kind), [reply("", "the cat sat on the mat"), reply(None, "x"), reply("x")])["m"]
    assert (found.value, found.n, found.unscored) == (0.0, 1, 2)
    assert found.bounds(0.95).low == 0


@pytest.mark.parametrize("kind", ["Bleu", "Chrf"])
def test_examples_may_have_different_numbers_of_references_one_of_them_twice(kind: str) -> None:
    one = figures(metric(kind), [reply("the cat sat down", "the cat sat up"), reply("a dog", "a dog", "a cat")])["m"]
    two = figures(metric(kind), [reply("the cat sat down", "the cat sat up", "the cat sat up"),
                                 reply("a dog", "a dog", "a cat")])["m"]  # fmt: skip
    assert one.value == two.value
