"""Native code tells of a text what Python would: how likely it is toxic, to the last bit, and that this is all."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fmops_serving.guard.finding import Finding
from fmops_serving.guard.folding import PRINT
from fmops_serving.guard.innocence import innocence
from fmops_serving.guard.known import Known
from fmops_serving.guard.linear import linear_model
from fmops_serving.guard.phraserules import phrase_rules
from fmops_serving.guard.phrasewords import needed_words
from fmops_serving.guard.toxicity import LINEAR, Toxicity, toxicity
from fmops_serving.guard.wordlist import word_list, words_of_file
from tests.bench.guard_texts import labelled
from tests.support.native import needs_native

if TYPE_CHECKING:
    import fmops_native

pytestmark = needs_native
ORDINARY = [
    "the",
    "invoice",
    "of",
    "last",
    "month",
    "is",
    "attached",
    "I",
    "a",
    "and",
    "we",
    "meet",
    "at",
    "nine",
    "Tea",
]
ODD = ["2", "42", "x1", "_", "x_1", "__", "é", "ß", "ы", "\u212a", "\ud800", "\x00", "\x1c", "x" * 70]
DISGUISED = ["1d1ot", "f*ck", "i d i o t", "sh1t", "stuuupid", "b-i-t-c-h", "a$$", "id_iot", "@home", "a.b"]
PARTING = [*" " * 6, *".,;:?!\n\t'\"-_()", ", ", ". ", " - ", "  ", *PRINT, "\x1c", "\v", "", "1", "\u2028"]


@cache
def bare() -> Toxicity:
    """Give the detector that looks at every text."""
    return replace(toxicity(), glance=None)


def glance() -> "fmops_native.Innocence":
    found = toxicity().glance
    assert found is not None
    return found


def told(text: str) -> bool:
    """Say whether native code can tell of a text, as where Python's first look can; it must tell what Python finds."""
    probability = glance().probability(text)
    read = bare()._read(text, bare()._layout(text))
    if probability is None:
        assert not read.innocent, text
        return False
    assert probability == read.probability, text
    assert bare().find(text) == [Finding(LINEAR, 0, len(text), probability)], text
    assert toxicity().find(text) == bare().find(text), text
    assert toxicity().judge(text) == bare().judge(text), text
    return True


def every_kind_of_word() -> list[list[str]]:
    """Give words by where they are from, with the odd ones and those in disguise."""
    model = linear_model().rows
    lists = [model, word_list().words, needed_words(), phrase_rules().words, words_of_file("neutral.txt")]
    return [*map(sorted, lists), ORDINARY, ORDINARY, ODD, DISGUISED]


def written(pairs: list[tuple[str, str]]) -> str:
    return "".join(map("".join, pairs))


@example("")
@example(" . ")
@example("a")
@example("_")
@example("idiot")
@example("A – b")
@example("it’s 1 a b c")
@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(every_kind_of_word()).flatmap(st.sampled_from), st.sampled_from(PARTING)), max_size=9
    ).map(written)
    | st.text(alphabet=st.characters(max_codepoint=0x7F) | st.sampled_from(PRINT), max_size=30)
)
def test_any_text_is_told_as_python_reads_it(text: str) -> None:
    told(text)
    told(text.upper())


def long_texts(seed: int, count: int) -> Iterator[str]:
    """Write texts of about as many words as are read at once, and as several pieces; some have a word that tells."""
    random, (known, *others) = Random(seed), every_kind_of_word()
    for _ in range(count):
        size = random.choice([60, 61, 120, 121]) + random.randint(-3, 3)
        usual = random.choice([ORDINARY, ORDINARY + known[::997], ["a", "meeting", "tea"]])
        words = [random.choice(usual) for _ in range(size)]
        if random.random() < 0.3:
            words[random.randrange(size)] = random.choice(random.choice([known, *others]))
        parting = random.choice([[" "], [" ", ". "], [" ", "’", " – "], [" ", " 7 ", "’"], [" ", " 7 "], [" . . "]])
        yield "".join(f"{word}{random.choice(parting)}" for word in words)


def test_so_is_any_long_text() -> None:
    texts = list(long_texts(7, 900))
    assert sum(map(told, texts)) > len(texts) / 3


@pytest.mark.parametrize("word", ["the", "invoice", "stupid"])
@pytest.mark.parametrize("times", [1, 2, 3, 59, 60, 61, 3000])
def test_so_is_a_word_that_comes_again_and_again(word: str, times: int) -> None:
    assert told(f"Please read the agenda. {f'{word} ' * times}") == (word != "stupid")


def test_so_are_the_labelled_texts_of_which_many_are_told() -> None:
    assert sum(told(text.text) for text in labelled()) > 250


def test_most_ordinary_texts_are_told() -> None:
    random = Random(5)
    texts = [" ".join(random.choices(ORDINARY, k=random.randint(1, 40))) + "." for _ in range(300)]
    assert sum(map(told, texts)) > 0.9 * len(texts)
    assert told("“It’s a plan” – we said – and we meet at nine • as usual.")


def test_nothing_is_told_at_or_above_the_bound() -> None:
    text = "Please read the agenda."
    model, lists = linear_model(), word_list()
    probability = model.probability(text)
    for below, wanted in [(probability, None), (probability * 1.0001, probability)]:
        made = innocence(model, lists, Known(lists.words), "zzz", below)
        assert made is not None
        assert made.probability(text) == wanted


def test_each_word_has_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fmops_serving.guard.innocence.written", lambda _: bytes(56))
    with pytest.raises(ValueError, match="there is not one row for each word"):
        innocence(linear_model(), word_list(), Known(word_list().words), "zzz", 0.2)


def test_what_is_suspicious_must_be_written_for_native_code() -> None:
    with pytest.raises(ValueError, match="cannot be written for native code"):
        innocence(linear_model(), word_list(), Known(word_list().words), r"\C", 0.2)
