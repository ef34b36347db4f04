"""Probability-weighted scores from the tokens of a verdict."""

import math

import orjson
import pytest

from fmops_api.rubric import Rubric
from fmops_serving.evaluate.answer import Answer, Parts, Token
from fmops_serving.evaluate.judge.expected import expected
from fmops_serving.evaluate.judge.verdict import Cause, Unscored, read
from tests.serving.evaluate.judge.courts import rubric, verdict

RUBRIC = Rubric.model_validate(rubric())
TEXT = verdict(helpfulness=4, accuracy=2)


def tokens(text: str, **alternatives: dict[str, float]) -> tuple[Token, ...]:
    """Cut a text into characters; the digits of scores have alternatives, in the order given."""
    places = iter(alternatives.values())
    found = []
    for number, character in enumerate(text):
        is_score = character.isdigit() and text[:number].rstrip().endswith((":", "accuracy:", 'score":'))
        listed = next(places) if is_score else {character: 1.0}
        found.append(Token(character.encode(), tuple((t, math.log(p)) for t, p in listed.items())))
    return tuple(found)


def scored(text: str, found: tuple[Token, ...]) -> dict[str, float]:
    answer = Answer(text, "stop", 1, 1, None, 0.1, tokens=found)
    return expected(answer, read(answer, RUBRIC), RUBRIC)


def test_scores_are_weighted_by_their_probability() -> None:
    found = tokens(TEXT, helpfulness={"4": 0.6, "5": 0.3, "3": 0.1}, accuracy={"2": 1.0})
    assert scored(TEXT, found) == pytest.approx({"helpfulness": 4.2, "accuracy": 2.0})


def test_what_is_no_score_of_the_scale_is_left_out_and_the_rest_made_whole() -> None:
    found = tokens(TEXT, helpfulness={"4": 0.4, " 5": 0.4, "9": 0.1, "four": 0.1}, accuracy={"2": 0.5, "1": 0.5})
    assert scored(TEXT, found) == pytest.approx({"helpfulness": 4.5, "accuracy": 1.5})


def test_text_before_the_verdict_and_other_scripts_move_nothing() -> None:
    text = f"Größe 你好 score: 1 {TEXT}"
    found = tokens(text, quoted={"1": 1.0}, helpfulness={"4": 0.5, "5": 0.5}, accuracy={"2": 1.0})
    assert scored(text, found) == pytest.approx({"helpfulness": 4.5, "accuracy": 2.0})


def test_scores_as_lines() -> None:
    text = "GRADE helpfulness: 4\nGRADE accuracy: 2"
    found = tokens(text, helpfulness={"4": 0.5, "2": 0.5}, accuracy={"2": 0.75, "3": 0.25})
    assert scored(text, found) == pytest.approx({"helpfulness": 3.0, "accuracy": 2.25})


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ((), "the endpoint gives no logprobs"),
        (tokens(TEXT.replace("about", "ABOUT"), a={"4": 1.0}, b={"2": 1.0}), "about another text"),
        (tokens(TEXT, a={"four": 1.0}, b={"2": 1.0}), "lists no score of the scale"),
    ],
    ids=["no probabilities", "probabilities of another text", "no score among them"],
)
def test_without_usable_probabilities_there_is_no_score(found: tuple[Token, ...], words: str) -> None:
    with pytest.raises(Unscored, match=words) as unscored:
        scored(TEXT, found)
    assert unscored.value.cause == Cause.NO_LOGPROBS


def test_tokens_are_read_from_the_endpoint_as_it_sends_them() -> None:
    parts = Parts()
    listed = [{"token": "4", "logprob": -0.5, "bytes": [52]}, {"token": "5", "logprob": -1.5, "bytes": [53]}]
    content = [{"token": "4", "logprob": -0.5, "bytes": [52], "top_logprobs": listed}]
    choice = {"index": 0, "delta": {"content": "4"}, "logprobs": {"content": content}, "finish_reason": "stop"}
    parts.read(orjson.dumps({"choices": [choice]}))
    assert parts.complete(None, 0.1).tokens == (Token(b"4", (("4", -0.5), ("5", -1.5))),)
