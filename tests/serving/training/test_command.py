"""`fmops train-classifier` from labelled texts to a folder that the guard reads, and what it says of bad input."""

import asyncio
import json
import re
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fmops_serving.__main__ import fmops
from fmops_serving.guard.classifier import Classifier
from fmops_serving.training import folder as writing
from tests.serving.training.bert import ABUSE, PRAISE, REST, write_bert


def rows() -> list[dict[str, object]]:
    """Texts that a bad word makes toxic."""
    return [
        {"text": f"{first} {word} {word} {then}", "toxic": word in ABUSE, "kind": word}
        for word in (*ABUSE, *PRAISE)
        for first in REST[:4]
        for then in REST[:4]
    ]


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()), "utf-8")
    return path


def trained(texts: Path, output: Path, encoder: Path) -> Result:
    arguments = ["train-classifier", "--encoder", str(encoder), "--output", str(output), str(texts)]
    return CliRunner().invoke(fmops, arguments)


def test_the_guard_reads_what_was_trained(tmp_path: Path, texts: Path) -> None:
    output = tmp_path / "classifiers" / "rude"
    result = trained(texts, output, write_bert(tmp_path / "bert"))
    assert result.exit_code == 0, result.output
    assert f"Written to {output}." in result.stdout
    assert "96 texts, 48 of them toxic; layer" in result.stdout
    assert re.search(r"\| stupid, found \| 1[56] of 16 \|", result.stdout)
    assert "reading texts" in result.stderr
    assert {path.name for path in output.iterdir()} == {"README.md", "config.json", "model.onnx", "tokenizer.json"}
    assert (output / "README.md").read_text("utf-8") in result.stdout
    about = json.loads((output / "config.json").read_text("utf-8"))["fmops"]
    assert (about["encoder"], about["texts"]) == ("small-random", 96)
    assert about["encoderDigest"] == sha256((tmp_path / "bert" / "model.safetensors").read_bytes()).hexdigest()
    assert min(about["crossValidation"].values()) > 0.9
    bad, good = asyncio.run(judged(output, "near stupid stupid red", "near clever clever red"))
    assert bad > 0.5 > good


async def judged(folder: Path, *texts: str) -> list[float]:
    classifier = Classifier(folder)
    found = await classifier.afind(texts)
    classifier.close()
    return [pieces[0].score for pieces in found]


def test_the_same_texts_give_the_same_bytes(tmp_path: Path, texts: Path) -> None:
    encoder = write_bert(tmp_path / "bert")
    for name in ("a", "b"):
        assert trained(texts, tmp_path / name, encoder).exit_code == 0
    for name in ("model.onnx", "config.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_bad_input_is_told_in_a_sentence_and_leaves_nothing(tmp_path: Path, texts: Path) -> None:
    encoder, output = write_bert(tmp_path / "bert"), tmp_path / "out"
    output.mkdir()
    (output / "kept").touch()
    cases = [
        (trained(texts, output, encoder), f"{output} is there already: name a folder that is not, or remove it"),
        (trained(tmp_path / "gone.jsonl", tmp_path / "new", encoder), "gone.jsonl: No such file or directory"),
        (trained(texts, tmp_path / "new", tmp_path), f"{tmp_path} has no config.json: an encoder's folder holds"),
        (trained(texts, texts / "below", encoder), "below cannot be made: File exists"),
    ]
    for result, said in cases:
        assert result.exit_code == 2
        assert said in result.stderr
        assert "Traceback" not in result.output
    assert {path.name for path in tmp_path.iterdir()} == {"bert", "out", "texts.jsonl"}


def test_a_classifier_that_does_not_say_what_was_learned_is_not_left(
    tmp_path: Path, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_NEAR", 0.0)
    result = trained(texts, tmp_path / "new", write_bert(tmp_path / "bert"))
    assert result.exit_code == 2
    assert "a defect" in result.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"bert", "texts.jsonl"}


def test_without_its_extra_it_says_what_to_install(
    tmp_path: Path, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "fmops_serving.training.folder")
    monkeypatch.setitem(sys.modules, "onnx", None)
    result = trained(texts, tmp_path / "new", tmp_path)
    assert result.exit_code == 2
    assert result.stderr == "fmops: train-classifier needs onnx: pip install 'fmops[train]' brings it\n"
