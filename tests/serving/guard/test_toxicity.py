"""What the detector finds, where, and by which tier. How often it is right: docs/guard.md."""

import pytest

from fmops_serving.guard.folding import fold
from fmops_serving.guard.layout import Layout
from fmops_serving.guard.linear import words_of
from fmops_serving.guard.toxicity import Tier, toxicity
from tests.bench.guard_texts import labelled

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
    of_units = [model.probability_of(layout.units) for _, layout in same]
    assert of_units == [model.probability(text) for text, _ in same]


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
