"""Native code tells of a text what Python would: how likely it is toxic, to the last bit, and that this is all."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fmops_serving.guard.disguise import UNPARTED
from fmops_serving.guard.finding import Finding
from fmops_serving.guard.folding import PRINT
from fmops_serving.guard.innocence import innocence
from fmops_serving.guard.known import Known
from fmops_serving.guard.linear import linear_model
from fmops_serving.guard.phraserules import phrase_rules
from fmops_serving.guard.phrasewords import needed_words
from fmops_serving.guard.stems import first_letters
from fmops_serving.guard.toxicity import LINEAR, Toxicity, toxicity
from fmops_serving.guard.wordlist import word_list, words_of_file
from tests.support.guard_texts import labelled
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
STEMS = [
    "fuck",
    "asshole",
    "bitch",
    "arschgeige",
    "hurenkind",
    "motherf",
    "shitp",
    "cunt",
    "nigger",
    "fickern",
    "scheiss",
]
PARTING = [*" " * 6, *".,;:?!\n\t'\"-_()", ", ", ". ", " - ", "  ", *PRINT, "\x1c", "\v", "", "1", "\u2028"]


@cache
def bare() -> Toxicity:
    """Give the detector that looks at every text."""
    return replace(toxicity(), glance=None)


def glance() -> "fmops_native.Innocence":
    found = toxicity().glance
    assert found is not None
    return found


def made(below: float = 0.2) -> "fmops_native.Innocence":
    """Make one of its own."""
    found = innocence(linear_model(), word_list(), Known(word_list().words), below)
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


def alike(text: str) -> None:
    """Compare with Python's first look, where it tells as much: that takes a tenth of the time of a whole one."""
    probability, read = glance().probability(text), bare()._read(text, bare()._layout(text))
    if read.innocent or probability is None:
        assert probability == (read.probability if read.innocent else None), text
    else:
        assert bare().find(text) == [Finding(LINEAR, 0, len(text), probability)], text


@pytest.mark.parametrize("around", ["", "tea", " "])
def test_so_is_every_pair_of_ascii_characters_around_letters(around: str) -> None:
    for one, two in product(map(chr, range(128)), repeat=2):
        alike(f"{around}{one}b{two}{around}")
        alike(f"b{one}{two}{around}")


def test_so_is_every_short_text_of_what_is_noticed() -> None:
    for characters in [*product("abB0_ .-@!*,’", repeat=4), *product("a1_ .", repeat=5)]:
        alike("".join(characters))


def test_so_are_longer_ones() -> None:
    random = Random(11)
    signs = [*"abcK09__  ..--@$|*#+!(,'’\n", "tea", "oo", "fuc", "shi", "ass", "hole", "scheis", "\x1f", "\x7f", "–"]
    for _ in range(20_000):
        alike("".join(random.choices(signs, k=random.randint(5, 14))))


@pytest.mark.parametrize("stem", [*STEMS, "aaa", "xxx", "zzz"])
@pytest.mark.parametrize("before", ["", "x", "xyzxyz", "xyzxyzxyzxy", "xyzxyzxyzxyzxyz", "x.", "x-", "7 "])
def test_so_are_words_that_no_list_has_with_a_stem_or_a_run(stem: str, before: str) -> None:
    for behind in ["", "q", "qw", "qwrtqwrt", "qwrtp" * 7]:
        alike(f"a cup of {before}{stem}{behind}, please")
        alike(f"{before}{stem[:-1]}{behind}".upper())


def test_so_are_long_words() -> None:
    random, known = Random(3), sorted(word for word in linear_model().rows if len(word) > 13)
    letters = "abcdefghijklmnopqrstuvwxyz"
    for word in known:
        alike(f"tea {word}, {word.upper()} {word}s {word[:-1]}")
    for size in range(1, 60):
        made = "".join(random.choices(letters, k=size))
        alike(f"{made} {made} {random.choice(known)}.{made}")


def test_the_first_letters_of_stems_are_told() -> None:
    assert first_letters("ab(?:c|d)|abde|жж|(?:ж|з)?ж", 2) == {"ab"}
    for wrong in ["ab|cde", "ab[cd]e", "(?:a|b)cd", "a?bc"]:
        with pytest.raises(ValueError, match="not known by its first 3 letters"):
            first_letters(f"abc|{wrong}", 3)


@pytest.mark.parametrize("pattern", ["a,", " a", "0 b", "[.]a", ",,,"])
def test_what_else_is_suspicious_must_be_noticed(monkeypatch: pytest.MonkeyPatch, pattern: str) -> None:
    monkeypatch.setattr("fmops_serving.guard.innocence.UNPARTED", (*UNPARTED, pattern))
    with pytest.raises(ValueError, match="the pass would not notice"):
        made()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [("_LETTERS", 3, "stems are told by four letters each"), ("WHOLE", 65, "no more than 64 words are judged at once")],
)
def test_native_code_does_no_more_than_it_can(
    monkeypatch: pytest.MonkeyPatch, name: str, value: int, message: str
) -> None:
    monkeypatch.setattr(f"fmops_serving.guard.innocence.{name}", value)
    with pytest.raises(ValueError, match=message):
        made()


def test_nothing_is_told_at_or_above_the_bound() -> None:
    text = "Please read the agenda."
    probability = linear_model().probability(text)
    for below, wanted in [(probability, None), (probability * 1.0001, probability)]:
        assert made(below).probability(text) == wanted


def test_each_word_has_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fmops_serving.guard.innocence.written", lambda _: bytes(56))
    with pytest.raises(ValueError, match="there is not one row for each word"):
        made()


def test_what_is_suspicious_must_be_written_for_native_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fmops_serving.guard.innocence.UNPARTED", (r"\C",))
    with pytest.raises(ValueError, match="cannot be written for native code"):
        made()
