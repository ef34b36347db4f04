"""Reads labelled texts from files of JSON lines or CSV."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

LEAST = 20
"""Texts of each label, below which cross-validation says nothing."""
_LABELS = {"true": True, "1": True, "false": False, "0": False}


class BadTexts(Exception):  # noqa: N818 - it says what is the case
    """A file of labelled texts that cannot be trained on; the message names the place."""


class Fields(NamedTuple):
    """Names of a row's fields."""

    text: str = "text"
    label: str = "toxic"
    kind: str = "kind"


class Labelled(NamedTuple):
    """A text, whether it is to be found, and its class for reports; the class may be empty."""

    text: str
    toxic: bool
    kind: str = ""


def read_texts(paths: Iterable[Path], fields: Fields = Fields()) -> Sequence[Labelled]:  # noqa: B008 - it never changes
    """Read all files, each text once; raises BadTexts with the file and line of what is wrong."""
    found: dict[str, Labelled] = {}
    for path in paths:
        for place, row in _rows(path):
            each = _labelled(place, row, fields)
            if found.setdefault(each.text, each).toxic != each.toxic:
                raise BadTexts(f"{place}: the same text has the other {fields.label} further up: {each.text[:60]!r}")
    _check_enough(found.values(), fields)
    return list(found.values())


def digest(texts: Iterable[Labelled]) -> str:
    """Give a name to texts with their labels, in their order."""
    lines = (json.dumps([each.text, each.toxic], ensure_ascii=False) for each in texts)
    return sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    reading = {".jsonl": _json_lines, ".csv": _csv}.get(path.suffix)
    if reading is None:
        raise BadTexts(f"{path}: texts are in files that end in .jsonl or .csv")
    try:
        for line, row in reading(path):
            yield f"{path}:{line}", row
    except OSError as error:
        raise BadTexts(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadTexts(f"{path} is not UTF-8") from None


def _json_lines(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise BadTexts(f"{path}:{number} is no JSON: {error}") from None
            if not isinstance(row, dict):
                raise BadTexts(f"{path}:{number} is no JSON object: {line.strip()[:60]}")
            yield number, row


def _csv(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines, strict=True)
        try:
            for row in reader:
                yield reader.line_num, row
        except csv.Error as error:
            raise BadTexts(f"{path}:{reader.reader.line_num} is no CSV: {error}") from None


def _labelled(place: str, row: Mapping[str, Any], fields: Fields) -> Labelled:
    for name, option in ((fields.text, "--text-field"), (fields.label, "--label-field")):
        if name not in row:
            raise BadTexts(f"{place} has no {name}: name one of {', '.join(map(str, row))} by {option}")
    text, label = row[fields.text], row[fields.label]
    if not isinstance(text, str) or not text.strip():
        raise BadTexts(f"{place}: {fields.text} is to be a text, it is {text!r}")
    toxic = _LABELS.get(str(label).strip().lower())
    if toxic is None:
        raise BadTexts(f"{place}: {fields.label} is to be true or false, 1 or 0; it is {label!r}")
    return Labelled(text, toxic, str(row.get(fields.kind) or ""))


def _check_enough(texts: Iterable[Labelled], fields: Fields) -> None:
    labels = [each.toxic for each in texts]
    for wanted in (True, False):
        if (count := labels.count(wanted)) < LEAST:
            raise BadTexts(
                f"{count} texts with {fields.label} {str(wanted).lower()}: at least {LEAST} of each are needed,"
                " and some hundreds for a classifier that is of use"
            )
