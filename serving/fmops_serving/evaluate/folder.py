"""Where the files of a run are, and how whole files are written: never half."""

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from fmops_serving.evaluate.errors import SinkFailed


@dataclass(frozen=True)
class RunFolder:
    """The files of one run on fixed inputs."""

    root: Path

    @property
    def manifest(self) -> Path:
        """What was measured, and with what."""
        return self.root / "manifest.json"

    @property
    def report(self) -> Path:
        """Figures and verdicts of all candidates."""
        return self.root / "summary.json"

    def rows(self, model: str) -> Path:
        """Answers of one candidate."""
        return self._answers(model) / "part-00000.jsonl"

    def judgements(self, model: str, judge: str) -> Path:
        """Verdicts of one judge on one candidate's answers."""
        return self.root / "judgements" / f"judge={judge}" / f"model={model}" / "part-00000.jsonl"

    def calibration(self, judge: str) -> Path:
        """Verdicts of one judge on answers that people judged."""
        return self.root / "calibration" / f"judge={judge}" / "part-00000.jsonl"

    def summary(self, model: str) -> Path:
        """Figures of one candidate."""
        return self._answers(model) / "summary.json"

    def complete(self, model: str) -> Path:
        """Marker: there when every example of the candidate was asked and scored."""
        return self._answers(model) / "_SUCCESS"

    def _answers(self, model: str) -> Path:
        return self.root / "answers" / f"model={model}"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees a part of it, by renaming; raises SinkFailed."""
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(handle, 0o644)
            os.fsync(handle)
        Path(temporary).replace(path)
    except OSError as error:
        with suppress(OSError):
            Path(temporary).unlink(missing_ok=True)
        raise SinkFailed(f"cannot write {path}: {error.strerror or error}") from None


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file for people and programs, whole or not at all; raises SinkFailed."""
    write_whole(path, orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def remove(path: Path) -> None:
    """Remove a file that may not be there; raises SinkFailed."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise SinkFailed(f"cannot remove {path}: {error.strerror or error}") from None
