"""Says how good a classifier is: precision and recall at each threshold, and how many of each class are found."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fmops_serving.training.labelled import Labelled

THRESHOLD = 0.5
"""That a guard rail has when it names none."""
_THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
Said = npt.NDArray[np.float64]


class Rate(NamedTuple):
    """Shares from 0 to 1; precision is 1 when nothing is found."""

    precision: float
    recall: float


def rate(texts: Sequence[Labelled], said: Said, threshold: float = THRESHOLD) -> Rate:
    """Rate what a guard rail finds at a threshold: texts that are likelier than it."""
    toxic = np.array([each.toxic for each in texts])
    found = said > threshold
    hits = int((toxic & found).sum())
    return Rate(hits / max(1, int(found.sum())) if found.any() else 1.0, hits / int(toxic.sum()))


def lines(texts: Sequence[Labelled], said: Said) -> Iterator[str]:
    """Write both tables as Markdown."""
    yield "| threshold | precision | recall |"
    yield "|---|---|---|"
    for threshold in _THRESHOLDS:
        at = rate(texts, said, threshold)
        yield f"| {threshold:.1f} | {at.precision:.2f} | {at.recall:.2f} |"
    kinds = _kinds(texts)
    if len(kinds) > 2:
        yield ""
        yield f"| class, at {THRESHOLD} | |"
        yield "|---|---|"
        yield from (_of_kind(texts, said, *kind) for kind in kinds)


def _kinds(texts: Sequence[Labelled]) -> Sequence[tuple[bool, str]]:
    """Toxic ones first, each in the order in which the texts have them."""
    return sorted(dict.fromkeys((each.toxic, each.kind) for each in texts), key=lambda kind: not kind[0])


def _of_kind(texts: Sequence[Labelled], said: Said, toxic: bool, kind: str) -> str:
    own = [score for each, score in zip(texts, said, strict=True) if (each.toxic, each.kind) == (toxic, kind)]
    found = sum(score > THRESHOLD for score in own)
    return f"| {kind or 'others'}, {'found' if toxic else 'wrongly found'} | {found} of {len(own)} |"
