"""`python -m fmops_operator`: help that names every setting, and one sentence for each bad one."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest

from fmops_operator.settings import EngineImages, Settings
from tests.support.warm_process import nursery


class Done(NamedTuple):
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def surroundings(**variables: str) -> dict[str, str]:
    return {**{k: v for k, v in os.environ.items() if not k.startswith(("FMOPS_", "KUBE"))}, **variables}


class Command(Protocol):
    def __call__(self, *arguments: str, **variables: str) -> Done: ...


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Starts the operator as a fork of a process that has imported it, and waits for its end."""
    said, complained = tmp_path / "stdout", tmp_path / "stderr"

    def run(*arguments: str, **variables: str) -> Done:
        ended = nursery().fork(["fmops_operator", *arguments], surroundings(**variables), said, complained)
        return Done(ended.wait(200), said.read_text(), complained.read_text())

    return run


def test_help_names_every_setting_with_default_and_meaning(command: Command) -> None:
    done = command("--help")
    assert done.returncode == 0
    said = " ".join(done.stdout.split())
    for settings, prefix in ((Settings, "FMOPS_"), (EngineImages, "FMOPS_ENGINE_IMAGE_")):
        for name, field in settings.model_fields.items():
            default = "empty" if field.default == "" else field.default
            assert f"{prefix}{name.upper()} (default: {default})" in said
            assert field.description
            assert " ".join(field.description.split()) in said


def test_version_is_one_line() -> None:
    start = [sys.executable, "-m", "fmops_operator", "--version"]
    done = subprocess.run(start, capture_output=True, text=True, env=surroundings(), check=False, timeout=200)
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    assert done.stdout.startswith("fmops 0")


def test_bad_settings_are_named_in_one_sentence_each(command: Command) -> None:
    done = command(FMOPS_WORKERS="0", FMOPS_LOG_FORMAT="xml", FMOPS_HTTP_PORT="http", FMOPS_GATEWAY_NAMESPACE="gw")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "fmops operator: FMOPS_WORKERS=0: input should be greater than or equal to 1",
        "fmops operator: FMOPS_LOG_FORMAT=xml: input should be 'json' or 'plain'",
        "fmops operator: FMOPS_HTTP_PORT=http: input should be a valid integer, unable to parse string as an integer",
        "fmops operator: FMOPS_GATEWAY_URL=: a gateway has a namespace and a url, such as http://gateway.apps.svc/v1",
    ]


def test_an_unknown_argument_is_refused(command: Command) -> None:
    done = command("--nonsense")
    assert done.returncode == 2
    assert "unrecognized arguments: --nonsense" in done.stderr


@pytest.mark.parametrize(
    "content", [None, "", "clusters: [", "a: 1"], ids=["missing", "empty", "bad YAML", "no cluster"]
)
def test_without_a_cluster_it_says_so_and_ends(command: Command, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "kubeconfig"
    if content is not None:
        path.write_text(content)
    done = command(KUBECONFIG=str(path), FMOPS_HTTP_PORT="0")
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    assert "no cluster" in done.stderr.splitlines()[-1]
