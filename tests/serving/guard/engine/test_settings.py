"""What the guard is told, and the sentence for each way to tell it wrong."""

from pathlib import Path

import pytest

from fmops_serving.guard.engine.settings import OPEN_PATHS, RAILS, WrongSettings, read_settings

RAIL = "{name: a, detector: Toxicity}"
WRONG = [
    ("", "guardrails must be a list of at least one guard rail"),
    ("guardrails: []", "guardrails must be a list of at least one guard rail"),
    ("- name: a", "guardrails must be a list of at least one guard rail"),
    ("guardrails: [{name: a, detector: Taste}]", "guardrails.0.detector: Input should be 'Toxicity'"),
    (f"guardrails: [{RAIL}, {{name: b}}]", "guardrails.1.detector: Field required"),
    ("guardrails: [{name: a, detector: Regex}]", "guardrails.0: pattern belongs to detector Regex"),
    (f"guardrails: [{RAIL}, {RAIL}]", "two guard rails are named a: give each a name of its own"),
    ("guardrails: [{name: a, detector: Toxicity, classifier: hap}]", "rail a asks elsewhere, which only a gateway can"),
    ("guardrails: [", "while parsing"),
]  # fmt: skip


def test_rails_and_open_paths_are_read(tmp_path: Path) -> None:
    path = tmp_path / "rails.yaml"
    path.write_text(f"guardrails: [{RAIL}]")
    settings = read_settings({RAILS: str(path), OPEN_PATHS: " /invocations,/x "})
    assert [rail.name for rail in settings.rails] == ["a"]
    assert settings.opened == {"/invocations", "/x"}


@pytest.mark.parametrize(("content", "sentence"), WRONG)
def test_a_file_that_is_wrong_is_refused_with_its_field(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "rails.yaml"
    path.write_text(content)
    with pytest.raises(WrongSettings, match=sentence):
        read_settings({RAILS: str(path)})


def test_an_environment_that_says_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongSettings, match="FMOPS_GUARD_RAILS is not set: name the file with the guard rails"):
        read_settings({})
    with pytest.raises(WrongSettings, match="cannot be read: No such file"):
        read_settings({RAILS: str(tmp_path / "none.yaml")})
    with pytest.raises(WrongSettings, match="FMOPS_GUARD_OPEN_PATHS: 'x' is no path, it must begin with /"):
        read_settings({RAILS: "y", OPEN_PATHS: "/a,x"})
