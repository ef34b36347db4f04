"""What objects say of each other, as far as the other object is among the files."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fmops_api.evaluationplan import Catalog
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.foundationmodel import FoundationModel, Task
from fmops_api.metricscale import lack
from fmops_api.promptcatalog import Example, PromptCatalog
from fmops_api.rerun import fault_in
from fmops_api.shortlist import ANSWERING
from fmops_serving.prompts.errors import PromptError
from fmops_serving.prompts.examples import choose
from fmops_serving.prompts.faults import Fault, did_you_mean
from fmops_serving.prompts.judges import figure_faults, judge_faults, rubric_fault
from fmops_serving.prompts.steps import NOBODY, Prompt, find_prompt, not_found
from fmops_serving.shortlist.judging import faults_of
from fmops_serving.shortlist.measured import faults_of_selection
from fmops_serving.validate.documents import Document
from fmops_serving.validate.links_prices import price_faults
from fmops_serving.validate.trial import prompt_misfit


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
    """Find the sources of a catalogue in the ConfigMaps among the files; what a Job reads is not to be seen here."""
    texts: dict[str, str] = {}
    links = Links([], [])
    for source in catalog.spec.sources or []:
        reference, path = source.config_map, f"spec.sources[{source.name}].configMap"
        if reference is None:
            links.outside.append(source.place)
            continue
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
    """Follow the references of an evaluation: candidates, judges, catalogue, template, examples, metrics."""
    links = Links([], [])
    if fault := fault_in(run.spec.rerun):
        links.faults.append(Fault("spec.rerun.schedule", fault))
    constraints = run.spec.candidates.constraints or ()
    links.faults.extend(Fault(f"spec.candidates.constraints[{at}]", fault) for at, fault in faults_of(constraints))
    wrong = faults_of_selection(run.spec)
    links.faults.extend(Fault(f"spec.selection.constraints[{at}]", fault) for at, fault in wrong)
    for reference in run.spec.candidates.models or ():
        model = known.models.get((namespace, reference.name))
        if model is None:
            links.outside.append(f"FoundationModel/{reference.name}")
        elif model.spec.task not in ANSWERING:
            sentence = f"has task {model.spec.task}: an evaluation asks Chat and Completion models"
            links.faults.append(Fault(f"spec.candidates.models[{reference.name}]", sentence))
    links.faults.extend(_price_faults(run, namespace, known, links.outside))
    links.faults.extend(_step_model_faults(run, namespace, known, links.outside))
    links.faults.extend(_judging_model_faults(run, namespace, known, links.outside))
    links.faults.extend(_embedder_faults(run, namespace, known, links.outside))
    if (namespace, run.spec.catalog.name) not in known.catalogs:
        links.outside.append(f"PromptCatalog/{run.spec.catalog.name}")
    elif catalog := known.catalogs[namespace, run.spec.catalog.name]:
        links.faults.extend(_catalog_faults(run, catalog))
    return links


def _price_faults(run: EvaluationRun, namespace: str, known: Known, outside: list[str]) -> Iterator[Fault]:
    """Follow the price list; one that is not among the files goes to `outside`."""
    data: dict[str, Any] | None = None
    if run.spec.prices:
        document = known.config_maps.get((namespace, run.spec.prices.config_map.name))
        if document is None:
            outside.append(f"ConfigMap/{run.spec.prices.config_map.name}")
            return
        found = document.value.get("data")
        data = found if isinstance(found, dict) else {}
    models = {name: model for (where, name), model in known.models.items() if where == namespace}
    yield from price_faults(run, data, models)


def _step_model_faults(run: EvaluationRun, namespace: str, known: Known, outside: list[str]) -> Iterator[Fault]:
    """Follow the models that the steps of the run's chain name; those that are not among the files go to `outside`."""
    catalog = known.catalogs.get((namespace, run.spec.catalog.name))
    prompt = find_prompt(catalog, None, run.spec.chain) if catalog and run.spec.chain else None
    for step in prompt.steps if prompt else ():
        if step.model is None:
            continue
        model = known.models.get((namespace, step.model))
        if model is None and f"FoundationModel/{step.model}" not in outside:
            outside.append(f"FoundationModel/{step.model}")
        elif model is not None and model.spec.task not in ANSWERING:
            sentence = f"step {step.name} asks {step.model}, whose task is {model.spec.task}: Chat or Completion answer"
            yield Fault("spec.chain", sentence)


def _judging_model_faults(run: EvaluationRun, namespace: str, known: Known, outside: list[str]) -> Iterator[Fault]:
    """Follow the models that judge; those that are not among the files go to `outside`."""
    for judge in run.spec.judges or ():
        name = judge.model.name
        model = known.models.get((namespace, name))
        if model is None and f"FoundationModel/{name}" not in outside:
            outside.append(f"FoundationModel/{name}")
        elif model is not None and model.spec.task != Task.CHAT:
            sentence = f"{name} has task {model.spec.task}: only Chat models judge"
            yield Fault(f"spec.judges[{judge.name}].model", sentence)


def _embedder_faults(run: EvaluationRun, namespace: str, known: Known, outside: list[str]) -> Iterator[Fault]:
    """Follow the models that Cosine metrics name; those that are not among the files go to `outside`."""
    for metric in run.spec.metrics:
        name = metric.embedder.name if metric.embedder else None
        if name is None:
            continue
        model = known.models.get((namespace, name))
        if model is None and f"FoundationModel/{name}" not in outside:
            outside.append(f"FoundationModel/{name}")
        elif model is not None and model.spec.task != Task.EMBEDDING:
            sentence = f"{name} has task {model.spec.task}: only Embedding models turn texts into vectors"
            yield Fault(f"spec.metrics[{metric.name}].embedder", sentence)


def _catalog_faults(run: EvaluationRun, catalog: Catalog) -> Iterator[Fault]:
    prompt = find_prompt(catalog, run.spec.template, run.spec.chain)
    field = "spec.template" if run.spec.template else "spec.chain"
    if prompt is None:
        told = not_found(catalog, run.spec.template, run.spec.chain)
        yield Fault(field, f"PromptCatalog {run.spec.catalog.name} {told}")
    elif not prompt.asks_candidate:
        yield Fault(field, f"{prompt.reference}: {NOBODY}")
    yield from _judge_faults(run, catalog, prompt)
    try:
        chosen = choose(catalog, run.spec.examples)
    except PromptError as error:
        yield Fault("spec.examples", str(error))
        return
    yield from _metric_faults(run, [example for _, example in chosen])
    for unique_id, example in chosen if prompt else ():
        if prompt and (sentence := prompt_misfit(prompt, example)):
            yield Fault(field, f"example {unique_id} {sentence}")


def _judge_faults(run: EvaluationRun, catalog: Catalog, prompt: Prompt | None) -> Iterator[Fault]:
    for judge in run.spec.judges or ():
        if missing := rubric_fault(judge, catalog):
            yield missing
        elif prompt:
            yield from judge_faults(judge, catalog, prompt)
    yield from figure_faults(run.spec, catalog)


def _metric_faults(run: EvaluationRun, examples: list[Example]) -> Iterator[Fault]:
    for metric in run.spec.metrics:
        if missing := lack(metric, examples):
            path = f"spec.metrics[{metric.name}].type"
            yield Fault(path, f"{metric.type} compares with {missing}, and none of the chosen examples has one")
