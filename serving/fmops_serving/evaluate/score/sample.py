"""What one metric observed of all answers, kept by example and cluster as far as intervals need it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain, repeat
from math import fsum

from fmops_serving.evaluate.intervals_cluster import Cluster
from fmops_serving.evaluate.score.part import Observation


class Sample:
    """Observations of examples. One that stands alone and is asked once is counted and nothing else."""

    def __init__(self, *, repeated: bool = False) -> None:
        """Begin with nothing; `repeated` says that examples are asked more than once."""
        self._repeated = repeated
        self._alone: Counter[Observation] = Counter()
        self._clusters: defaultdict[str, defaultdict[str, list[Observation]]] = defaultdict(lambda: defaultdict(list))

    def add(self, example: str, cluster: str | None, observation: Observation) -> None:
        """Take one observation of an example."""
        if cluster is None and not self._repeated:
            self._alone[observation] += 1
        else:
            self._clusters[example if cluster is None else f" {cluster}"][example].append(observation)

    @property
    def examples(self) -> int:
        """Count the examples that were observed, however often each."""
        return self._alone.total() + sum(map(len, self._clusters.values()))

    @property
    def units(self) -> int:
        """Count what is independent: clusters, and examples that stand alone."""
        return self._alone.total() + len(self._clusters)

    @property
    def clustered(self) -> bool:
        """Say whether any two examples share a cluster."""
        return self.units < self.examples

    @property
    def alone(self) -> Mapping[Observation, int]:
        """Count the observations of examples that stand alone."""
        return self._alone

    @property
    def groups(self) -> list[Mapping[Observation, int]]:
        """Count the observations of each cluster, all repeats of all its examples."""
        return [Counter(seen for repeats in group.values() for seen in repeats) for group in self._clusters.values()]

    def all(self) -> Mapping[Observation, int]:
        """Count all observations."""
        return sum(map(Counter, self.groups), Counter(self._alone))

    def scored(self, score: Callable[[Observation], float]) -> "Scored":
        """Give each cluster's sum of scores, repeats averaged within an example first."""
        groups = [
            Cluster(sum(sum(map(score, repeats)) / len(repeats) for repeats in group.values()), len(group))
            for group in self._clusters.values()
        ]
        return Scored(self._alone, score, groups)


class Scored(Collection[Cluster]):
    """Clusters of one, made whenever somebody looks at them: a list of a million takes more than what was counted."""

    def __init__(
        self, alone: Mapping[Observation, int], score: Callable[[Observation], float], groups: Sequence[Cluster]
    ) -> None:
        self._alone, self._score, self._groups = alone, score, groups

    def __len__(self) -> int:
        return sum(self._alone.values()) + len(self._groups)

    def __iter__(self) -> Iterator[Cluster]:
        alone = (repeat(Cluster(self._score(seen), 1), count) for seen, count in self._alone.items())
        return chain(chain.from_iterable(alone), self._groups)

    @property
    def kinds(self) -> Iterator[Cluster]:
        """Give every cluster, those of examples that stand alone once for each observation."""
        return chain((Cluster(self._score(seen), 1) for seen in self._alone), self._groups)

    @property
    def total(self) -> float:
        """Sum up the scores of all clusters."""
        alone = (repeat(self._score(seen), count) for seen, count in self._alone.items())
        return fsum(chain(chain.from_iterable(alone), (group.total for group in self._groups)))

    def __contains__(self, cluster: object) -> bool:
        return any(cluster == each for each in self)
