"""Examples that a bundle names by digest only: read where they stand, and refused when they are others by now."""

from collections.abc import Mapping, Sequence

from fmops_api.catalogsource import CatalogSource, SourceReport
from fmops_api.evaluationplan import Catalog, EvaluationPlan
from fmops_api.promptcatalog import Example
from fmops_api.reasons import PromptCatalogReason
from fmops_serving.evaluate.errors import BadInput, NotMeasured, SourceChanged
from fmops_serving.evaluate.stopping import run_until_told
from fmops_serving.prompts.elsewhere import filled, sets_of, sources_of
from fmops_serving.prompts.judges import judge_faults
from fmops_serving.prompts.steps import find_prompt
from fmops_serving.resolve.places import Reach, Unresolved
from fmops_serving.resolve.reading import read_examples

_GONE = (PromptCatalogReason.SOURCE_NOT_FOUND, PromptCatalogReason.SOURCE_UNREADABLE)


def with_sources(catalog: Catalog, plan: EvaluationPlan, sources: Sequence[CatalogSource], reach: Reach) -> Catalog:
    """Put the examples in place that the plan needs; raises SourceChanged, BadInput or NotMeasured."""
    needed = sources_of(catalog, sets_of(plan.examples, plan.judges or ()))
    if not needed:
        return catalog
    given = {source.name: source for source in sources}
    if missing := sorted(needed.keys() - given.keys()):
        raise BadInput(f"the examples of {', '.join(missing)} are not in the bundle: say where they are with --source")
    examples = run_until_told(_read(needed, given, reach))
    complete = filled(catalog, examples)
    _check_judges(plan, complete)
    return complete


async def _read(
    needed: Mapping[str, SourceReport], given: Mapping[str, CatalogSource], reach: Reach
) -> dict[str, list[Example]]:
    return {name: await _unchanged(given[name], report, reach) for name, report in needed.items()}


async def _unchanged(source: CatalogSource, report: SourceReport, reach: Reach) -> list[Example]:
    try:
        found, examples = await read_examples(source, None, reach)
    except Unresolved as error:
        if error.reason in _GONE:
            raise SourceChanged(f"the source {source.name} changed since the catalogue read it: {error}") from None
        raise NotMeasured(str(error)) from None
    if found.digest != report.digest:
        what = f"{found.entries} examples with {found.digest}, not {report.entries} with {report.digest}"
        raise SourceChanged(f"the source {source.name} changed since the catalogue read it: it holds {what}")
    return examples


def _check_judges(plan: EvaluationPlan, catalog: Catalog) -> None:
    """Hold judges against answers that nobody could look at before; raises BadInput."""
    prompt = find_prompt(catalog, plan.template, plan.chain)
    elsewhere = {each.name for each in catalog.example_sets if each.source}
    for planned in plan.judges or ():
        calibration = planned.judge.calibration
        if prompt and calibration and elsewhere & set(calibration.sets):
            for fault in judge_faults(planned.judge, catalog, prompt):
                raise BadInput(str(fault))
