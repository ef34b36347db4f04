"""`fmops validate`: what it reads, what it says of the whole, and how it is used."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from fmops_serving.__main__ import run
from tests.serving.validate.manifests import CATALOG, LINES, MODEL, RUN, SOURCED, edited, joined

ALL = joined(MODEL, CATALOG, RUN)


def test_valid_objects_are_counted_and_others_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text(ALL)
    (tmp_path / "b.yml").write_text(edited(LINES, '    {"id": "a", "input": "y"}\n', ""))
    (tmp_path / "kustomization.yaml").write_text("resources: [a.yaml]\n")
    assert run(["validate", "-f", str(tmp_path), "-f", str(tmp_path / "a.yaml")]) == 0
    assert capsys.readouterr().out == "3 objects checked, 2 objects of other kinds skipped, no faults\n"


def test_what_is_not_among_the_files_is_listed_and_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.yaml").write_text(joined(RUN, SOURCED))
    assert run(["validate", "-f", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "not among the files, so not followed: EvaluationRun/r → FoundationModel/m" in told
    assert "not among the files, so not followed: PromptCatalog/c → ConfigMap/lines" in told


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(edited(MODEL, "Chat", "Chatt").encode())))
    assert run(["validate", "-f", "-"]) == 1
    assert capsys.readouterr().out.startswith("standard input:5: FoundationModel/m: spec.task")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.yaml", None, "missing.yaml: there is no such file or folder"),
        ("picture.yaml", b"\x89PNG\xff", "picture.yaml: is not text: byte 1 is no UTF-8"),
        ("null.yaml", b"a: \0", "null.yaml: is not text: character 4 is a null"),
        ("wide.yaml", "a: é".encode("utf-16"), "wide.yaml: is not text"),
        ("large.yaml", b"#" * (16 * 1024 * 1024 + 1), "large.yaml: is larger than 16 MiB"),
        ("other.yaml", LINES.encode(), "nothing to check: no object of fmops.dev, 1 object of other kinds"),
        ("empty.yaml", b"", "nothing to check: no object of fmops.dev, 0 objects of other kinds"),
        (".", None, "the folder has no .yaml, .yml or .json file"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_gives_2_and_a_sentence(
    name: str, content: bytes | None, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert run(["validate", "-f", str(tmp_path / name)]) == 2
    assert words in capsys.readouterr().out


def test_one_unreadable_file_does_not_hide_the_faults_of_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.yaml").write_text(edited(MODEL, "Chat", "Chatt"))
    assert run(["validate", "-f", str(tmp_path / "missing.yaml"), "-f", str(tmp_path / "x.yaml")]) == 2
    told = capsys.readouterr().out
    assert "there is no such file" in told
    assert "spec.task" in told


def test_a_change_that_the_cluster_would_refuse_is_a_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "old.yaml").write_text(CATALOG)
    (tmp_path / "new.yaml").write_text(edited(CATALOG, '"{{ input }}"', '"Sort: {{ input }}"'))
    arguments = ["validate", "-f", str(tmp_path / "new.yaml")]
    assert run(arguments) == 0
    assert run([*arguments, "--against", str(tmp_path / "old.yaml")]) == 1
    assert "a template's (name, version) is immutable: add a new version instead" in capsys.readouterr().out


def test_json_says_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(joined(edited(MODEL, "Chat", "Chatt"), LINES))
    assert run(["validate", "-f", str(file), "--output", "json"]) == 1
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (answer["valid"], answer["checked"], answer["skipped"]) == (False, 1, 1)
    (fault,) = answer["faults"]
    assert (fault["file"], fault["line"], fault["subject"], fault["path"]) == (
        str(file),
        5,
        "FoundationModel/m",
        "spec.task",
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["validate"], "Missing option '-f'"),
        (["validat"], "No such command 'validat'"),
        (["validate", "-f", "x", "--output", "xml"], "'xml' is not one of 'text', 'json'"),
        (["validate", "-f", "-", "--against", "-"], "standard input (-) can be read once only"),
    ],
)
def test_wrong_usage_gives_2_and_a_sentence(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    assert words in capsys.readouterr().err
