"""Validation of a whole set of files: each object, then what they say of each other."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePath

from fmops_api import GROUP
from fmops_api.evaluationplan import Catalog
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.foundationmodel import FoundationModel
from fmops_api.promptcatalog import PromptCatalog
from fmops_serving.prompts.catalog import resolve
from fmops_serving.prompts.faults import Fault
from fmops_serving.validate.documents import Document, read_documents
from fmops_serving.validate.files import Text, Unreadable
from fmops_serving.validate.findings import Finding
from fmops_serving.validate.links import Known, Links, run_links, source_texts
from fmops_serving.validate.links_guard import guard_faults
from fmops_serving.validate.objects import AnyResource, check
from fmops_serving.validate.trial import trial_faults

Stored = dict[tuple[str, str, str], Document]
_KUSTOMIZE = frozenset({"kustomization.yaml", "kustomization.yml"})


@dataclass
class Report:
    """What was checked and found."""

    checked: int = 0
    skipped: int = 0
    """Objects of other kinds."""
    findings: list[Finding] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    """Objects that are named and are not among the files, so that nothing is known about them."""

    @property
    def status(self) -> int:
        """Exit status: 0 valid, 1 faults, 2 something could not be read or nothing was there to check."""
        if self.unreadable or not (self.checked or self.findings):
            return 2
        return 1 if self.findings else 0


def validate_all(read: Iterable[Text | Unreadable], stored: Stored) -> Report:
    """Validate everything that was read, in its order; `stored` holds earlier versions by kind, namespace and name."""
    report = Report()
    valid: list[tuple[Document, AnyResource]] = []
    others: list[Document] = []
    for document in _documents(read, report):
        checked = check(document, stored.get(document.key))
        report.findings.extend(document.fault(*fault) for fault in checked.faults)
        if checked.resource is None and not checked.faults:
            others.append(document)
            continue
        report.checked += 1
        if checked.resource is not None:
            valid.append((document, checked.resource))
    report.skipped += len(others)
    _follow_links(valid, others, report)
    report.findings.sort(key=lambda finding: (finding.file, finding.line))
    return report


def stored_objects(read: Iterable[Text | Unreadable], report: Report) -> Stored:
    """Read earlier versions, by what makes them the same object."""
    return {document.key: document for document in _documents(read, report)}


def _documents(read: Iterable[Text | Unreadable], report: Report) -> list[Document]:
    found: list[Document] = []
    seen: dict[tuple[str, str, str], Document] = {}
    for text in read:
        if isinstance(text, Unreadable):
            report.unreadable.append(text)
            continue
        for document in read_documents(text):
            if isinstance(document, Finding):
                report.findings.append(document)
            elif not document.kind and PurePath(text.name).name in _KUSTOMIZE:
                report.skipped += 1
            else:
                report.findings.extend(_again(document, seen))
                found.append(document)
    return found


def _again(document: Document, seen: dict[tuple[str, str, str], Document]) -> list[Finding]:
    first = seen.setdefault(document.key, document)
    if first is document or not document.key[2] or not document.api_version.startswith(f"{GROUP}/"):
        return []
    where = f"{first.file}:{first.node.start_mark.line + 1}"
    return [document.fault("metadata.name", f"the same object stands in {where} already")]


def _follow_links(valid: list[tuple[Document, AnyResource]], others: list[Document], report: Report) -> None:
    catalogs: dict[tuple[str, str], Catalog | None] = {}
    known = Known(
        {document.key[1:]: found for document, found in valid if isinstance(found, FoundationModel)},
        catalogs,
        {document.key[1:]: document for document in others if document.kind == "ConfigMap"},
    )
    for document, resource in valid:
        if isinstance(resource, PromptCatalog):
            catalogs[document.key[1:]] = _resolved(document, resource, known, report)
    for document, resource in valid:
        if isinstance(resource, EvaluationRun):
            _note(document, run_links(resource, document.key[1], known), report)
        elif isinstance(resource, FoundationModel):
            links = Links([], [])
            links.faults.extend(guard_faults(resource, document.key[1], known.models, links.outside))
            _note(document, links, report)


def _resolved(document: Document, catalog: PromptCatalog, known: Known, report: Report) -> Catalog | None:
    """Resolve a catalogue and render it; of one with a source outside the files, only the entries are checked."""
    texts, links = source_texts(catalog, document.key[1], known)
    missing = {f"spec.sources[{source.name}]" for source in catalog.spec.sources or [] if source.name not in texts}
    resolution = resolve(catalog.spec, texts)
    faults = [fault for fault in resolution.faults if fault.path not in missing]
    faults.extend(trial_faults(resolution.catalog) if resolution.catalog else ())
    _note(document, Links([*links.faults, *faults], links.outside), report)
    return resolution.catalog


def _note(document: Document, links: Links, report: Report) -> None:
    told = {(finding.path, finding.message) for finding in report.findings if finding.subject == document.subject}
    new: list[Fault] = [fault for fault in dict.fromkeys(links.faults) if tuple(fault) not in told]
    report.findings.extend(document.fault(*fault) for fault in new)
    report.outside.extend(f"{document.subject} → {name}" for name in links.outside)
