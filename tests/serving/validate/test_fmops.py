"""The entry `fmops`: quick help, a version, and a clean end when it is interrupted."""

import re
import subprocess
import sys

import pytest

from fmops_serving.__main__ import run

FMOPS = [sys.executable, "-m", "fmops_serving"]


def test_help_names_commands_and_imports_none() -> None:
    heavy = "{'celpy', 'aiohttp', 'jinja2', 'pydantic'}"
    probe = f"import sys; from fmops_serving.__main__ import run; run(['--help']); print(set(sys.modules) & {heavy})"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert re.search(r"^  evaluate +Carry out an EvaluationRun", done.stdout, re.MULTILINE)
    assert re.search(r"^  validate +Check manifests without a cluster\.$", done.stdout, re.MULTILINE)
    assert done.stdout.endswith("set()\n")


@pytest.mark.parametrize("command", ["evaluate", "gateway", "results", "train-classifier", "validate"])
def test_each_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    assert "Usage: fmops " in capsys.readouterr().out


def test_the_version_is_that_of_the_wheel(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("fmops ")


def test_an_interruption_gives_130_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fmops_serving.validate.command.validate_all", interrupted)
    assert run(["validate", "-f", "x"]) == 130
    assert capsys.readouterr().err.strip() == "fmops: interrupted"


def test_a_reader_that_goes_away_leaves_no_traceback() -> None:
    process = subprocess.Popen(
        [*FMOPS, "validate", "-f", "missing.yaml"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate(timeout=120)
    assert b"Traceback" not in errors
