"""Pairs: what one metric observed of the candidate and of the baseline, on the examples that both have."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from fmops_serving.evaluate.score.part import Observation
from fmops_serving.evaluate.scores import Scored


@dataclass
class Answers:
    """One model's observations of one example, by metric, repeats in order; those of a null control are left out."""

    cluster: str | None
    seen: dict[str, list[Observation]] = field(default_factory=dict)


@dataclass(frozen=True)
class Pair:
    """One example as one metric saw it: at least one observation of each side."""

    example: str
    cluster: str | None
    own: tuple[Observation, ...]
    theirs: tuple[Observation, ...]


def by_example(scored: Iterable[Scored], repeats: int) -> dict[str, Answers]:
    """Gather one model's scores of the first `repeats` repeats; what is unscored is left out."""
    found: dict[str, Answers] = {}
    for each in scored:
        answers = found.setdefault(each.example, Answers(each.cluster))
        if each.repeat < repeats:
            for metric, observation in each.scores.items():
                if observation is not None:
                    answers.seen.setdefault(metric, []).append(observation)
    return found


def pairs_of(metric: str, own: dict[str, Answers], theirs: dict[str, Answers]) -> Iterator[Pair]:
    """Give the examples that both sides have a score of; the others are unscored, whichever side lacks it."""
    for example in sorted(own.keys() & theirs.keys()):
        mine, other = own[example].seen.get(metric), theirs[example].seen.get(metric)
        if mine and other:
            yield Pair(example, own[example].cluster, tuple(mine), tuple(other))
