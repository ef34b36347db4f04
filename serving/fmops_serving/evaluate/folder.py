"""Where the files of a run are, and how whole files are written: never half."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from fmops_api.shard import Shard
from fmops_serving.evaluate.errors import SinkFailed
from fmops_serving.evaluate.rowfiles import files_beside, row_file


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

    @property
    def page(self) -> Path:
        """The report as a web page."""
        return self.root / "report.html"

    @property
    def markdown(self) -> Path:
        """The report as Markdown."""
        return self.root / "report.md"

    @property
    def junit(self) -> Path:
        """Gates as test cases."""
        return self.root / "junit.xml"

    def rows(self, model: str, shard: Shard | None = None) -> Path:
        """Answers of one candidate, or of one shard of it."""
        return self._answers(model) / row_file(shard)

    def rows_beside(self, model: str, shard: Shard | None = None) -> list[Path]:
        """Files that are there with further answers to the same questions; raises SinkFailed."""
        folder = self._answers(model)
        try:
            names = [path.name for path in folder.iterdir()] if folder.exists() else []
        except OSError as error:
            raise SinkFailed(f"cannot read {folder}: {error.strerror or error}") from None
        return [folder / name for name in files_beside(names, shard)]

    def judgements(self, model: str, judge: str) -> Path:
        """Verdicts of one judge on one candidate's answers."""
        return self.root / judgements_of(model, judge) / "part-00000.jsonl"

    def calibration(self, judge: str) -> Path:
        """Verdicts of one judge on answers that people judged."""
        return self.root / calibration_of(judge) / "part-00000.jsonl"

    def comparison(self, model: str) -> Path:
        """Figures of one candidate against the baseline."""
        return self._answers(model) / "comparison.json"

    def vectors(self, model: str, embedder: str) -> Path:
        """What one embedder made of one candidate's answers, and of their references."""
        return self.root / vectors_of(model, embedder) / "part-00000.jsonl"

    def summary(self, model: str) -> Path:
        """Figures of one candidate."""
        return self._answers(model) / "summary.json"

    def scores(self, model: str) -> Path:
        """What each metric saw of each answer of one candidate."""
        return self._answers(model) / "scores.jsonl"

    def findings(self, model: str) -> Path:
        """What a report says of one candidate beside its figures."""
        return self._answers(model) / "findings.json"

    def performance(self, model: str) -> Path:
        """Folder of what was measured of one candidate under load, a file a level."""
        return self.root / "performance" / f"model={model}"

    def candidate_manifest(self, model: str) -> Path:
        """How one candidate's figures were computed, and digests of its files."""
        return self._answers(model) / "manifest.json"

    def results(self, model: str) -> Path:
        """Answers and scores of one candidate as Parquet, in a hive layout."""
        return self.root / "results" / f"model={model}" / "part-00000.parquet"

    def complete(self, model: str) -> Path:
        """Marker: there when every example of the candidate was asked and scored."""
        return self._answers(model) / "_SUCCESS"

    def _answers(self, model: str) -> Path:
        return self.root / answers_of(model)


def answers_of(model: str) -> str:
    """Name the folder of one candidate's answers, relative to that of the run."""
    return f"answers/model={model}"


def judgements_of(model: str, judge: str) -> str:
    """Name the folder of one judge's verdicts on one candidate's answers, relative to that of the run."""
    return f"judgements/judge={judge}/model={model}"


def vectors_of(model: str, embedder: str) -> str:
    """Name the folder of what an embedder made of a candidate's texts, below that of the run."""
    return f"vectors/embedder={embedder}/model={model}"


def calibration_of(judge: str) -> str:
    """Name the folder of one judge's verdicts on answers that people judged, relative to that of the run."""
    return f"calibration/judge={judge}"


def forget_results(folder: RunFolder, model: str) -> None:
    """Remove what says that a candidate is measured, before it is measured again; its rows stay. Raises SinkFailed."""
    for path in (folder.complete(model), folder.summary(model), folder.findings(model), folder.comparison(model)):
        remove(path)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees a part of it, by renaming; raises SinkFailed."""
    with writing_whole(path) as write:
        write(content)


@contextmanager
def writing_whole(path: Path) -> Iterator[Callable[[bytes], object]]:
    """Write a file piece by piece, and put it in place at the end if nothing failed; raises SinkFailed."""
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            yield file.write
            file.flush()
            os.fchmod(handle, 0o644)
            os.fsync(handle)
        Path(temporary).replace(path)
    except OSError as error:
        raise SinkFailed(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        if temporary:
            with suppress(OSError):
                Path(temporary).unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file for people and programs, whole or not at all; raises SinkFailed."""
    write_whole(path, orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def remove(path: Path) -> None:
    """Remove a file that may not be there; raises SinkFailed."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise SinkFailed(f"cannot remove {path}: {error.strerror or error}") from None
