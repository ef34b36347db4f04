"""Choosing examples: the same catalogue, wish and seed give the same examples, in every order of the entries."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from fmops_api.evaluationplan import Catalog, ResolvedSet
from fmops_api.evaluationrun import Examples, SampleStrategy
from fmops_api.promptcatalog import Example, Polarity
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
    pool = [
        Chosen(f"{example_set.name}/{example.id}", asked)
        for example_set in sets_of_split(catalog, wanted)
        for example in example_set.examples
        if (asked := as_asked(example, wanted))
    ]
    if not pool:
        raise nothing_found(wanted)
    pool.sort(key=_name)
    if wanted.limit is None or len(pool) <= wanted.limit:
        return pool
    if wanted.sample is None:
        return pool[: wanted.limit]
    if wanted.sample.strategy == SampleStrategy.RANDOM:
        return sorted(_lowest(pool, wanted.limit, wanted.sample.seed), key=_name)
    return sorted(_stratified(pool, wanted.limit, wanted.sample.seed), key=_name)


def nothing_found(wanted: Examples) -> ExamplesNotFoundError:
    """Say that no example is of the wanted kind."""
    of_split = f" of split {wanted.split}" if wanted.split else ""
    of_kind = f" with provenance {' or '.join(wanted.provenance)}" if wanted.provenance else ""
    return ExamplesNotFoundError(f"no examples{of_split}{of_kind} in {', '.join(sorted(wanted.sets))}")


def values_of(example: Example) -> dict[str, Any]:
    """Give the values to render with: its variables, and `input` when it has one."""
    return {**(example.variables or {}), **({} if example.input is None else {"input": example.input})}


def sets_of_split(catalog: Catalog, wanted: Examples) -> Iterable[ResolvedSet]:
    """Give the wanted sets that are of the wanted split; raises ExamplesNotFoundError for one that is not there."""
    known = {example_set.name: example_set for example_set in catalog.example_sets}
    for name in sorted(set(wanted.sets)):
        if name not in known:
            raise ExamplesNotFoundError(f"the catalogue has no example set {name}{did_you_mean(name, known)}")
        if wanted.split in (None, known[name].split):
            yield known[name]


def as_asked(example: Example, wanted: Examples) -> Example | None:
    """Give an example as it is asked, None when its provenance is not wanted.

    References that show what must not be answered are left out: nothing may take them for good answers.
    """
    if wanted.provenance is not None and (
        example.provenance is None or example.provenance.kind not in wanted.provenance
    ):
        return None
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
    divided = shares({key: len(members) for key, members in strata.items()}, size)
    return [chosen for key, members in strata.items() for chosen in _lowest(members, divided[key], seed)]


def shares(sizes: dict[tuple[bool, str], int], size: int) -> dict[tuple[bool, str], int]:
    """Divide by largest remainder; equal remainders go by label."""
    total = sum(sizes.values())
    exact = {key: Fraction(size * count, total) for key, count in sizes.items()}
    whole = {key: int(share) for key, share in exact.items()}
    by_remainder = sorted(exact, key=lambda key: (whole[key] - exact[key], key))
    for key in by_remainder[: size - sum(whole.values())]:
        whole[key] += 1
    return whole
