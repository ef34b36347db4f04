"""Choosing examples: the same catalogue, wish and seed give the same examples, in every order of the entries."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from fmops_api.evaluationplan import Catalog, ResolvedSet
from fmops_api.evaluationrun import Examples, SampleStrategy
from fmops_api.promptcatalog import Example, Origin, Polarity
from fmops_serving.prompts.errors import ExamplesNotFoundError
from fmops_serving.prompts.faults import did_you_mean


class Chosen(NamedTuple):
    """An example that is asked, with its name in the whole catalogue: set/id."""

    unique_id: str
    example: Example


def choose(catalog: Catalog, wanted: Examples) -> list[Chosen]:
    """Choose by set, split, provenance, limit and sample; ordered by set/id.

    Random keeps the examples whose seeded hash is lowest, so that a new example moves at most one other. Stratified
    gives every label its share, by largest remainder; unlabelled examples are a class of their own.
    Examples of polarity Negative come without their references. Raises ExamplesNotFoundError.
    """
    pool = [example for example_set in _sets(catalog, wanted) for example in _of(example_set, wanted.provenance)]
    if not pool:
        of_split = f" of split {wanted.split}" if wanted.split else ""
        of_kind = f" with provenance {' or '.join(wanted.provenance)}" if wanted.provenance else ""
        raise ExamplesNotFoundError(f"no examples{of_split}{of_kind} in {', '.join(sorted(wanted.sets))}")
    pool.sort(key=_name)
    if wanted.limit is None or len(pool) <= wanted.limit:
        return pool
    if wanted.sample is None:
        return pool[: wanted.limit]
    if wanted.sample.strategy == SampleStrategy.RANDOM:
        return sorted(_lowest(pool, wanted.limit, wanted.sample.seed), key=_name)
    return sorted(_stratified(pool, wanted.limit, wanted.sample.seed), key=_name)


def values_of(example: Example) -> dict[str, Any]:
    """Give the values to render with: its variables, and `input` when it has one."""
    return {**(example.variables or {}), **({} if example.input is None else {"input": example.input})}


def _sets(catalog: Catalog, wanted: Examples) -> Iterable[ResolvedSet]:
    known = {example_set.name: example_set for example_set in catalog.example_sets}
    for name in sorted(set(wanted.sets)):
        if name not in known:
            raise ExamplesNotFoundError(f"the catalogue has no example set {name}{did_you_mean(name, known)}")
        if wanted.split in (None, known[name].split):
            yield known[name]


def _of(example_set: ResolvedSet, origins: Sequence[Origin] | None) -> list[Chosen]:
    return [
        Chosen(f"{example_set.name}/{example.id}", _as_asked(example))
        for example in example_set.examples
        if origins is None or (example.provenance is not None and example.provenance.kind in origins)
    ]


def _as_asked(example: Example) -> Example:
    """Leave out references that show what must not be answered: nothing may take them for good answers."""
    if example.polarity != Polarity.NEGATIVE or example.references is None:
        return example
    return example.model_copy(update={"references": None})


def _name(chosen: Chosen) -> str:
    return chosen.unique_id


def _lowest(pool: Sequence[Chosen], size: int, seed: int) -> list[Chosen]:
    return sorted(pool, key=lambda chosen: hashlib.sha256(f"{seed}:{chosen.unique_id}".encode()).digest())[:size]


def _stratified(pool: Sequence[Chosen], size: int, seed: int) -> list[Chosen]:
    strata: dict[tuple[bool, str], list[Chosen]] = defaultdict(list)
    for chosen in pool:
        strata[(chosen.example.label is None, chosen.example.label or "")].append(chosen)
    shares = _shares({key: len(members) for key, members in strata.items()}, size)
    return [chosen for key, members in strata.items() for chosen in _lowest(members, shares[key], seed)]


def _shares(sizes: dict[tuple[bool, str], int], size: int) -> dict[tuple[bool, str], int]:
    """Divide by largest remainder; equal remainders go by label."""
    total = sum(sizes.values())
    exact = {key: Fraction(size * count, total) for key, count in sizes.items()}
    shares = {key: int(share) for key, share in exact.items()}
    by_remainder = sorted(exact, key=lambda key: (shares[key] - exact[key], key))
    for key in by_remainder[: size - sum(shares.values())]:
        shares[key] += 1
    return shares
