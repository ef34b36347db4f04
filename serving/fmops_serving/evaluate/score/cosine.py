"""Cosine: how near an answer is to the nearest reference, as an embedder sees them."""

from collections.abc import Mapping
from functools import partial

from fmops_api.evaluationplan import Candidate
from fmops_api.metric import Metric
from fmops_serving.evaluate.embed.vectors import Vectors, similarity
from fmops_serving.evaluate.score.part import MeanPart
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.score.scorer import Scorer


def cosine(metric: Metric, vectors: Mapping[str, Vectors]) -> Scorer:
    """Give the cosine of the angle between the answer and the nearest reference, from -1 to 1.

    An empty answer is compared as a blank, as ragas does. An answer is unscored when it, or a reference, has no vector.
    """
    name = metric.embedder.name if metric.embedder else ""
    found = vectors.get(name) or Vectors(Candidate(name=name, url="", model=name))
    how = f"cosine|{name}@{found.embedder.revision or 'unknown'}"
    how += f"|dim:{found.dimension}|best" if found.dimension else "|best"
    part = MeanPart(metric.name, how, float, share=False, scale=(-1.0, 1.0))
    return Scorer(metric.name, [part], partial(_nearest, vectors=found))


def _nearest(reply: Reply, vectors: Vectors) -> float | None:
    answer = vectors.of(reply.text)
    references = [vectors.of(reference) for reference in reply.references]
    known = [reference for reference in references if reference is not None]
    if answer is None or not known or len(known) < len(references):
        return None
    return max(similarity(answer, reference) for reference in known)
