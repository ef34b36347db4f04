"""Cosine: how near an answer is to the nearest reference, as an embedder sees them."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Protocol

from fmops_api.evaluationplan import Candidate
from fmops_api.metric import Metric
from fmops_serving.evaluate.embed.vectors import Vectors, similarity
from fmops_serving.evaluate.score.part import MeanPart
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.score.scorer import Scorer


class Embedder(Protocol):
    """What has vectors of length 1."""

    def of(self, text: str) -> Sequence[float] | None:
        """Give the vector of a text; None where it has none."""


def cosine(metric: Metric, vectors: Mapping[str, Vectors]) -> Scorer:
    """Give the cosine of the angle between the answer and the nearest reference, from -1 to 1.

    An empty answer is compared as a blank, as ragas does. An answer is unscored when it, or a reference, has no vector.
    """
    embedder, how = _embedder(metric, vectors)
    part = MeanPart(metric.name, how, float, share=False, scale=(-1.0, 1.0))
    return Scorer(metric.name, [part], partial(_nearest, vectors=embedder))


def _embedder(metric: Metric, vectors: Mapping[str, Vectors]) -> tuple[Embedder, str]:
    """Give what has the vectors, and how it is named in a signature."""
    if metric.embedder and metric.embedder.static:
        from fmops_serving.evaluate.embed.static import word_llama  # noqa: PLC0415 - loads weights, for who asks

        static = word_llama()
        return static, f"cosine|wordllama@{static.version}|dim:{static.dimension}|best"
    name = (metric.embedder.name if metric.embedder else None) or ""
    found = vectors.get(name) or Vectors(Candidate(name=name, url="", model=name))
    how = f"cosine|{name}@{found.embedder.revision or 'unknown'}"
    return found, how + (f"|dim:{found.dimension}|best" if found.dimension else "|best")


def _nearest(reply: Reply, vectors: Embedder) -> float | None:
    answer = vectors.of(reply.text)
    references = [vectors.of(reference) for reference in reply.references]
    known = [reference for reference in references if reference is not None]
    if answer is None or not known or len(known) < len(references):
        return None
    return max(similarity(answer, reference) for reference in known)
