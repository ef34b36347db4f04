"""Sources: JSON lines, one example a line."""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple, Protocol

import rfc8785
from pydantic import ValidationError

from fmops_api.catalogsource import ENTRIES_LIMIT, Holdings, SourceReport
from fmops_api.promptcatalog import Example, Polarity, SourceStatus
from fmops_serving.prompts.canonical import canonical_json
from fmops_serving.prompts.faults import Fault, did_you_mean
from fmops_serving.prompts.sentences import sentences

FAULTS_SHOWN = 20
"""Faulty lines of one source that are told one by one."""


class SourceContent(NamedTuple):
    """What a source holds."""

    status: SourceStatus
    examples: list[Example]
    faults: list[Fault]


def read_source(name: str, text: str) -> SourceContent:
    """Read JSON lines; a faulty line is told by its number, and empty lines are left out."""
    reader = SourceReader(name)
    examples = [found for number, line in _lines(text) if (found := reader.read(number, line))]
    digest = "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return SourceContent(SourceStatus(name=name, entries=len(examples), digest=digest), examples, reader.faults)


class SourceReader:
    """Checks one line after the other, and keeps of each only what tells it from the others."""

    def __init__(self, name: str, labels: Collection[str] | None = None, *, known: bool = False) -> None:
        """Begin; a `known` source was read before, so that its digest will tell whether an id stands there twice."""
        self._name = name
        self._labels = labels
        """Classes that its example sets allow; every class when None."""
        self._known = known
        self._lines: dict[str, int] = {}
        self._faults: list[Fault] = []
        self._unshown = 0

    def read(self, number: int, line: str) -> Example | None:
        """Read one line; None when it is faulty."""
        found = _read_example(line)
        sentence = found if isinstance(found, str) else self._fault(found)
        if sentence or isinstance(found, str):
            self.refuse(number, sentence)
            return None
        if not self._known:
            self._lines[found.id] = number
        return found

    def _fault(self, example: Example) -> str:
        if example.id in self._lines:
            return f"id {example.id} stands on line {self._lines[example.id]} already"
        if self._labels is None or example.label is None or example.label in self._labels:
            return ""
        return (
            f"label {example.label!r} is not among the labels of its example sets"
            f"{did_you_mean(example.label, self._labels)}"
        )

    def refuse(self, number: int, sentence: str) -> None:
        """Note what is wrong with a line; beyond FAULTS_SHOWN it is only counted."""
        if len(self._faults) < FAULTS_SHOWN:
            self._faults.append(Fault(f"spec.sources[{self._name}] line {number}", sentence))
        else:
            self._unshown += 1

    @property
    def faults(self) -> list[Fault]:
        """Give what is wrong, the first lines one by one."""
        if not self._unshown:
            return list(self._faults)
        return [*self._faults, Fault(f"spec.sources[{self._name}]", f"{self._unshown} more lines are faulty")]


class Digests(Protocol):
    """Where the digests of a source's examples are kept until all are there."""

    def append(self, digest: bytes, /) -> object:
        """Keep one."""

    def ordered(self) -> Iterable[bytes]:
        """Give all in their order."""


class HeldDigests:
    """Digests in memory, side by side: 32 bytes each, where an object takes 73 with its place in a list."""

    def __init__(self) -> None:
        self._by_first = [bytearray() for _ in range(256)]

    def append(self, digest: bytes) -> None:
        """Keep one."""
        self._by_first[digest[0]] += digest

    def ordered(self) -> Iterator[bytes]:
        """Give all in their order, of which a 256th is taken apart at a time."""
        size = hashlib.sha256().digest_size
        for packed in map(bytes, self._by_first):
            yield from sorted(packed[at : at + size] for at in range(0, len(packed), size))


class SourceCount:
    """Counts the examples of a source and hashes them, the same in any order, without keeping them."""

    def __init__(self, name: str, digests: Digests | None = None) -> None:
        self._name = name
        self._entries = 0
        self._digests = HeldDigests() if digests is None else digests
        self._holdings: Counter[str] = Counter()
        self._provenance: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._entries

    def add(self, example: Example) -> str:
        """Count one; gives why it cannot be, in a sentence, empty when it is."""
        if self._entries >= ENTRIES_LIMIT:
            return f"a source holds at most {ENTRIES_LIMIT} examples: divide it"
        try:
            canonical = canonical_json(example.to_manifest())
        except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
            return f"cannot be kept as JSON: {error}"
        self._digests.append(hashlib.sha256(canonical).digest())
        self._entries += 1
        self._holdings.update(
            labelled=is_labelled(example),
            classified=example.label is not None,
            positive=example.polarity == Polarity.POSITIVE,
            negative=example.polarity == Polarity.NEGATIVE,
            judged=example.judgement is not None,
            compared=example.comparison is not None,
        )
        if example.provenance:
            self._provenance[str(example.provenance.kind)] += 1
        return ""

    def report(self) -> SourceReport:
        """Say what there is. The digest is that of the sorted digests of the examples in canonical JSON (RFC 8785)."""
        whole = hashlib.sha256()
        for digest in self._digests.ordered():
            whole.update(digest)
        holdings = Holdings(**self._holdings, provenance=dict(sorted(self._provenance.items())))
        return SourceReport(name=self._name, entries=len(self), digest=f"sha256:{whole.hexdigest()}", holdings=holdings)


def is_labelled(example: Example) -> bool:
    """Say whether a metric has something to compare an answer with."""
    good = example.references and example.polarity != Polarity.NEGATIVE
    return example.label is not None or bool(good)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Cut at line feeds only: other line separators may stand inside JSON texts."""
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if line.strip():
            yield number, line


def _read_example(line: str) -> Example | str:
    """Read one line; what is wrong with it comes back as a sentence."""
    try:
        return Example.model_validate(json.loads(line, parse_constant=_refuse_constant, object_pairs_hook=_unique))
    except json.JSONDecodeError as error:
        return f"is not JSON: {error.msg} at column {error.colno}"
    except ValidationError as error:
        return "; ".join(f"{path}: {text}" if path else text for path, text in sentences(error, Example))
    except RecursionError:
        return "is nested too deeply"
    except ValueError as error:
        return str(error)


def _refuse_constant(word: str) -> float:
    raise ValueError(f"{word} is no JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{key} stands twice in one object")
        found[key] = value
    return found
