"""Scores: what each metric saw of each answer, beside the rows, so that a comparison needs no prompts and no model."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson

from fmops_serving.evaluate.errors import BadInput
from fmops_serving.evaluate.rows import Key
from fmops_serving.evaluate.score.part import Observation


@dataclass(slots=True)
class Scored:
    """What came of one answer, by metric; None is unscored. Nobody changes one: as with rows, freezing it is dear."""

    example: str
    repeat: int
    cluster: str | None
    scores: Mapping[str, Observation | None]


def line_of(key: Key, cluster: str | None, scores: Mapping[str, Observation | None]) -> bytes:
    """Write what came of one answer as a line of JSON, with the fields of `Scored`."""
    scored = {"example": key[0], "repeat": key[1], "cluster": cluster, "scores": scores}
    return orjson.dumps(scored, option=orjson.OPT_APPEND_NEWLINE)


def read_scores(path: Path) -> Iterator[Scored]:
    """Give every score of a candidate; raises BadInput when they are not there or not whole."""
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                yield _parsed(line, path, number)
    except OSError as error:
        raise BadInput(f"cannot read the scores {path}: {error.strerror or error}") from None


def _parsed(line: bytes, path: Path, number: int) -> Scored:
    with suppress(orjson.JSONDecodeError, TypeError, KeyError, AttributeError):
        found = orjson.loads(line)
        scores = {name: _hashable(seen) for name, seen in found["scores"].items()}
        return Scored(found["example"], found["repeat"], found["cluster"], scores)
    raise BadInput(f"line {number} of {path} is no score of an evaluation")


def _hashable(seen: Observation) -> Observation:
    return tuple(map(_hashable, seen)) if isinstance(seen, list) else seen
