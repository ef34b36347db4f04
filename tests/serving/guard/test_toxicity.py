"""What the detector finds, where, and by which tier. How often it is right: docs/guard.md."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_serving.guard.finding import Finding
from fmops_serving.guard.folding import fold
from fmops_serving.guard.layout import Layout
from fmops_serving.guard.linear import words_of
from fmops_serving.guard.phraserules import phrase_rules
from fmops_serving.guard.phrasewords import needed_words
from fmops_serving.guard.toxicity import Tier, toxicity
from tests.support.guard_texts import labelled

FOUND = [
    ("a word", "This is fucking annoying.", "Word", "fucking"),
    ("a compound", "So eine Scheißidee.", "Word", "Scheißidee"),
    ("a disguised word", "Oh ＦＵ\u200bＣＫ.", "Word", "ＦＵ\u200bＣＫ"),
    ("an insult", "Honestly, you are such a pathetic loser!", "Insult", "you are such a pathetic loser"),
    ("a disguised insult", "Well, you are an 1d1ot, sir", "Insult", "you are an 1d1ot"),
    ("an insult in German", "Du bist doch ein Vollidiot!", "Insult", "Du bist doch ein Vollidiot"),
    ("an insult in Russian", "Слушай, ты полный идиот.", "Insult", "ты полный идиот"),
    ("a threat", "Tomorrow I'll kill you.", "Threat", "I'll kill you"),
    ("a threat in German", "Ich bring dich um!", "Threat", "Ich bring dich um"),
    ("a threat in Russian", "Я тебя убью, понял?", "Threat", "Я тебя убью"),
]


@pytest.mark.parametrize(("text", "kind", "piece"), [row[1:] for row in FOUND], ids=[row[0] for row in FOUND])
def test_what_was_found_is_named_and_placed(text: str, kind: str, piece: str) -> None:
    found = {(each.kind, text[each.start : each.end]) for each in toxicity().find(text)}
    assert (kind, piece) in found
    assert toxicity().judge(text).score >= 0.9


INNOCENT = [
    "I live in Scunthorpe, near Penistone and Cockermouth.",
    "Kill the process with signal 9.",
    "The Idiot is a novel by Dostoevsky.",
    "Mr Dickinson assessed the assassin's class.",
    "Der Barsch und der harsche Marsch.",
    "Мы страхуем небанальные риски.",
    "Is it you? Pigs are clever animals.",
    "You are not an idiot.",
    "",
    "🙂",
    "\ud800",
]


@pytest.mark.parametrize("text", INNOCENT)
def test_what_only_looks_like_it_is_not_found_by_tier_0(text: str) -> None:
    assert [each for each in toxicity().find(text) if each.kind != "Linear"] == []


def test_tier_1_says_which_word_spoke_most() -> None:
    text = "such STUPID garbage"
    verdict = toxicity().judge(text)
    assert (verdict.tier, verdict.kind) == (Tier.LINEAR, "Linear")
    assert text[verdict.start : verdict.end] == "STUPID"


def test_one_insult_is_not_lost_in_a_long_text() -> None:
    ordinary = "The invoice of last month is attached and the delivery arrives on Thursday. " * 40
    assert toxicity().judge(ordinary).score < 0.1
    assert toxicity().judge(f"{ordinary} what stupid garbage, this is idiotic and moronic").score > 0.9


def test_a_score_names_what_it_depends_on() -> None:
    assert set(toxicity().digests) == {"lists", "weights"}
    assert all(len(digest) == 12 for digest in toxicity().digests.values())


@pytest.mark.parametrize(
    "piece", ["f.u.c.k you idiot ", "хуйня 1диот ", "you are an idiot. ", "a\u0301 fück ", "f u c k "]
)
def test_a_hostile_text_is_judged_in_time_that_grows_with_it(piece: str) -> None:
    text = piece * 5000
    assert toxicity().judge(text).score >= 0.9
    found = toxicity().find(text)
    assert 900 < len(found) <= 1001
    assert all(0 <= each.start < each.end <= len(text) for each in found)


def test_tier_1_reads_units_as_it_reads_the_words_that_they_are() -> None:
    model = toxicity().model
    texts = [text.text for text in labelled() if text.text.isascii()]
    layouts = [Layout(fold(text)) for text in texts]
    same = [(text, layout) for text, layout in zip(texts, layouts, strict=True) if layout.whole]
    assert len(same) > len(texts) / 2
    of_units = [model.judge(layout.units)[0] for _, layout in same]
    assert of_units == [model.probability(text) for text, _ in same]


def closely(text: str) -> list[Finding]:
    """Look for everything, whether or not a text is innocent at a first look."""
    tox = toxicity()
    layout = tox._layout(text)
    verdicts = tox._verdicts(text, layout, tox._tier1(text, layout, tox._read(text, layout)))
    return [Finding(each.kind, each.start, each.end, each.score) for each in verdicts]


def innocent(text: str) -> bool:
    return toxicity()._read(text, toxicity()._layout(text)).innocent


def test_in_a_text_that_is_innocent_at_a_first_look_nothing_is_found() -> None:
    texts = [text.text for text in labelled()]
    texts += [f"{'. '.join(texts[place : place + 3])}_" for place in range(0, len(texts), 3)]
    passed = list(filter(innocent, texts))
    assert [toxicity().find(text) for text in passed] == list(map(closely, passed))
    assert len(passed) > 150


def test_nor_in_any_text_of_words_that_lists_and_phrases_have() -> None:
    words = sorted(toxicity().lists.words | phrase_rules().words)
    word = st.one_of(st.sampled_from(["you", "a", "the", "are", "I'll", "very", "2", "x"]), st.sampled_from(words))
    parting = st.sampled_from([" ", " ", ", ", ". ", "\n", "'", "-", "_", "_ ", "1", " – ", "é", "’"])

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.tuples(word, parting), max_size=8).map(lambda pairs: "".join(map("".join, pairs))))
    def holds(text: str) -> None:
        assert not innocent(text) or list(toxicity().find(text)) == closely(text)

    holds()


def test_tier_0_minds_no_word_of_one_letter_since_tier_1_reads_none() -> None:
    assert min(map(len, toxicity().lists.words | needed_words())) > 1


def test_a_text_with_signs_of_print_is_read_as_one_without_but_for_its_places() -> None:
    texts = [text.text for text in labelled() if text.text.isascii() and '"' not in text.text]
    for text in texts:
        printed = text.replace("'", "’").replace(" - ", " — ")
        layout, with_print = Layout(fold(text)), Layout(fold(printed))
        assert (with_print.units, with_print.whole) == (layout.units, layout.whole)
        assert words_of(printed) == [word for word in words_of(text) if len(word) > 1] or printed == text
    insult = "Well — “hello” – you’re such an idiot, aren’t you?"
    (found,) = [each for each in toxicity().find(insult) if each.kind == "Insult"]
    assert insult[found.start : found.end] == "you’re such an idiot"


@pytest.mark.parametrize("sign", "’‘“”„«»–—•")
def test_signs_of_print_fold_to_themselves_beside_any_letters(sign: str) -> None:
    assert [fold(f"A{sign}b"), fold(f"Ä{sign}b")] == [f"a{sign}b", f"a{sign}b"]
