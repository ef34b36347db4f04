"""Streams: nothing unscanned leaves, nothing is lost, and how an answer is cut into pieces changes nothing."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_api.guardrail import Action, FailurePolicy, Streaming
from fmops_serving.guard.finding import Finding
from fmops_serving.guard.pattern import Regex
from fmops_serving.guard.personaldata import PersonalData
from fmops_serving.guard.rails import Rails
from fmops_serving.guard.rule import Rule
from fmops_serving.guard.stream import Step, Stream
from fmops_serving.guard.toxicity import toxicity

RAILS = Rails(
    [
        Rule("toxic", toxicity(), threshold=0.85, timeout=30),
        Rule("personal", PersonalData(), action=Action.REDACT, timeout=30),
        Rule("numbers", Regex("Number", "[0-9]+"), action=Action.ANNOTATE, timeout=30),
    ]
)
CLEAN = "The order 17 is on its way. It arrives on Thursday, said the clerk! " * 9


def run(stream: Stream, pieces: list[str]) -> tuple[str, str]:
    released = "".join([stream.feed(piece).released for piece in pieces] + [stream.finish().released])
    return released, stream.stopped_by


def cut(text: str, places: list[int]) -> list[str]:
    ends = sorted({min(place, len(text)) for place in places} | {0, len(text)})
    return [text[start:end] for start, end in pairwise(ends)]


WORDS = st.sampled_from(
    ["you", "are", "an", "idiot", "the", "order", "17", "a@b.de", "4111 1111 1111 1111", "fu", "ck", "Scunthorpe", ".",
     "! ", "\n", "。", "🙂", "x" * 90, "kill the process", "f", "u", "c", "k", "Thursday", "? "]
)  # fmt: skip
TEXTS = st.lists(st.tuples(WORDS, st.sampled_from([" ", " ", "  ", ""])), max_size=90).map(
    lambda pairs: "".join(word + space for word, space in pairs)
)


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.lists(st.integers(0, 900), max_size=40), st.sampled_from(list(Streaming)))
def test_how_an_answer_is_cut_changes_nothing(text: str, places: list[int], mode: Streaming) -> None:
    whole, pieces, letters = Stream(RAILS, mode), Stream(RAILS, mode), Stream(RAILS, mode)
    wanted = run(whole, [text])
    assert run(pieces, cut(text, places)) == wanted
    assert run(letters, list(text)) == wanted
    assert whole.found == pieces.found == letters.found
    if not wanted[1] and not any(each.rule == "personal" for each in whole.found):
        assert wanted[0] == text


@pytest.mark.parametrize("mode", list(Streaming))
def test_an_answer_that_is_clean_leaves_byte_for_byte(mode: Streaming) -> None:
    stream = Stream(RAILS, mode)
    assert run(stream, cut(CLEAN, list(range(0, 900, 7)))) == (CLEAN, "")
    assert {each.rule for each in stream.found} == {"numbers"}


@pytest.mark.parametrize("place", range(1, 28))
def test_a_phrase_cut_anywhere_is_caught_before_it_leaves(place: int) -> None:
    text = CLEAN[:80] + "Well, you are an idiot. Bye"
    stream = Stream(RAILS)
    released, stopped_by = run(stream, [text[: 80 + place], text[80 + place :]])
    assert stopped_by == "toxic"
    assert "you are" not in released
    assert text.startswith(released)


def test_a_phrase_across_a_window_without_sentence_ends_does_not_leave_in_part() -> None:
    text = "word " * 39 + "and you are such a pathetic idiot " + "word " * 60
    released, stopped_by = run(Stream(RAILS), list(text))
    assert stopped_by == "toxic"
    assert "you are" not in released


def test_text_leaves_at_a_sentence_end_and_not_before() -> None:
    stream = Stream(RAILS)
    assert stream.feed("Good morning") == Step("")
    assert stream.feed(".") == Step("")
    assert stream.feed(" It is") == Step("Good morning.")
    assert stream.finish() == Step(" It is")


def test_nothing_leaves_after_a_stop() -> None:
    stream = Stream(RAILS)
    assert stream.feed("Fine. You are an idiot. And more. ") == Step("Fine.", "toxic")
    assert stream.feed("More. ") == Step("", "toxic")
    assert stream.finish() == Step("", "toxic")


def test_a_buffer_lets_all_or_nothing_go() -> None:
    stream = Stream(RAILS, Streaming.BUFFER)
    assert stream.feed("Fine. ") == Step("")
    assert stream.feed("Mail a@b.de.") == Step("")
    assert stream.finish() == Step("Fine. Mail [Email].")
    assert run(Stream(RAILS, Streaming.BUFFER), ["Fine. ", "You are an idiot."]) == ("", "toxic")


def test_an_audit_stops_nothing_and_tells_all() -> None:
    stream = Stream(RAILS, Streaming.AUDIT)
    text = "Fine. You are an idiot. 12"
    assert run(stream, list(text)) == (text, "toxic")
    assert {each.rule for each in stream.found} == {"toxic", "numbers"}
    numbers = [each.finding for each in stream.found if each.rule == "numbers"]
    assert [text[each.start : each.end] for each in numbers] == ["12"]


def test_a_redaction_leaves_whole() -> None:
    text = "Write to anna.the.very.first@example.org or call. " + "word " * 38 + "4111 1111 1111 1111 " + "word " * 30
    released, _ = run(Stream(RAILS), list(text))
    assert released == text.replace("anna.the.very.first@example.org", "[Email]").replace(
        "4111 1111 1111 1111", "[Card]"
    )


class Broken:
    def find(self, text: str) -> list[Finding]:
        raise RuntimeError("no")


def test_a_rule_that_fails_ends_the_answer_or_is_told() -> None:
    assert run(Stream(Rails([Rule("broken", Broken())])), ["Fine. Really. "]) == ("", "broken")
    passing = Stream(Rails([Rule("broken", Broken(), failure_policy=FailurePolicy.IGNORE)]))
    assert run(passing, ["Fine. Really. "]) == ("Fine. Really. ", "")
    assert passing.bypassed == ["broken"]
