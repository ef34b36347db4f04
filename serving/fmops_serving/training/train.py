"""The whole way from labelled texts to a folder, with its progress on standard error."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from fmops_serving.training.encoder import read_encoder
from fmops_serving.training.features import layer_means
from fmops_serving.training.folder import card, check_free, write
from fmops_serving.training.head import learned, steps
from fmops_serving.training.labelled import Fields, read_texts

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


def train(paths: Sequence[Path], fields: Fields, encoder_folder: Path, output: Path) -> Sequence[str]:
    """Train and write; gives the report in lines of Markdown. Raises BadTexts, BadEncoder or NotWritten."""
    check_free(output)
    texts = read_texts(paths, fields)
    encoder = read_encoder(encoder_folder)
    with _bar(len(texts), "reading texts") as bar:
        means = layer_means(encoder, [each.text for each in texts], bar.update)
    with _bar(steps(len(means)), "choosing a layer") as bar:
        head = learned(means, np.array([each.toxic for each in texts]), bar.update)
    write(output, encoder, head, texts)
    return card(encoder, head, texts)


def _bar(length: int, label: str) -> "ProgressBar[int]":
    return click.progressbar(length=length, label=f"{label:<17}", file=sys.stderr)
