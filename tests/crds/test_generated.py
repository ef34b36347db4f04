"""The definitions as they are committed: as generated, structural, described, and valid for every supported version."""

from pathlib import Path

import pytest
import yaml

from fmops_api.crd import KINDS, AnyKind, definition, file_stem, main, object_schema
from tests.crds.structure import faults, without_description
from tests.support import generate
from tests.support.golden import check_schema

KINDS_BY_NAME = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind_name)


def test_everything_committed_is_as_generated() -> None:
    assert generate.stale() == [], "run `make generate`"


@KINDS_BY_NAME
def test_the_definition_is_valid_for_every_supported_version(kind: AnyKind) -> None:
    check_schema(definition(kind))


@KINDS_BY_NAME
def test_the_schema_is_structural(kind: AnyKind) -> None:
    assert list(faults(object_schema(kind))) == []


@KINDS_BY_NAME
def test_every_field_explains_itself(kind: AnyKind) -> None:
    assert without_description(object_schema(kind)) == []


@KINDS_BY_NAME
def test_an_object_that_no_controller_has_seen_is_in_progress(kind: AnyKind) -> None:
    assert object_schema(kind)["properties"]["status"]["default"] == {"observedGeneration": -1}


@KINDS_BY_NAME
def test_columns_look_at_fields_that_are_there(kind: AnyKind) -> None:
    schema = object_schema(kind)
    for column in kind.columns:
        if not column.path.startswith(".metadata."):
            node = schema
            for name in column.path.split("[")[0].split(".")[1:]:
                assert name in node["properties"], f"{column.path} is not in the schema"
                node = node["properties"][name]


def test_only_models_scale() -> None:
    scaled = [kind.kind_name for kind in KINDS if "scale" in definition(kind)["spec"]["versions"][0]["subresources"]]
    assert scaled == ["FoundationModel"]


def test_the_lint_finds_what_a_structural_schema_may_not_hold() -> None:
    rule = [{"rule": "true", "message": "m"}]
    bad = {
        "type": "object",
        "x-kubernetes-validations": rule,
        "properties": {"a": {"type": "string", "title": "A"}, "b": {}},
    }
    assert list(faults(bad)) == [".a: text under a rule needs maxLength", ".a: title is forbidden", ".b: has no type"]
    assert without_description(bad) == [".a", ".b"]


def test_a_stale_file_is_named_and_written(tmp_path: Path) -> None:
    files = {"docs/one.md": lambda: "one\n", "docs/two.md": lambda: "two\n"}
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/one.md").write_text("one\n")
    assert generate.stale(tmp_path, files) == ["docs/two.md"]
    assert generate.write(tmp_path, files) == ["docs/two.md"]
    assert generate.stale(tmp_path, files) == []


def test_check_says_which_file_and_which_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "stale", lambda: ["docs/status.md"])
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().err == "docs/status.md is stale: run `make generate` and commit it\n"
    assert generate.main(["--chek"]) == 2


def test_the_definitions_can_be_written_anywhere(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 0
    for kind in KINDS:
        assert yaml.safe_load((tmp_path / f"{file_stem(kind)}.yaml").read_text()) == definition(kind)


def test_a_folder_that_is_not_there_is_refused_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["/nowhere/at/all"]) == 2
    assert "DIR is a folder that exists" in capsys.readouterr().err


def test_every_reason_has_a_sentence_on_the_status_page() -> None:
    page = generate.FILES["docs/status.md"]()
    assert "| `Unschedulable` | No node has room; the message is the scheduler's. |" in page
    assert "| `GatePassed` |" in page
    assert "|  |" not in page


def test_the_reference_says_type_default_and_what_must_hold() -> None:
    page = generate.FILES["docs/reference/evaluationrun.md"]()
    row = next(line for line in page.splitlines() if "`spec.execution.attemptTimeout`" in line)
    assert '`"120s"`' in row
    assert "Must be a duration such as 500ms, 30s, 2h or 1h30m." in row
    assert "- a gate names one of the run's metrics" in page
