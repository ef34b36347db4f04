"""What one metric observed of all answers, kept by example and cluster as far as intervals need it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

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

    def scored(self, score: Callable[[Observation], float]) -> Sequence[Cluster]:
        """Give each cluster's sum of scores, repeats averaged within an example first."""
        alone = [each for seen, count in self._alone.items() for each in [Cluster(score(seen), 1)] * count]
        return alone + [
            Cluster(sum(sum(map(score, repeats)) / len(repeats) for repeats in group.values()), len(group))
            for group in self._clusters.values()
        ]
