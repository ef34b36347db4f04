"""Rails are ready when they are built: the first request must not pay for their tables, and fail for taking long."""

import time

import pytest

from fmops_api.guardrail import DetectorType, Direction, Guardrail
from fmops_serving.gateway.screen import build
from fmops_serving.gateway.screen.build import build_rails
from fmops_serving.gateway.screen.checks import Check, Outcome
from fmops_serving.guard.finding import Detector, Finding

IN_THE_GATEWAY = (
    DetectorType.TOXICITY,
    DetectorType.REGEX,
    DetectorType.PERSONAL_DATA,
    DetectorType.PROMPT_INJECTION,
)


@pytest.mark.parametrize("detector", IN_THE_GATEWAY)
def test_a_detector_has_looked_once_before_a_request_comes(
    detector: DetectorType, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    class Slow:
        def find(self, text: str) -> list[object]:
            seen.append(text)
            return []

    monkeypatch.setattr(build, "_detector", lambda rail: Slow())
    fields = {"pattern": "a"} if detector is DetectorType.REGEX else {}
    rail = Guardrail.model_validate({"name": "rail", "detector": detector, "action": "Block", **fields})
    counted: list[object] = []
    rails = build_rails([rail], Direction.INPUT, counted.append)
    assert len(seen) == 1
    assert counted == [], "no request was looked at"
    rails.screen(["text"], Direction.INPUT)
    assert len(seen) == 2
    assert len(counted) == 1


class Late:
    """Uses more CPU than it may."""

    def find(self, text: str) -> list[Finding]:
        until = time.thread_time() + 0.03
        while time.thread_time() < until:
            pass
        return [Finding("word", 0, 1, 1.0)]


class Broken:
    """Finds out nothing."""

    def find(self, text: str) -> list[Finding]:
        raise ValueError


@pytest.mark.parametrize("detector", [Late(), Broken()])
@pytest.mark.parametrize(("policy", "outcome"), [("Fail", Outcome.ERROR), ("Ignore", Outcome.BYPASSED)])
def test_a_look_that_fails_is_counted_as_what_follows_from_it(
    detector: Detector, policy: str, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_detector", lambda rail: detector)
    fields = {"action": "Block", "failurePolicy": policy, "timeout": "10ms"}
    counted: list[Check] = []
    rails = build_rails(
        [Guardrail.model_validate({"name": "rail", "detector": "Toxicity", **fields})], Direction.INPUT, counted.append
    )
    (decision,) = rails.screen(["text"], Direction.INPUT)
    assert decision.stopped_by == ("rail" if policy == "Fail" else "")
    assert [(each.outcome, each.score) for each in counted] == [(outcome, 0.0)]
    assert (counted[0].seconds[0] >= 0.03) == isinstance(detector, Late)
