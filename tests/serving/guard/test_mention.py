"""What a text quotes, reports or names, and what it says itself."""

import pytest

from fmops_serving.guard.mention import blanked, mentions, names
from fmops_serving.guard.toxicity import MENTIONED, toxicity

MENTIONED_IN = [
    ("a quotation with a word that says so", 'The comment "you are a moron" was removed.', '"you are a moron"'),
    ("in curly quotation marks", "He wrote “you idiot” to her.", "“you idiot”"),
    ("in German", "Der Satz „Du bist ein Idiot“ wurde gelöscht.", "„Du bist ein Idiot“"),
    ("in Russian", "Сообщение «ты идиот» удалено.", "«ты идиот»"),
    ("what somebody was called", "They called him an idiot, he said.", "an idiot"),
    ("what somebody said", "She said that all men are pigs. So it goes.", "all men are pigs"),
    ("a word as a word", "The word idiot is Greek.", "idiot is Greek"),
]


@pytest.mark.parametrize(("text", "piece"), [row[1:] for row in MENTIONED_IN], ids=[row[0] for row in MENTIONED_IN])
def test_what_is_mentioned_is_found_in_its_place(text: str, piece: str) -> None:
    assert piece in [text[span.start : span.end] for span in mentions(text)]


SAID = [
    ("a quotation of which nothing says that it is one", 'You are "an idiot".'),
    ("who quotes himself", 'I say "you are an idiot" and mean every word.'),
    ("who calls somebody so himself", "I call him an idiot."),
    ("a quotation that does not end", 'The comment "you are an idiot'),
    ("nothing to find", "A text about nothing."),
    ("letters that change their number in lower case", 'The comment "İ am" was removed.'),
]


@pytest.mark.parametrize("text", [row[1] for row in SAID], ids=[row[0] for row in SAID])
def test_what_is_said_is_no_mention(text: str) -> None:
    assert mentions(text) == []


def test_names_are_told_by_their_capitals() -> None:
    text = "We read Moby-Dick and met Dick Whittington there."
    assert [text[span.start : span.end] for span in names(text)] == ["Moby-Dick", "Dick Whittington"]
    assert names("You Are All So Very Stupid") == []
    assert names("") == []


def test_what_is_blanked_leaves_everything_in_its_place() -> None:
    assert blanked("one two three", [*mentions("one two three")]) == "one two three"
    text = 'The comment "you idiot" was removed.'
    assert blanked(text, mentions(text)) == "The comment             was removed."


def test_a_mention_counts_less_and_is_still_told() -> None:
    text = 'The comment "you are a moron" was removed.'
    assert toxicity().judge(text).score == MENTIONED
    assert ("Insult", MENTIONED) in {(each.kind, each.score) for each in toxicity().find(text)}


@pytest.mark.parametrize(
    "text",
    [
        'The comment "you are a moron" was removed, you idiot.',
        "You Bastard are not my friend.",
        'You call that a "comment", you moron?',
    ],
)
def test_what_is_said_beside_a_mention_counts_in_full(text: str) -> None:
    assert toxicity().judge(text).score > 0.5
    assert max(each.score for each in toxicity().find(text)) > 0.5


@pytest.mark.parametrize("piece", ['the word "idiot" ', '"', "he said that ", "called him an idiot, ", "Big Bad Wolf "])
def test_mentions_are_found_in_time_that_grows_with_the_text(piece: str) -> None:
    from time import process_time  # noqa: PLC0415

    def seconds(text: str) -> float:
        began = process_time()
        mentions(text)
        names(text)
        return process_time() - began

    short, long = piece * 200, piece * 4000
    mentions(short)
    assert seconds(long) < 200 * max(seconds(short), 1e-3)
