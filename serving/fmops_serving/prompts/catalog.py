"""A catalogue as one artefact: resolved from its sources, checked, put in canonical form and named by its digest."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import rfc8785
from pydantic import ValidationError

from fmops_api.catalogsource import SourceReport
from fmops_api.evaluationplan import Catalog, ResolvedSet
from fmops_api.promptcatalog import Counts, ExampleSet, Polarity, PromptCatalogSpec, SourceStatus
from fmops_serving.prompts.canonical import canonical_json
from fmops_serving.prompts.check import catalog_faults, set_faults
from fmops_serving.prompts.errors import CatalogError
from fmops_serving.prompts.faults import Fault
from fmops_serving.prompts.sentences import sentences
from fmops_serving.prompts.sources import SourceContent, is_labelled, read_source

_PARTS = ("templates", "rubrics", "exampleSets")
_LATER_PARTS = ("chains",)
_ORDERLESS = {
    "templates": ("name", "version"),
    "chains": ("name", "version"),
    "steps": ("name",),
    "rubrics": ("name", "version"),
    "exampleSets": ("name",),
    "variables": ("name",),
    "criteria": ("name",),
    "examples": ("id",),
}
"""Lists whose order says nothing, with the fields that name their items."""
_SETS = frozenset({"labels", "tags"})
_OPAQUE = frozenset({"outputSchema"})
"""Content that is not ours: its lists keep their order, whatever they are called."""


class Resolution(NamedTuple):
    """A resolved catalogue, or the faults that prevent it; `sources` says what was read either way."""

    catalog: Catalog | None
    faults: tuple[Fault, ...]
    sources: tuple[SourceStatus, ...]


def resolve(
    spec: PromptCatalogSpec, sources: Mapping[str, str], reports: Mapping[str, SourceReport] | None = None
) -> Resolution:
    """Join the spec with its sources, by name, and check every entry.

    A source is here as JSON lines, or as the report on one that stays where it is.
    """
    reports = reports or {}
    names = list(dict.fromkeys(source.name for source in spec.sources or [] if source.name not in reports))
    read = {name: read_source(name, sources[name]) for name in names if name in sources}
    sets = [_with_examples(example_set, read) for example_set in spec.example_sets or []]
    faults = [
        *catalog_faults(spec),
        *(Fault(f"spec.sources[{name}]", "its content was not found") for name in names if name not in read),
        *(fault for content in read.values() for fault in content.faults),
        *(fault for example_set in sets for fault in set_faults(example_set)),
        *(fault for example_set in sets for fault in _number_faults(example_set)),
    ]
    statuses = tuple(content.status for content in read.values())
    return Resolution(None if faults else _catalog(spec, sets, reports), tuple(faults), statuses)


def canonical(catalog: Catalog) -> bytes:
    """Write a catalogue as canonical JSON (RFC 8785), the same for every order of its entries."""
    whole = catalog.to_manifest()
    # Kinds that came later are left out where there are none: earlier catalogues keep their digests.
    parts = (*_PARTS, *(key for key in _LATER_PARTS if whole[key]))
    return canonical_json({key: _ordered(key, whole[key]) for key in parts})


def parse(bundle: bytes | str, expected: str = "") -> Catalog:
    """Read what `canonical` wrote, with the digest of what was read; raises CatalogError with a sentence.

    Bytes that have the expected digest as they are need not be put in canonical form again to have it.
    """
    try:
        catalog = Catalog.model_validate(json.loads(bundle))
        as_it_is = _sha256(bundle.encode() if isinstance(bundle, str) else bundle)
        return catalog.model_copy(update={"digest": as_it_is if as_it_is == expected else _digest(catalog)})
    except ValidationError as error:
        path, text = next(sentences(error, Catalog))
        raise CatalogError(f"the bundle is no catalogue of this version: {path}: {text}") from None
    except (ValueError, RecursionError) as error:
        raise CatalogError(f"the bundle is not JSON: {error}") from None


def counts(catalog: Catalog) -> Counts:
    """Say how much the catalogue holds."""
    examples = [example for example_set in catalog.example_sets for example in example_set.examples]
    elsewhere = [each.source for each in catalog.example_sets if each.source and each.is_elsewhere]
    polarities = Counter(example.polarity for example in examples)
    labelled = sum(1 for example in examples if is_labelled(example)) + sum(s.holdings.labelled for s in elsewhere)
    return Counts(
        templates=len(catalog.templates),
        chains=len(catalog.chains),
        rubrics=len(catalog.rubrics),
        labelled=labelled,
        unlabelled=len(examples) + sum(source.entries for source in elsewhere) - labelled,
        positive=polarities[Polarity.POSITIVE] + sum(source.holdings.positive for source in elsewhere),
        negative=polarities[Polarity.NEGATIVE] + sum(source.holdings.negative for source in elsewhere),
    )


def _with_examples(example_set: ExampleSet, read: Mapping[str, SourceContent]) -> ExampleSet:
    """Put a source's examples in place; without validation, for a source may hold more than an object may."""
    if example_set.source is None:
        return example_set
    content = read.get(example_set.source)
    return example_set.model_copy(update={"examples": content.examples if content else []})


def _catalog(spec: PromptCatalogSpec, sets: list[ExampleSet], reports: Mapping[str, SourceReport]) -> Catalog:
    catalog = Catalog(
        templates=spec.templates or [],
        chains=spec.chains or [],
        rubrics=spec.rubrics or [],
        example_sets=[_resolved(example_set, reports) for example_set in sets],
    )
    return catalog.model_copy(update={"digest": _digest(catalog)})


def _resolved(example_set: ExampleSet, reports: Mapping[str, SourceReport]) -> ResolvedSet:
    examples = example_set.examples or []
    found = sorted({example.label for example in examples if example.label is not None})
    return ResolvedSet(
        name=example_set.name,
        split=example_set.split,
        language=example_set.language,
        labels=example_set.labels or found or None,
        source=reports.get(example_set.source or ""),
        examples=examples,
    )


def _number_faults(example_set: ExampleSet) -> Iterator[Fault]:
    """Find what canonical JSON cannot carry: whole numbers beyond ±(2^53 - 1), infinities, half characters."""
    for example in example_set.examples or []:
        try:
            canonical_json(example.to_manifest())
        except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
            yield Fault(
                f"spec.exampleSets[{example_set.name}].examples[{example.id}]", f"cannot be kept as JSON: {error}"
            )


def _digest(catalog: Catalog) -> str:
    return _sha256(canonical(catalog))


def _sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _ordered(key: str, value: Any) -> Any:
    """Sort what has no order. The values of an example's own variables are data and keep theirs."""
    if key in _OPAQUE or (isinstance(value, dict) and key == "variables"):
        return value
    if isinstance(value, dict):
        return {name: _ordered(name, part) for name, part in value.items()}
    if not isinstance(value, list):
        return value
    if key in _SETS:
        return sorted(value)
    parts = [_ordered("", part) for part in value]
    fields = _ORDERLESS.get(key)
    return sorted(parts, key=lambda part: [part[field] for field in fields]) if fields else parts
