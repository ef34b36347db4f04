"""Writes a classifier as a folder that the guard reads, whole or not at all."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import onnx

from fmops_serving.guard.classifier import Classifier
from fmops_serving.guard.finding import Finding
from fmops_serving.training.encoder import Encoder
from fmops_serving.training.graph import classifier_model
from fmops_serving.training.head import Head
from fmops_serving.training.labelled import Labelled, digest
from fmops_serving.training.report import lines, rate

_KEPT = ("model_type", "max_position_embeddings", "pad_token_id")
_ASKED = 64
_NEAR = 1e-3
"""How far a probability may be from the trained one: sums are taken in another order."""


class NotWritten(Exception):  # noqa: N818 - it says what is the case
    """A folder that is not to be written into, or a classifier that does not say what was learned."""


def check_free(folder: Path) -> None:
    """Make the folder above it; raises NotWritten when that is not to be had, or when it is there and not empty."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except OSError as error:
        raise NotWritten(f"{folder} cannot be made: {error.strerror}") from None
    if taken:
        raise NotWritten(f"{folder} is there already: name a folder that is not, or remove it")


def write(folder: Path, encoder: Encoder, head: Head, texts: Sequence[Labelled]) -> None:
    """Write model.onnx, tokenizer.json, config.json and README.md, once the guard has judged some texts by them.

    Raises NotWritten when it judges them otherwise, or when the folder cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
            made = Path(scratch) / folder.name
            made.mkdir(0o755)
            _fill(made, encoder, head, texts)
            _check(made, head, [each.text for each in texts[:_ASKED]])
            if folder.is_dir():
                folder.rmdir()
            made.rename(folder)
    except OSError as error:
        raise NotWritten(f"{folder} cannot be written: {error.strerror}") from None


def _fill(folder: Path, encoder: Encoder, head: Head, texts: Sequence[Labelled]) -> None:
    onnx.save(classifier_model(encoder, head.layer, head.linear), str(folder / "model.onnx"))
    shutil.copyfile(encoder.folder / "tokenizer.json", folder / "tokenizer.json")
    kept = {name: encoder.config[name] for name in _KEPT if name in encoder.config}
    at = rate(texts, head.said)
    trained = {
        "encoder": str(encoder.config.get("_name_or_path") or encoder.folder.name),
        "encoderDigest": encoder.digest,
        "layer": head.layer,
        "strength": head.strength,
        "texts": len(texts),
        "textsDigest": digest(texts),
        "crossValidation": {"precision": round(at.precision, 4), "recall": round(at.recall, 4)},
    }
    (folder / "config.json").write_text(
        json.dumps({**kept, "num_labels": 1, "fmops": trained}, indent=2) + "\n", "utf-8"
    )
    (folder / "README.md").write_text("\n".join(card(encoder, head, texts)) + "\n", "utf-8")


def card(encoder: Encoder, head: Head, texts: Sequence[Labelled]) -> Sequence[str]:
    """Say in Markdown what it was made of and how good it is."""
    toxic = sum(each.toxic for each in texts)
    return [
        f"{len(texts)} texts, {toxic} of them toxic; layer {head.layer} of {len(encoder.layers)}, C {head.strength:g}.",
        "Each text judged by cross-validation, by a classifier that had not seen it:",
        "",
        *lines(texts, head.said),
    ]


def _check(folder: Path, head: Head, texts: Sequence[str]) -> None:
    """Have the guard judge texts; of one that is longer than the encoder reads at once, the beginning counts."""
    classifier = Classifier(folder)
    try:
        found = asyncio.run(_found(classifier, texts))
    finally:
        classifier.close()
    for each, expected in zip(found, head.says, strict=False):
        # A text without a token, such as a joiner of no width, is not judged.
        if each and abs(each[0].score - expected) > _NEAR:
            raise NotWritten(f"the classifier gives a text {each[0].score:.4f}, and learned {expected:.4f}: a defect")


async def _found(classifier: Classifier, texts: Sequence[str]) -> Sequence[Sequence[Finding]]:
    return await classifier.afind(texts)
