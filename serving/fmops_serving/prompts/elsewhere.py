"""Examples that a bundle only names by digest: which sources a run needs, and the sets once somebody has read them."""

from collections.abc import Iterable, Mapping, Sequence

from fmops_api.catalogsource import SourceReport
from fmops_api.evaluationplan import Catalog, PlannedJudge, ResolvedSet
from fmops_api.evaluationrun import Examples
from fmops_api.judge import Judge
from fmops_api.promptcatalog import Example, PromptCatalogSpec
from fmops_serving.prompts.errors import ExamplesNotFoundError
from fmops_serving.prompts.examples import choose


def sets_of(examples: Examples, judges: Iterable[Judge | PlannedJudge]) -> set[str]:
    """Name the example sets that a run looks at: what is asked, and what judges are held against."""
    plain = [each.judge if isinstance(each, PlannedJudge) else each for each in judges]
    calibrating = [name for judge in plain if judge.calibration for name in judge.calibration.sets]
    return {*examples.sets, *calibrating}


def allowed_labels(spec: PromptCatalogSpec, source: str) -> list[str] | None:
    """Give the labels that every example set on a source has among its classes; None where no set names any."""
    declared = [set(each.labels) for each in spec.example_sets or () if each.source == source and each.labels]
    return sorted(set.intersection(*declared)) if declared else None


def sources_of(catalog: Catalog, sets: Iterable[str]) -> dict[str, SourceReport]:
    """Give what is known of the sources, by name, that hold examples of these sets and are not read yet."""
    wanted = set(sets)
    found = [each.source for each in catalog.example_sets if each.name in wanted and each.is_elsewhere]
    return {source.name: source for source in found if source}


def filled(catalog: Catalog, examples: Mapping[str, Sequence[Example]]) -> Catalog:
    """Put the examples of sources, by name, in place; the catalogue's digest stays that of its bundle."""
    sets = [_filled(each, examples) for each in catalog.example_sets]
    return catalog.model_copy(update={"example_sets": sets})


def _filled(example_set: ResolvedSet, examples: Mapping[str, Sequence[Example]]) -> ResolvedSet:
    if example_set.source is None or example_set.source.name not in examples:
        return example_set
    found = list(examples[example_set.source.name])
    labels = sorted({example.label for example in found if example.label is not None})
    return example_set.model_copy(update={"examples": found, "labels": example_set.labels or labels or None})


def how_many(catalog: Catalog, wanted: Examples) -> int:
    """Count the examples that `choose` will give, from what is known of sources; raises ExamplesNotFoundError."""
    elsewhere = sum(_matching(source, wanted) for source in _asked_sources(catalog, wanted))
    unlimited = wanted.model_copy(update={"limit": None})
    try:
        here = len(choose(catalog, unlimited))
    except ExamplesNotFoundError:
        if not elsewhere or set(wanted.sets) - {each.name for each in catalog.example_sets}:
            raise
        here = 0
    return min(here + elsewhere, wanted.limit or here + elsewhere)


def comparable(catalog: Catalog, wanted: Examples) -> list[Example]:
    """Give the chosen examples, and for those elsewhere one that has what any of them has to compare with."""
    known = [specimen for source in _asked_sources(catalog, wanted) for specimen in _specimens(source)]
    try:
        return [*(chosen.example for chosen in choose(catalog, wanted)), *known]
    except ExamplesNotFoundError:
        return known


def _asked_sources(catalog: Catalog, wanted: Examples) -> list[SourceReport]:
    return [
        each.source
        for each in catalog.example_sets
        if each.source and each.is_elsewhere and each.name in wanted.sets and wanted.split in (None, each.split)
    ]


def _matching(source: SourceReport, wanted: Examples) -> int:
    if wanted.provenance is None:
        return source.entries
    return sum(source.holdings.provenance.get(str(kind), 0) for kind in set(wanted.provenance))


def _specimens(source: SourceReport) -> list[Example]:
    labelled = [Example(id="labelled", references=["-"])] if source.holdings.labelled else []
    return [*labelled, *([Example(id="classified", label="-")] if source.holdings.classified else [])]
