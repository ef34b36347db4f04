"""Reading a verdict on two answers: what a reply ends with, and nothing else."""

import pytest

from fmops_serving.evaluate.answer import Answer
from fmops_serving.evaluate.judge.pairwise.verdict import read_better
from fmops_serving.evaluate.judge.verdict import Cause, Unscored


def said(text: str, finish_reason: str = "stop", refusal: str = "") -> Answer:
    return Answer(text, finish_reason, None, None, None, 0.1, refusal=refusal)


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ('{"reason": "A is wrong", "verdict": "B"}', "B"),
        ('{"verdict": "tie", "reason": ""}', "Tie"),
        ('Well.\n```json\n{"reason": "x", "verdict": "A"}\n```\n', "A"),
        ('{"reason": "it says {\\"verdict\\": \\"A\\"}", "verdict": "B"}', "B"),
        ("VERDICT: A\nOn second thought:\nVERDICT: B", "B"),
        ("**Verdict:** tie.", "Tie"),
        ("> VERDICT = `A`", "A"),
        ('{"reason": "x", "verdict": "A"}\nVERDICT: B', "B"),
        ('VERDICT: A\n{"reason": "x", "verdict": "B"}', "B"),
    ],
)
def test_what_a_reply_ends_with_is_its_verdict(text: str, better: str) -> None:
    assert read_better(said(text)).better == better


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (said("VERDICT: A\nI am not sure, though."), Cause.UNREADABLE),
        (said('{"reason": "x", "verdict": "A"} is what it says'), Cause.UNREADABLE),
        (said("A"), Cause.UNREADABLE),
        (said("VERDICT: A or B"), Cause.UNREADABLE),
        (said('{"reason": "x"}'), Cause.UNREADABLE),
        (said('["verdict", {"a": 1}]'), Cause.UNREADABLE),
        (said("VERDICT: " + "A" * 300), Cause.UNREADABLE),
        (said("VERDICT: both"), Cause.OFF_SCALE),
        (said('{"reason": "x", "verdict": "candidate"}'), Cause.OFF_SCALE),
        (said(""), Cause.EMPTY),
        (said('{"reason": "x", "verdict": "A"}', "length"), Cause.TRUNCATED),
        (said("VERDICT: A", "content_filter"), Cause.CONTENT_FILTER),
        (said("", refusal="I would rather not."), Cause.REFUSED),
    ],
)
def test_a_reply_without_one_has_a_cause(answer: Answer, cause: Cause) -> None:
    with pytest.raises(Unscored) as unscored:
        read_better(answer)
    assert unscored.value.cause == cause
