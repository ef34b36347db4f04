"""What objects say of each other, as far as the other object is among the files."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from fmops_api.evaluationplan import Catalog
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.foundationmodel import FoundationModel, Task
from fmops_api.metricscale import lack
from fmops_api.promptcatalog import Example, PromptCatalog
from fmops_serving.prompts.errors import PromptError
from fmops_serving.prompts.examples import choose
from fmops_serving.prompts.faults import Fault, did_you_mean
from fmops_serving.prompts.references import find_template, pinned
from fmops_serving.validate.documents import Document
from fmops_serving.validate.trial import misfit

_ANSWERING = frozenset({Task.CHAT, Task.COMPLETION})


class Known(NamedTuple):
    """What the files hold, by namespace and name; a catalogue that is faulty or lacks a source has no content."""

    models: Mapping[tuple[str, str], FoundationModel]
    catalogs: Mapping[tuple[str, str], Catalog | None]
    config_maps: Mapping[tuple[str, str], Document]


class Links(NamedTuple):
    """Faults of an object's references, and the references that lead out of the files."""

    faults: list[Fault]
    outside: list[str]


def source_texts(catalog: PromptCatalog, namespace: str, known: Known) -> tuple[dict[str, str], Links]:
    """Find the sources of a catalogue in the ConfigMaps among the files."""
    texts: dict[str, str] = {}
    links = Links([], [])
    for source in catalog.spec.sources or []:
        reference, path = source.config_map, f"spec.sources[{source.name}].configMap"
        document = known.config_maps.get((namespace, reference.name))
        if document is None:
            links.outside.append(f"ConfigMap/{reference.name}")
            continue
        data = document.value.get("data")
        data = data if isinstance(data, dict) else {}
        if isinstance(data.get(reference.key), str):
            texts[source.name] = data[reference.key]
        else:
            near = did_you_mean(reference.key, data)
            links.faults.append(Fault(f"{path}.key", f"ConfigMap {reference.name} has no {reference.key}{near}"))
    return texts, links


def run_links(run: EvaluationRun, namespace: str, known: Known) -> Links:
    """Follow the references of an evaluation: candidates, catalogue, template, examples, metrics."""
    links = Links([], [])
    for reference in run.spec.candidates.models:
        model = known.models.get((namespace, reference.name))
        if model is None:
            links.outside.append(f"FoundationModel/{reference.name}")
        elif model.spec.task not in _ANSWERING:
            sentence = f"has task {model.spec.task}: an evaluation asks Chat and Completion models"
            links.faults.append(Fault(f"spec.candidates.models[{reference.name}]", sentence))
    if (namespace, run.spec.catalog.name) not in known.catalogs:
        links.outside.append(f"PromptCatalog/{run.spec.catalog.name}")
    elif catalog := known.catalogs[namespace, run.spec.catalog.name]:
        links.faults.extend(_catalog_faults(run, catalog))
    return links


def _catalog_faults(run: EvaluationRun, catalog: Catalog) -> Iterator[Fault]:
    template = find_template(catalog.templates, run.spec.template)
    if template is None:
        known = {pinned(found) for found in catalog.templates}
        known |= {f"{found.name}@{label}" for found in catalog.templates for label in found.labels or ()}
        near = did_you_mean(run.spec.template, known)
        yield Fault("spec.template", f"PromptCatalog {run.spec.catalog.name} has no {run.spec.template}{near}")
    try:
        chosen = choose(catalog, run.spec.examples)
    except PromptError as error:
        yield Fault("spec.examples", str(error))
        return
    yield from _metric_faults(run, [example for _, example in chosen])
    for unique_id, example in chosen if template else ():
        if template and (sentence := misfit(template, example)):
            yield Fault("spec.template", f"example {unique_id} {sentence}")


def _metric_faults(run: EvaluationRun, examples: list[Example]) -> Iterator[Fault]:
    for metric in run.spec.metrics:
        if missing := lack(metric, examples):
            path = f"spec.metrics[{metric.name}].type"
            yield Fault(path, f"{metric.type} compares with {missing}, and none of the chosen examples has one")
