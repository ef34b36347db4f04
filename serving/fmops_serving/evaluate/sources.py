"""Examples that a bundle names by digest only: read where they stand, and refused when they are others by now."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fmops_api.catalogsource import CatalogSource, SourceReport
from fmops_api.evaluationplan import Catalog, EvaluationPlan, ResolvedSet
from fmops_api.evaluationrun import Examples
from fmops_api.promptcatalog import Example
from fmops_api.reasons import PromptCatalogReason
from fmops_serving.evaluate.errors import BadInput, NotMeasured, SourceChanged
from fmops_serving.evaluate.shelf import Shelf, ShelvedDigests
from fmops_serving.evaluate.stopping import run_until_told
from fmops_serving.prompts.elsewhere import filled, sources_of
from fmops_serving.prompts.errors import PromptError
from fmops_serving.prompts.examples import as_asked, nothing_found, sets_of_split
from fmops_serving.prompts.judges import judge_faults
from fmops_serving.prompts.sources import SourceCount, SourceReader
from fmops_serving.prompts.steps import find_prompt
from fmops_serving.resolve.places import Reach, Unresolved
from fmops_serving.resolve.reading import examples_of

_GONE = (PromptCatalogReason.SOURCE_NOT_FOUND, PromptCatalogReason.SOURCE_UNREADABLE)


class Stocked(NamedTuple):
    """A catalogue with the examples that the plan needs."""

    catalog: Catalog
    shelf: Shelf | None
    """Those that are asked, where any of them stands elsewhere."""


def with_sources(catalog: Catalog, plan: EvaluationPlan, sources: Sequence[CatalogSource], reach: Reach) -> Stocked:
    """Read the examples that the plan needs and the bundle does not hold.

    Those that are asked go on a shelf; those that judges are held against are few, and go into the catalogue.
    Raises SourceChanged, BadInput or NotMeasured.
    """
    asked = sources_of(catalog, plan.examples.sets)
    judges = [each.judge for each in plan.judges or () if each.judge.calibration]
    held = sources_of(catalog, [name for j in judges if j.calibration for name in j.calibration.sets])
    if not asked and not held:
        return Stocked(catalog, None)
    given = {source.name: source for source in sources}
    if missing := sorted((asked.keys() | held.keys()) - given.keys()):
        raise BadInput(f"the examples of {', '.join(missing)} are not in the bundle: say where they are with --source")
    return run_until_told(_stocked(catalog, plan, _Places(given, {**asked, **held}, reach), held))


@dataclass(frozen=True)
class _Places:
    """Where sources are, and what they held when the catalogue read them."""

    given: Mapping[str, CatalogSource]
    reports: Mapping[str, SourceReport]
    reach: Reach

    async def read(self, name: str) -> AsyncIterator[Example]:
        """Give the examples of a source; raises SourceChanged or NotMeasured, at the latest after the last one."""
        source, report = self.given[name], self.reports[name]
        count = SourceCount(name, ShelvedDigests())
        try:
            async for example in examples_of(source, SourceReader(name, known=True), self.reach, count):
                yield example
        except Unresolved as error:
            if error.reason in _GONE:
                raise SourceChanged(f"the source {name} changed since the catalogue read it: {error}") from None
            raise NotMeasured(str(error)) from None
        found = count.report()
        if found.digest != report.digest:
            what = f"{found.entries} examples with {found.digest}, not {report.entries} with {report.digest}"
            raise SourceChanged(f"the source {name} changed since the catalogue read it: it holds {what}")


async def _stocked(
    catalog: Catalog, plan: EvaluationPlan, places: _Places, held: Mapping[str, SourceReport]
) -> Stocked:
    complete = filled(catalog, {name: [each async for each in places.read(name)] for name in held})
    _check_judges(plan, complete)
    if not sources_of(catalog, plan.examples.sets):
        return Stocked(complete, None)
    shelf = Shelf()
    try:
        labels = {
            each.name: await _put_on(shelf, each, plan.examples, places)
            for each in sets_of_split(catalog, plan.examples)
        }
        shelf.choose(plan.examples)
        if not len(shelf):
            raise nothing_found(plan.examples)
    except PromptError as error:
        raise BadInput(str(error)) from None
    sets = [
        each.model_copy(update={"labels": each.labels or sorted(labels.get(each.name, ())) or None})
        for each in complete.example_sets
    ]
    return Stocked(complete.model_copy(update={"example_sets": sets}), shelf)


async def _put_on(shelf: Shelf, example_set: ResolvedSet, wanted: Examples, places: _Places) -> set[str]:
    """Put the examples of a set on the shelf; gives all its labels."""
    labels = set[str]()

    def put(example: Example) -> None:
        if example.label is not None:
            labels.add(example.label)
        if asked := as_asked(example, wanted):
            shelf.add(f"{example_set.name}/{example.id}", asked)

    if example_set.is_elsewhere and example_set.source:
        async for example in places.read(example_set.source.name):
            put(example)
    else:
        for example in example_set.examples:
            put(example)
    return labels


def _check_judges(plan: EvaluationPlan, catalog: Catalog) -> None:
    """Hold judges against answers that nobody could look at before; raises BadInput."""
    prompt = find_prompt(catalog, plan.template, plan.chain)
    elsewhere = {each.name for each in catalog.example_sets if each.source}
    for planned in plan.judges or ():
        calibration = planned.judge.calibration
        if prompt and calibration and elsewhere & set(calibration.sets):
            for fault in judge_faults(planned.judge, catalog, prompt):
                raise BadInput(str(fault))
