"""Rules, what follows from what they find, and what follows when they fail."""

from collections.abc import Sequence
from typing import Any

import pytest

from fmops_api.guardrail import Action, Direction, FailurePolicy
from fmops_serving.guard.applied import Clocks
from fmops_serving.guard.finding import Finding
from fmops_serving.guard.pattern import Regex
from fmops_serving.guard.personaldata import PersonalData
from fmops_serving.guard.rails import Rails
from fmops_serving.guard.redaction import Redaction, merged, redacted
from fmops_serving.guard.rule import Rule
from fmops_serving.guard.toxicity import toxicity


class Broken:
    def find(self, text: str) -> Sequence[Finding]:
        raise RuntimeError("no")


BLOCK = Rule("secret", Regex("Secret", "s3cr3t"))
REDACT = Rule("personal", PersonalData(), action=Action.REDACT)
ANNOTATE = Rule("toxic", toxicity(), action=Action.ANNOTATE)


def test_a_text_that_nothing_is_found_in_goes_on_as_it_came() -> None:
    (decision,) = Rails([BLOCK, REDACT, ANNOTATE]).screen(["Good morning 🙂"], Direction.INPUT)
    assert (decision.text, decision.stopped_by, decision.found) == ("Good morning 🙂", "", ())


def test_every_text_has_a_decision_of_its_own() -> None:
    decisions = Rails([BLOCK]).screen(["fine", "the s3cr3t", ""], Direction.OUTPUT)
    assert [decision.blocked_by for decision in decisions] == ["", "secret", ""]


def test_what_is_redacted_is_in_its_place_behind_any_character() -> None:
    text = "🙂 é ＡＢ\u200b: anna@example.org, DE89 3704 0044 0532 0130 00, +49 30 1234567."
    (decision,) = Rails([REDACT]).screen([text], Direction.OUTPUT)
    assert decision.text == "🙂 é ＡＢ\u200b: [Email], [Iban], [Phone]."
    assert [text[each.finding.start : each.finding.end] for each in decision.found] == [
        "anna@example.org",
        "DE89 3704 0044 0532 0130 00",
        "+49 30 1234567",
    ]


def test_an_insult_is_told_and_goes_on() -> None:
    (decision,) = Rails([ANNOTATE]).screen(["You are an idiot."], Direction.OUTPUT)
    assert decision.text == "You are an idiot."
    assert {each.rule for each in decision.found} == {"toxic"}


def test_a_rule_looks_at_its_direction_only() -> None:
    rails = Rails([Rule("secret", BLOCK.detector, Direction.INPUT)])
    assert rails.screen(["s3cr3t"], Direction.INPUT)[0].blocked_by == "secret"
    assert rails.screen(["s3cr3t"], Direction.OUTPUT)[0].blocked_by == ""


@pytest.mark.parametrize(("threshold", "blocked"), [(0.0, "card"), (0.99, "card")])
def test_what_scores_above_the_threshold_counts(threshold: float, blocked: str) -> None:
    rails = Rails([Rule("card", PersonalData(["Card"]), threshold=threshold)])
    assert rails.screen(["4111111111111111"], Direction.INPUT)[0].blocked_by == blocked


FAILURES: list[tuple[FailurePolicy, str, tuple[str, ...]]] = [
    (FailurePolicy.FAIL, "broken", ()),
    (FailurePolicy.IGNORE, "", ("broken",)),
]


@pytest.mark.parametrize(("policy", "unavailable", "bypassed"), FAILURES)
def test_a_detector_that_fails_does_what_its_policy_says(
    policy: FailurePolicy, unavailable: str, bypassed: tuple[str, ...]
) -> None:
    (decision,) = Rails([Rule("broken", Broken(), failure_policy=policy), BLOCK]).screen(["fine"], Direction.INPUT)
    assert (decision.unavailable, decision.bypassed, decision.blocked_by) == (unavailable, bypassed, "")


# When looks end, the CPU that was used until then, and which of two texts were too long in being looked at in 0.4 s.
LATE: list[tuple[str, list[float], float, list[str]]] = [
    ("in time", [0.3, 0.6], 0.6, ["", ""]),
    ("one was late", [0.01, 0.6], 0.6, ["", "slow"]),
    ("both were", [0.5, 1.0], 1.0, ["slow", "slow"]),
    ("others had the CPU", [0.01, 9.0], 0.02, ["", ""]),
    ("others had it for a while", [0.01, 1.0], 0.6, ["", "slow"]),
    ("in which look is not known, and held against none", [0.5, 1.0], 0.6, ["", ""]),
]


@pytest.mark.parametrize(("ends", "used", "unavailable"), [row[1:] for row in LATE], ids=[row[0] for row in LATE])
def test_a_detector_that_uses_too_long_has_failed_and_one_that_waited_has_not(
    ends: list[float], used: float, unavailable: list[str]
) -> None:
    clocks = Clocks(wall=iter([0.0, *ends]).__next__, cpu=iter([0.0, used]).__next__)
    decisions = Rails([Rule("slow", Regex("x", "x"), timeout=0.4)], clocks).screen(["x", "x"], Direction.INPUT)
    assert [each.unavailable for each in decisions] == unavailable
    assert [each.blocked_by for each in decisions] == ["" if each else "slow" for each in unavailable]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "a rule needs a name"),
    ({"threshold": 1.0}, "threshold of rule r is 1.0: it must be from 0 to less than 1"),
    ({"threshold": float("nan")}, "threshold of rule r is nan"),
    ({"timeout": 0.0}, "timeout of rule r is 0.0: it must be more than 0 seconds"),
]


@pytest.mark.parametrize(("fields", "sentence"), WRONG)
def test_a_rule_that_means_nothing_is_refused(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Rule(**{"name": "r", "detector": Broken(), **fields})


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two rules are named secret: give each a name of its own"):
        Rails([BLOCK, BLOCK])


def test_redactions_that_overlap_are_one() -> None:
    kept = merged([Redaction(5, 9, "[b]"), Redaction(0, 6, "[a]"), Redaction(9, 10, "[c]")])
    assert redacted("0123456789abc", kept) == "[a][c]abc"
