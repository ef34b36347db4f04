"""`python -m tests.cluster`: what it says and how it ends."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster.build import CONTROL_PLANE, built_programs, sources_key
from tests.cluster.paths import REPOSITORY, TOOLS


def run(*arguments: str, cache: Path | None = None, **environment: str) -> "subprocess.CompletedProcess[str]":
    settings = {**os.environ, "KUBEBUILDER_ASSETS": "", **environment}
    if cache:
        settings["XDG_CACHE_HOME"] = str(cache)
    command = [sys.executable, "-m", "tests.cluster", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, env=settings, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        pytest.param((), 2, "the following arguments are required: COMMAND", id="no command"),
        pytest.param(("fly",), 2, "invalid choice: 'fly'", id="an unknown command"),
        pytest.param(
            ("up", "--name", "../x"), 2, "'../x' is no name: up to 32 of a-z, 0-9 and -", id="a name that is a path"
        ),
        pytest.param(("up", "--name", "kind"), 2, "and not `node` or `kind`", id="a name that is taken"),
        pytest.param(("run",), 1, "run: which command? For example", id="run without a command"),
        pytest.param(
            ("run", "true"), 1, "the control plane 'default' does not run; start it with", id="run without a cluster"
        ),
        pytest.param(
            ("shell", "--node"),
            1,
            "start it with `python -m tests.cluster up --node`",
            id="shell without a node",
        ),
        pytest.param(("kubeconfig",), 1, "does not run", id="kubeconfig without a cluster"),
        pytest.param(("status",), 3, "nothing runs; start it with", id="status without a cluster"),
        pytest.param(("down",), 0, "", id="down without a cluster"),
        pytest.param(("up",), 1, "not built in", id="up before build"),
    ],
)
def test_bad_input_is_one_sentence_and_a_status(
    arguments: tuple[str, ...], status: int, sentence: str, tmp_path: Path
) -> None:
    ended = run(*arguments, cache=tmp_path)
    assert ended.returncode == status
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "fmops" / "clusters").exists()


def test_a_cache_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "fmops").write_text("a file")
    ended = run("build", cache=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.startswith("tests.cluster: ")
    assert str(tmp_path / "fmops") in ended.stderr
    assert "Traceback" not in ended.stderr


def test_help_tells_the_exit_statuses() -> None:
    assert "exit status: 0 done, 1 it failed" in run("--help").stdout


def test_the_key_of_the_programs_follows_their_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = shutil.copytree(TOOLS, tmp_path / "tools")
    before = sources_key()
    monkeypatch.setattr("tests.cluster.build.TOOLS", tools)
    assert sources_key() == before
    with (tools / "kube" / "main.go").open("a") as source:
        source.write("// changed\n")
    assert sources_key() != before


@pytest.mark.cluster
def test_a_control_plane_goes_up_is_used_and_goes_down(tmp_path: Path) -> None:
    (tmp_path / "fmops").mkdir()
    (tmp_path / "fmops" / "bin").symlink_to(built_programs().parent)
    up = run("up", "--name", "trial", cache=tmp_path)
    try:
        assert up.returncode == 0, up.stderr
        assert "runs already" in run("up", "--name", "trial", cache=tmp_path).stderr
        assert "kube-apiserver" in run("status", "--name", "trial", cache=tmp_path).stdout
        used = run("run", "--name", "trial", "kubectl", "get", "--raw=/readyz", cache=tmp_path)
        assert (used.returncode, used.stdout) == (0, "ok")
        assert run("run", "--name", "trial", "--", "sh", "-c", "exit 7", cache=tmp_path).returncode == 7
        shell = run("shell", "--name", "trial", cache=tmp_path, SHELL=shutil.which("env") or "")
        path = run("kubeconfig", "--name", "trial", cache=tmp_path).stdout.strip()
        assert f"KUBECONFIG={path}" in shell.stdout.splitlines()
    finally:
        down = run("down", "--name", "trial", cache=tmp_path)
    assert "stopped kube-scheduler, kube-controller-manager, kube-apiserver, etcd" in down.stderr
    assert run("status", "--name", "trial", cache=tmp_path).returncode == 3


@pytest.mark.cluster
def test_a_complete_kubebuilder_assets_folder_is_used_and_a_partial_one_is_not(tmp_path: Path) -> None:
    assets = tmp_path / "assets"
    assets.mkdir()
    ask = "from tests.cluster.build import find_programs; print(find_programs())"

    def found() -> str:
        settings = {**os.environ, "KUBEBUILDER_ASSETS": str(assets)}
        command = [sys.executable, "-c", ask]
        return subprocess.run(command, cwd=REPOSITORY, env=settings, capture_output=True, text=True, check=True).stdout

    assert found().strip() == str(built_programs())
    for name in CONTROL_PLANE:
        (assets / name).symlink_to(built_programs() / name)
    assert found().strip() == str(assets)
