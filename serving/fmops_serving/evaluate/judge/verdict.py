"""Reading a judge's reply. A verdict is what the reply ends with: nothing that it quotes before can stand for it."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from fmops_api.rubric import Rubric
from fmops_serving.evaluate.answer import Answer
from fmops_serving.evaluate.judge.prompt import Form

_TAIL = 65536
"""Characters at the end of a reply in which a verdict is looked for."""
_BRACES = 64
"""Places at which a JSON verdict may begin, at most; bounds the work on a hostile reply."""
LINE = 200
"""Characters of a line with a score, at most."""
_FENCE = re.compile(r"\s*(```)?\s*\Z")
DRESS = r"[\s*_`>#-]*"
_GRADE = re.compile(
    rf"{DRESS}GRADE[\s*_`]+([-a-z0-9]+?){DRESS}[:=][\s*_`]*(-?[0-9]{{1,4}})(/[0-9]+)?[\s*_`.]*", re.IGNORECASE
)


class Cause(StrEnum):
    """Why an answer has no score."""

    NO_ANSWER = "NoAnswer"
    """The judge's endpoint gave none, after all tries."""
    CONTENT_FILTER = "ContentFilter"
    REFUSED = "Refused"
    TRUNCATED = "Truncated"
    EMPTY = "Empty"
    UNREADABLE = "Unreadable"
    OFF_SCALE = "OffScale"
    NO_LOGPROBS = "NoLogprobs"


@dataclass
class Unscored(Exception):  # noqa: N818 - a word of the domain
    """Why a reply gives no scores; `sentence` is ours and never quotes the reply."""

    cause: Cause
    sentence: str

    @property
    def repairable(self) -> bool:
        """Say whether asking once more may help."""
        return self.cause not in {Cause.NO_ANSWER, Cause.CONTENT_FILTER, Cause.REFUSED, Cause.NO_LOGPROBS}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The scores by criterion, the reasons, and where in the reply each score's first digit stands."""

    scores: Mapping[str, int]
    reasons: Mapping[str, str]
    places: Mapping[str, int]
    form: Form


def read(answer: Answer, rubric: Rubric) -> Verdict:
    """Read the verdict that a reply ends with; raises Unscored."""
    text = said(answer)
    verdict = _of_json(text, rubric) or _of_lines(text, rubric)
    if verdict is None:
        raise Unscored(Cause.UNREADABLE, "it does not end with a verdict on every criterion")
    low, high = rubric.scale.min, rubric.scale.max
    off = [f"{name} {score}" for name, score in verdict.scores.items() if not low <= score <= high]
    if off:
        raise Unscored(Cause.OFF_SCALE, f"{', '.join(off)}: scores go from {low} to {high}")
    return verdict


def said(answer: Answer) -> str:
    """Give what a reply says, without the fence that it may end with; raises Unscored when it says nothing whole."""
    if answer.finish_reason == "content_filter":
        raise Unscored(Cause.CONTENT_FILTER, "the provider's filter held the verdict back")
    if answer.refusal:
        raise Unscored(Cause.REFUSED, "the judge refuses to judge")
    if answer.finish_reason == "length":
        raise Unscored(Cause.TRUNCATED, "the verdict was cut off: raise the judge's maxTokens")
    if not answer.text.strip():
        raise Unscored(Cause.EMPTY, "the judge said nothing")
    end = _FENCE.search(answer.text)
    return answer.text[: end.start()] if end else answer.text


def objects_at_end(text: str) -> Iterator[tuple[dict[str, Any], int]]:
    """Give the JSON objects that end the text, the longest first, and where each begins."""
    if not text.endswith("}"):
        return
    first = max(0, len(text) - _TAIL)
    for start in [place.start() for place in re.finditer(r"\{", text[first:])][-_BRACES:]:
        with suppress(orjson.JSONDecodeError):
            yield orjson.loads(text[first + start :]), first + start


def last_lines(text: str, count: int) -> list[tuple[str, int]]:
    """Give the last lines that are not empty, and where each begins."""
    offset = max(0, len(text) - _TAIL)
    lines = [line for line in re.finditer(r"[^\n]+", text[offset:]) if line[0].strip()][-count:]
    return [(line[0], offset + line.start()) for line in lines]


def _of_json(text: str, rubric: Rubric) -> Verdict | None:
    """Read a JSON object that ends the text."""
    verdicts = (_of_object(found, rubric, text, start) for found, start in objects_at_end(text))
    return next((verdict for verdict in verdicts if verdict), None)


def _of_object(found: Any, rubric: Rubric, text: str, start: int) -> Verdict | None:
    names = [criterion.name for criterion in rubric.criteria]
    parts = {name: found.get(name) for name in names}
    scores = {name: _whole(part.get("score")) for name, part in parts.items() if isinstance(part, dict)}
    kept = {name: score for name, score in scores.items() if score is not None}
    if kept.keys() != set(names):
        return None
    reasons = {name: str(part.get("reason", "")) for name, part in parts.items() if part}
    places = {name: place for name in names if (place := _place(text, name, start)) is not None}
    return Verdict(kept, reasons, places, Form.JSON)


def _whole(score: object) -> int | None:
    if isinstance(score, bool) or not isinstance(score, int | float) or not float(score).is_integer():
        return None
    return int(score)


def _place(text: str, name: str, start: int) -> int | None:
    """Find a score in the JSON text: quotes inside a reason are escaped there, so none of it looks like a key."""
    found = re.compile(rf'"{re.escape(name)}"\s*:\s*\{{.*?"score"\s*:\s*(?=[0-9])', re.DOTALL).search(text, start)
    return found.end() if found else None


def _of_lines(text: str, rubric: Rubric) -> Verdict | None:
    """Read the last lines, one for each criterion."""
    names = {criterion.name for criterion in rubric.criteria}
    lines = last_lines(text, len(names))
    graded = [(start, found) for line, start in lines if len(line) <= LINE and (found := _GRADE.fullmatch(line))]
    if {found[1].lower() for _, found in graded} != names:
        return None
    scores = {found[1].lower(): int(found[2]) for _, found in graded}
    places = {found[1].lower(): start + found.start(2) for start, found in graded}
    return Verdict(scores, {"all": text[: lines[0][1]].strip()}, places, Form.LINES)
