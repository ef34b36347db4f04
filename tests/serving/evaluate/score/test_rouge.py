"""Rouge against rouge-score, to the bit for ASCII; and what rouge-score cannot do."""

from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_api.metrictype import RougeVariant, Stemmer
from fmops_api.promptcatalog import Example
from fmops_serving.evaluate.score import porter as stemming
from fmops_serving.evaluate.score.porter import Stems
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.score.rouge import rouge
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
).filter(lambda word: len(word) > 3)


class Words:
    """Gives rouge-score our words, whose ASCII ones NLTK stems."""

    def __init__(self, *, stemmed: bool) -> None:
        self.stemmed = stemmed

    def tokenize(self, text: str) -> list[str]:
        stem = porter.PorterStemmer().stem
        return [stem(word) if self.stemmed and word.isascii() and len(word) > 3 else word for word in words(text)]


@lru_cache
def scorer(*, stemmed: bool = False) -> Any:
    return rouge_scorer.RougeScorer(list(KINDS.values()), use_stemmer=stemmed)


def seen(answer: str, reference: str, variant: RougeVariant, stemmer: Stemmer) -> Any:
    one = Reply(Example(id="a", references=[reference]), answer)
    return rouge(metric("Rouge", variant=variant, stemmer=stemmer)).observe(one)


@settings(max_examples=150)
@given(ASCII, ASCII, st.sampled_from(list(RougeVariant)), st.sampled_from(list(Stemmer)))
def test_ascii_texts_score_as_by_rouge_score_to_the_bit(
    answer: str, reference: str, variant: RougeVariant, stemmer: Stemmer
) -> None:
    expected = scorer(stemmed=stemmer is Stemmer.PORTER).score(reference, answer)[KINDS[variant]]
    assert seen(answer, reference, variant, stemmer) == (expected.fmeasure, expected.precision, expected.recall)


@given(
    st.lists(ASCII.filter(len), min_size=1, max_size=4),
    ASCII,
    st.sampled_from(list(RougeVariant)),
    st.sampled_from(list(Stemmer)),
)
def test_the_best_of_several_references_counts_as_by_rouge_score(
    references: list[str], answer: str, variant: RougeVariant, stemmer: Stemmer
) -> None:
    expected = scorer(stemmed=stemmer is Stemmer.PORTER).score_multi(references, answer)[KINDS[variant]]
    found = figures(metric("Rouge", variant=variant, stemmer=stemmer), [reply(answer, *references)])
    assert [found[name].value for name in ("m", "m.precision", "m.recall")] == [
        expected.fmeasure, expected.precision, expected.recall,
    ]  # fmt: skip


@settings(max_examples=300)
@given(WORD)
def test_words_are_stemmed_as_by_nltk(word: str) -> None:
    assert Stems()[word] == porter.PorterStemmer().stem(word)


@pytest.mark.parametrize("word", ["ies", "is", "кошками", "cafés"])
def test_short_words_and_words_with_other_letters_are_not_stemmed(word: str) -> None:
    assert Stems()[word] == word


def test_no_more_than_so_many_stems_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stemming, "MOST", 2)
    stems = Stems()
    assert [stems[word] for word in ("running", "happily", "cats", "running")] == ["run", "happili", "cat", "run"]
    assert stems == {"cats": "cat", "running": "run"}


@settings(max_examples=50)
@given(st.lists(st.tuples(ASCII, ASCII), min_size=1, max_size=4), st.lists(st.integers(0, 3), max_size=8))
def test_what_is_remembered_of_a_reply_belongs_to_it_alone(texts: list[tuple[str, str]], order: list[int]) -> None:
    metrics = [(kind, stemmer) for kind in RougeVariant for stemmer in Stemmer]
    scorers = [rouge(metric("Rouge", variant=kind, stemmer=stemmer)) for kind, stemmer in metrics]
    replies = [Reply(Example(id="a", references=[reference]), answer) for answer, reference in texts]
    for place in order:
        answer, reference = texts[place % len(texts)]
        for (kind, stemmer), each in zip(metrics, scorers, strict=True):
            expected = scorer(stemmed=stemmer is Stemmer.PORTER).score(reference, answer)[KINDS[kind]]
            found = each.observe(replies[place % len(texts)])
            assert found == (expected.fmeasure, expected.precision, expected.recall)


def test_the_first_of_equally_good_references_counts() -> None:
    found = figures(metric("Rouge", variant="1"), [reply("a b", "a", "a b c d", "a")])  # Both have an F-measure of 2/3.
    assert (found["m.precision"].value, found["m.recall"].value) == (0.5, 1.0)


@pytest.mark.parametrize("kind", list(RougeVariant))
@pytest.mark.parametrize("stemmer", list(Stemmer))
def test_a_text_with_other_letters_is_compared_word_by_word(kind: RougeVariant, stemmer: Stemmer) -> None:
    """As rouge-score does when it is given the words. No word is taken for what another is written as."""
    answer, reference = "The café, runs\n6361 кошка\n caf\ud800e", "CAFÉ runs the 636166c3a9\n\nкошка кошки 6361"
    tokenizer = Words(stemmed=stemmer is Stemmer.PORTER)
    expected = rouge_scorer.RougeScorer([KINDS[kind]], tokenizer=tokenizer).score(reference, answer)[KINDS[kind]]
    assert seen(answer, reference, kind, stemmer) == (expected.fmeasure, expected.precision, expected.recall)


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
