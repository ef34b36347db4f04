"""Sources: JSON lines, one example a line."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import ValidationError

from fmops_api.promptcatalog import Example, SourceStatus
from fmops_serving.prompts.faults import Fault
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
    examples: list[Example] = []
    faults: list[Fault] = []
    lines: dict[str, int] = {}
    for number, line in _lines(text):
        path = f"spec.sources[{name}] line {number}"
        found = _read_example(line)
        if isinstance(found, str):
            faults.append(Fault(path, found))
        elif found.id in lines:
            faults.append(Fault(path, f"id {found.id} stands on line {lines[found.id]} already"))
        else:
            lines[found.id] = number
            examples.append(found)
    digest = "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return SourceContent(SourceStatus(name=name, entries=len(examples), digest=digest), examples, _shown(name, faults))


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


def _shown(name: str, faults: list[Fault]) -> list[Fault]:
    if len(faults) <= FAULTS_SHOWN:
        return faults
    rest = Fault(f"spec.sources[{name}]", f"{len(faults) - FAULTS_SHOWN} more lines are faulty")
    return [*faults[:FAULTS_SHOWN], rest]
