"""Sources as a resolve Job reads them: files of volumes, objects of a real S3 server, and what can be wrong."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from fmops_api.catalogsource import CatalogSource, SourceReport, variable_of
from fmops_api.reasons import PromptCatalogReason as Reason
from fmops_serving.objectstore import store
from fmops_serving.prompts import sources
from fmops_serving.resolve import reading
from fmops_serving.resolve.places import Reach, Unresolved
from fmops_serving.resolve.reading import cut, read_examples, report_on
from tests.support.object_store import BUCKET, KEYS, ObjectStoreServer, object_store

LINES = [
    {"id": "a", "input": "x", "label": "billing", "polarity": "Positive", "provenance": {"kind": "Human"}},
    {"id": "b", "input": "x", "references": ["y"], "judgement": {"output": "y", "scores": {"helpfulness": 3}}},
    {"id": "c", "input": "x", "references": ["bad"], "polarity": "Negative", "provenance": {"kind": "Human"}},
]


def on_disk(path: str = "v3/examples.jsonl") -> CatalogSource:
    claim = {"claimName": "evals", "path": path}
    return CatalogSource.model_validate({"name": "disk", "persistentVolumeClaim": claim})


def in_bucket(server: ObjectStoreServer, uri: str, **more: Any) -> CatalogSource:
    where = {"uri": uri, "endpoint": server.endpoint, **more}
    return CatalogSource.model_validate({"name": "in-bucket", "objectStore": where})


def written(folder: Path, content: bytes | list[dict[str, Any]]) -> Reach:
    if isinstance(content, list):
        content = "\n".join(map(json.dumps, content)).encode()
    (folder / "v3").mkdir(exist_ok=True)
    (folder / "v3/examples.jsonl").write_bytes(content)
    return Reach({"evals": folder})


def report(source: CatalogSource, reach: Reach, labels: list[str] | None = None) -> SourceReport:
    return asyncio.run(report_on(source, labels, reach))


def refusal(source: CatalogSource, reach: Reach, labels: list[str] | None = None) -> tuple[Reason, str]:
    with pytest.raises(Unresolved) as refused:
        report(source, reach, labels)
    return refused.value.reason, str(refused.value)


def test_a_source_is_counted_and_hashed_and_its_examples_can_be_had(tmp_path: Path) -> None:
    found = report(on_disk(), written(tmp_path, LINES))
    assert found.entries == 3
    assert found.holdings.to_manifest() == {
        "labelled": 2, "classified": 1, "positive": 1, "negative": 1, "judged": 1, "compared": 0,
        "provenance": {"Human": 2},
    }  # fmt: skip
    again, examples = asyncio.run(read_examples(on_disk(), None, Reach({"evals": tmp_path})))
    assert (again, [example.id for example in examples]) == (found, ["a", "b", "c"])


def test_the_digest_is_the_same_in_any_order_and_layout_and_another_for_other_content(tmp_path: Path) -> None:
    first = report(on_disk(), written(tmp_path, LINES)).digest
    turned = [dict(reversed(line.items())) for line in reversed(LINES)]
    spaced = (
        "\ufeff" + "\r\n\n".join(json.dumps(line, indent=None, separators=(" , ", " : ")) for line in turned) + "\n"
    )
    assert report(on_disk(), written(tmp_path, spaced.encode())).digest == first
    assert report(on_disk(), written(tmp_path, [*LINES[:2], {**LINES[2], "input": "z"}])).digest != first


FAULTY = (
    ("no JSON", b'{"id": "a", "input": "x"}\n\nnot json', "line 3: is not JSON: Expecting value at column 1"),
    ("an id twice", b'{"id": "a", "input": "x"}\n{"id": "a", "input": "y"}', "line 2: id a stands on line 1 already"),
    ("binary garbage", bytes(range(255)) * 9, "line 2: is no UTF-8 text: byte"),
    ("a packed file", b"\x1f\x8b\x08\x00\x00", "line 1: is no UTF-8 text: byte 2 is 0x8b"),
    ("an example without end", b'{"id": "' + b"x" * (2**21), "line 1: is longer than 1048576 bytes"),
    ("a label of no class", b'{"id": "a", "input": "x", "label": "biling"}', "did you mean billing?"),
    ("a number of no JSON", b'{"id": "a", "variables": {"n": 9007199254740993}}', "line 1: cannot be kept as JSON"),
    ("nothing", b"", "spec.sources[disk]: holds no example"),
    ("empty lines", b"\n \r\n\n", "spec.sources[disk]: holds no example"),
)


@pytest.mark.parametrize(("content", "words"), [row[1:] for row in FAULTY], ids=[row[0] for row in FAULTY])
def test_faulty_content_is_told_by_its_line(tmp_path: Path, content: bytes, words: str) -> None:
    reason, message = refusal(on_disk(), written(tmp_path, content), ["billing", "refund"])
    assert reason is Reason.SOURCE_UNREADABLE
    assert message.startswith("spec.sources[disk]")
    assert words in message


def test_limits_of_size_and_number_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "ENTRIES_LIMIT", 2)
    reach = written(tmp_path, LINES)
    assert "line 3: a source holds at most 2 examples" in refusal(on_disk(), reach)[1]
    monkeypatch.setattr(reading, "SOURCE_LIMIT", 100)
    assert "is larger than 100 bytes" in refusal(on_disk(), reach)[1]


def test_what_is_no_file_of_the_volume_is_told(tmp_path: Path) -> None:
    reach = written(tmp_path, LINES)
    (tmp_path / "v3/out").symlink_to("/proc/self/environ")
    os.mkfifo(tmp_path / "v3/pipe")
    for path, words in (
        ("v3/absent.jsonl", "the volume has no file v3/absent.jsonl"),
        ("v3", "v3 is a folder: name a file in it"),
        ("v3/out", "v3/out is a link that leads out of the volume"),
        ("v3/pipe", "the volume has no file v3/pipe"),
    ):
        reason, message = refusal(on_disk(path), reach)
        assert (reason, message) == (
            Reason.SOURCE_NOT_FOUND,
            f"spec.sources[disk].persistentVolumeClaim.path: {words}",
        )
    assert "add --volume evals=DIR" in refusal(on_disk(), Reach())[1]


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_lines_are_cut_wherever_the_pieces_end(size: int) -> None:
    content = "\ufeffone\ntwo\n\nfo\u2028ur\r\nfünf".encode()

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content), size):
            yield content[start : start + size]

    async def lines() -> list[tuple[int, str]]:
        return [(number, (line or b"").decode()) async for number, line in cut(pieces())]

    assert asyncio.run(lines()) == [(1, "one"), (2, "two"), (3, ""), (4, "fo\u2028ur\r"), (5, "fünf")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStoreServer]:
    with object_store(tmp_path_factory.mktemp("object-store")) as running:
        (running.folder / BUCKET / "evals").mkdir()
        (running.folder / BUCKET / "evals/a.jsonl").write_text("\n".join(map(json.dumps, LINES)))
        yield running


def with_keys(monkeypatch: pytest.MonkeyPatch, keys: dict[str, str]) -> None:
    for key, value in keys.items():
        monkeypatch.setenv(variable_of("in-bucket", key), value)


def test_an_object_is_read_with_its_own_keys_beside_those_of_another_store(
    server: ObjectStoreServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody-else")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    with_keys(monkeypatch, KEYS)
    found = report(in_bucket(server, f"s3://{BUCKET}/evals/a.jsonl"), Reach())
    assert found.digest == report(on_disk(), written(tmp_path, LINES)).digest
    assert os.environ["AWS_ACCESS_KEY_ID"] == "somebody-else"


def test_on_a_laptop_the_keys_of_the_environment_open_it(
    server: ObjectStoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in KEYS.items():
        monkeypatch.setenv(key, value)
    assert report(in_bucket(server, f"s3://{BUCKET}/evals/a.jsonl"), Reach(own_keys=True)).entries == 3


ABSENT = (
    ("no object", f"s3://{BUCKET}/evals/b.jsonl", KEYS, Reason.SOURCE_NOT_FOUND, "there is no b.jsonl"),
    ("no bucket", "s3://nowhere/a.jsonl", KEYS, Reason.SOURCE_NOT_FOUND, "there is no such bucket at http://127.0.0.1"),
    (
        "wrong keys",
        f"s3://{BUCKET}/evals/a.jsonl",
        {**KEYS, "AWS_SECRET_ACCESS_KEY": "wrong"},
        Reason.SOURCE_UNAUTHORIZED,
        "the store refuses the credentials (SignatureDoesNotMatch): they need to read it",
    ),
)


@pytest.mark.parametrize("row", ABSENT, ids=[row[0] for row in ABSENT])
def test_what_a_store_does_not_give_is_told(
    server: ObjectStoreServer, monkeypatch: pytest.MonkeyPatch, row: tuple[str, str, dict[str, str], Reason, str]
) -> None:
    _, uri, keys, reason, words = row
    with_keys(monkeypatch, keys)
    found, message = refusal(in_bucket(server, uri), Reach())
    assert found is reason
    assert message.startswith("spec.sources[in-bucket].objectStore: s3://")
    assert words in message


def test_a_store_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "RETRY_SECONDS", 0.1)
    with_keys(monkeypatch, KEYS)
    where = {"uri": f"s3://{BUCKET}/a.jsonl", "endpoint": "http://127.0.0.1:9"}
    source = CatalogSource.model_validate({"name": "in-bucket", "objectStore": where})
    reason, message = refusal(source, Reach())
    assert (reason, message[-46:]) == (
        Reason.SOURCE_UNREACHABLE,
        "the store cannot be reached at http://127.0.0.1:9"[-46:],
    )
