"""Rouge against rouge-score, to the bit for ASCII; and what rouge-score cannot do."""

from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_api.metrictype import RougeVariant, Stemmer
from fmops_serving.evaluate.score.porter import stem
from fmops_serving.evaluate.score.rouge import overlap_of
from fmops_serving.evaluate.score.words import words
from tests.serving.evaluate.score.measuring import figures, metric, reply, value
from tests.support.oracles import porter, rouge_scorer

KINDS = {v: f"rouge{v}" for v in RougeVariant}
SOME_WORDS = "the cat sat running runs runner happily happy relational it's x_y 3.5 News skies a A\tb -- _ é"
WORDY = st.lists(st.sampled_from([*SOME_WORDS.split(), "\n", ".", "\n\n", "  "]), max_size=30).map(" ".join)
ASCII = st.text(st.characters(max_codepoint=127), max_size=80) | WORDY.filter(str.isascii)
SUFFIXES = (
    *("ational", "tional", "enci", "anci", "izer", "bli", "alli", "entli", "eli", "ousli", "ization", "ation", "ator"),
    *("alism", "iveness", "fulness", "ousness", "aliti", "iviti", "biliti", "fulli", "logi", "icate", "ative", "alize"),
    *("iciti", "ical", "ful", "ness", "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent"),
    *("sion", "tion", "ou", "ism", "ate", "iti", "ous", "ive", "ize", "s", "es", "ies", "sses", "ss", "ied", "eed"),
    *("ed", "ing", "y", "e", "ll", "ly"),
)
WORD = st.builds(
    lambda letters, suffixes: "".join((letters, *suffixes)),
    st.text("aeiouybcdlmstz0", min_size=1, max_size=8),
    st.lists(st.sampled_from(SUFFIXES), max_size=2),
)


@lru_cache
def scorer(*, stemmed: bool = False) -> Any:
    return rouge_scorer.RougeScorer(list(KINDS.values()), use_stemmer=stemmed)


@settings(max_examples=150)
@given(ASCII, ASCII, st.sampled_from(list(RougeVariant)), st.sampled_from(list(Stemmer)))
def test_ascii_texts_score_as_by_rouge_score_to_the_bit(
    answer: str, reference: str, variant: RougeVariant, stemmer: Stemmer
) -> None:
    oracle = scorer(stemmed=stemmer is Stemmer.PORTER)
    assert tuple(overlap_of(answer, reference, variant, stemmer)) == tuple(
        oracle.score(reference, answer)[KINDS[variant]]
    )


@given(st.lists(ASCII.filter(len), min_size=1, max_size=4), ASCII, st.sampled_from(list(RougeVariant)))
def test_the_best_of_several_references_counts_as_by_rouge_score(
    references: list[str], answer: str, variant: RougeVariant
) -> None:
    expected = scorer().score_multi(references, answer)[KINDS[variant]]
    found = figures(metric("Rouge", variant=variant), [reply(answer, *references)])
    assert [found[name].value for name in ("m", "m.precision", "m.recall")] == [
        expected.fmeasure, expected.precision, expected.recall,
    ]  # fmt: skip


@settings(max_examples=300)
@given(WORD)
def test_words_are_stemmed_as_by_nltk(word: str) -> None:
    assert stem(word) == porter.PorterStemmer().stem(word)


IDENTICAL = [
    "Привет, мир, как дела?",
    "今天天气很好，我们去公园。",
    "café naïve résumé",
    "สวัสดีชาวโลก",
    "हिन्दी में लिखा",
    "مرحبا بالعالم",
]


@pytest.mark.parametrize("text", IDENTICAL)
@pytest.mark.parametrize("variant", list(RougeVariant))
def test_identical_texts_of_any_script_score_one(text: str, variant: RougeVariant) -> None:
    assert value("Rouge", reply(text, text), variant=variant) == 1.0


def test_rouge_score_gives_identical_russian_and_chinese_texts_nothing() -> None:
    for text in IDENTICAL[:2]:
        assert scorer().score(text, text)["rouge1"].fmeasure == 0


@pytest.mark.parametrize(
    ("answer", "reference", "wanted"),
    [
        ("café", "caf e", 0.0),
        ("cafe\u0301", "CAFÉ", 1.0),
        ("今天很好", "今天不好", 0.75),
        ("кошка спит", "кошка ест", 0.5),
        ("", "something", 0.0),
        ("something", "", 0.0),
        ("...", "...", 0.0),
    ],
)
def test_a_word_is_whole_in_every_script(answer: str, reference: str, wanted: float) -> None:
    assert value("Rouge", reply(answer, reference), variant="1") == wanted


def test_stemming_is_a_choice_that_the_signature_names() -> None:
    answer, reference = "the runners were running", "a runner runs"
    assert value("Rouge", reply(answer, reference), variant="1") == 0.0
    found = figures(metric("Rouge", variant="1", stemmer="Porter"), [reply(answer, reference)])["m"]
    assert found.value == pytest.approx(2 * (1 / 2) * (2 / 3) / (1 / 2 + 2 / 3))
    assert found.signature == "rouge|1|stem:porter|tok:unicode-1|refs:max|v1|wilson:effective|v1"


def test_porter_leaves_words_of_other_scripts_alone() -> None:
    assert value("Rouge", reply("кошками", "кошками"), stemmer="Porter") == 1.0
    assert value("Rouge", reply("cafés", "café"), stemmer="Porter") == 0.0


def test_lines_are_the_sentences_of_lsum() -> None:
    answer, reference = "b c\na", "a\nb c"
    assert value("Rouge", reply(answer, reference), variant="Lsum") == 1.0
    assert value("Rouge", reply(answer, reference), variant="L") == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hello, World_x 1.5", ["hello", "world", "x", "1", "5"]),
        ("naïve cafés", ["naïve", "cafés"]),
        ("ok今天", ["ok", "今", "天"]),
        ("ＡＢＣ１２", ["abc12"]),
        ("Straße", ["strasse"]),
        ("“quoted” — don’t", ["quoted", "don", "t"]),
        ("😀 yes", ["yes"]),
    ],
)
def test_texts_are_cut_into(text: str, found: list[str]) -> None:
    assert words(text) == found
