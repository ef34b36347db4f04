"""Manifests from files, held to the same types and rules as in the cluster, for one evaluation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fmops_api.card import Pricing
from fmops_api.evaluationplan import Catalog
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.foundationmodel import FoundationModel
from fmops_api.meta import Resource
from fmops_api.promptcatalog import PromptCatalog
from fmops_serving.evaluate.errors import BadInput
from fmops_serving.evaluate.laptop.sources import read_sources
from fmops_serving.prices.pricelist import read_prices
from fmops_serving.prompts.catalog import resolve
from fmops_serving.prompts.elsewhere import filled
from fmops_serving.prompts.faults import Fault, did_you_mean
from fmops_serving.validate.documents import Document, read_documents
from fmops_serving.validate.files import Unreadable, read_all
from fmops_serving.validate.findings import Finding
from fmops_serving.validate.links import Known, run_links, source_texts
from fmops_serving.validate.objects import check

Place = tuple[str, str]
"""Namespace and name."""


@dataclass(frozen=True)
class Files:
    """What is at hand here."""

    known: Known
    volumes: Mapping[str, Path]
    """Folders in place of claims."""


@dataclass(frozen=True)
class Evaluation:
    """What one EvaluationRun names, as far as it is among the files."""

    run: EvaluationRun
    catalog: Catalog
    models: Mapping[str, FoundationModel]
    price_list: Mapping[str, Pricing] = field(default_factory=dict)
    """What spec.prices stands for; empty when the run names none."""


def load(files: Sequence[str], wanted: str | None, volumes: Mapping[str, Path] | None = None) -> Evaluation:
    """Read the files and pick the run; `volumes` are folders in place of claims that the catalogue has sources on.

    Raises BadInput with the first thing that is wrong, by file and line.
    """
    documents = _documents(files)
    objects = [(document, _checked(document)) for document in documents]
    runs = {document.key[1:]: found for document, found in objects if isinstance(found, EvaluationRun)}
    place = _pick(list(runs), wanted)
    known = Known(
        {document.key[1:]: found for document, found in objects if isinstance(found, FoundationModel)},
        {},
        {document.key[1:]: document for document in documents if document.kind == "ConfigMap"},
    )
    catalog = _catalog(runs[place], place, objects, Files(known, volumes or {}))
    by_place = Known(known.models, {(place[0], runs[place].spec.catalog.name): catalog}, known.config_maps)
    document = next(document for document, found in objects if found is runs[place])
    _refuse(document, run_links(runs[place], place[0], by_place).faults)
    models = {name: model for (namespace, name), model in known.models.items() if namespace == place[0]}
    return Evaluation(runs[place], catalog, models, _price_list(runs[place], place, known))


def _price_list(run: EvaluationRun, place: Place, known: Known) -> Mapping[str, Pricing]:
    """Read the price list, which has no faults by now; raises BadInput when it is not among the files."""
    if run.spec.prices is None:
        return {}
    where = run.spec.prices.config_map
    document = known.config_maps.get((place[0], where.name))
    if document is None:
        raise BadInput(f"{place[1]} wants the ConfigMap {where.name} for prices: add it with -f")
    return read_prices(document.value["data"][where.key])


def _documents(files: Sequence[str]) -> list[Document]:
    documents = []
    for text in read_all(list(files)):
        if isinstance(text, Unreadable):
            raise BadInput(f"{text.name}: {text.message}")
        for document in read_documents(text):
            if isinstance(document, Finding):
                raise BadInput(str(document))
            documents.append(document)
    return documents


def _checked(document: Document) -> Resource[Any, Any] | None:
    """Read an object of ours; None when it is somebody else's."""
    resource, faults = check(document)
    _refuse(document, faults)
    return resource


def _refuse(document: Document, faults: Sequence[Fault]) -> None:
    if faults:
        more = f" (and {len(faults) - 1} more; fmops validate lists them)" if len(faults) > 1 else ""
        raise BadInput(f"{document.fault(*faults[0])}{more}")


def _pick(runs: Sequence[Place], wanted: str | None) -> Place:
    names = [name for _, name in runs]
    if wanted is None and len(runs) == 1:
        return runs[0]
    if wanted is None:
        said = f"{len(runs)} EvaluationRuns ({', '.join(names)}): say which with --run" if runs else "no EvaluationRun"
        raise BadInput(f"the files hold {said}")
    found = [place for place in runs if place[1] == wanted]
    if len(found) != 1:
        said = "more than one EvaluationRun" if found else "no EvaluationRun"
        raise BadInput(f"--run {wanted}: the files hold {said} of that name{did_you_mean(wanted, names)}")
    return found[0]


def _catalog(
    run: EvaluationRun, place: Place, objects: Sequence[tuple[Document, Resource[Any, Any] | None]], files: Files
) -> Catalog:
    """Resolve the run's catalogue with the ConfigMaps among the files, and what its other sources hold."""
    for document, found in objects:
        if isinstance(found, PromptCatalog) and document.key[1:] == (place[0], run.spec.catalog.name):
            texts, links = source_texts(found, place[0], files.known)
            bulky = {source.place for source in found.spec.sources or () if source.bulky}
            for name in links.outside:
                if name not in bulky:
                    raise BadInput(f"{document.subject}: its source {name} is not among the files: add it with -f")
            _refuse(document, links.faults)
            read = read_sources(found.spec, files.volumes)
            resolution = resolve(found.spec, texts, {name: report for name, (report, _) in read.items()})
            _refuse(document, resolution.faults)
            if resolution.catalog is not None:
                return filled(resolution.catalog, {name: examples for name, (_, examples) in read.items()})
    raise BadInput(
        f"{place[1]} wants the PromptCatalog {run.spec.catalog.name}, which is not among the files: add it with -f"
    )
