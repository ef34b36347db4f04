"""Rails are ready when they are built: the first request must not pay for their tables, and fail for taking long."""

import pytest

from fmops_api.guardrail import DetectorType, Direction, Guardrail
from fmops_serving.gateway.screen import build
from fmops_serving.gateway.screen.build import build_rails

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
