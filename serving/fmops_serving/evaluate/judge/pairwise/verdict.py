"""Reading which answer a judge holds for the better one: what its reply ends with, and nothing before."""

import re
from dataclasses import dataclass
from typing import Any

from fmops_api.promptcatalog import Better
from fmops_serving.evaluate.answer import Answer
from fmops_serving.evaluate.judge.prompt import Form
from fmops_serving.evaluate.judge.verdict import DRESS, LINE, Cause, Unscored, last_lines, objects_at_end, said

_VERDICT = re.compile(rf"{DRESS}VERDICT{DRESS}[:=][\s*_`\"']*([a-z]{{1,12}})[\s*_`\"'.]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PairVerdict:
    """Which answer is better, and why."""

    better: Better
    reason: str
    form: Form


def read_better(answer: Answer) -> PairVerdict:
    """Read the verdict that a reply ends with; raises Unscored."""
    text = said(answer)
    found = _of_json(text) or _of_line(text)
    if found is None:
        raise Unscored(Cause.UNREADABLE, "it does not end with a verdict")
    word, reason, form = found
    better = next((each for each in Better if each.lower() == word.strip().lower()), None)
    if better is None:
        raise Unscored(Cause.OFF_SCALE, "its verdict is neither A nor B nor Tie")
    return PairVerdict(better, reason, form)


def _of_json(text: str) -> tuple[str, str, Form] | None:
    """Read a JSON object that ends the text."""
    for found, _ in objects_at_end(text):
        word: Any = found.get("verdict")
        if isinstance(word, str):
            return word, str(found.get("reason", "")), Form.JSON
    return None


def _of_line(text: str) -> tuple[str, str, Form] | None:
    """Read the last line."""
    for line, start in last_lines(text, 1):
        if len(line) <= LINE and (found := _VERDICT.fullmatch(line)):
            return found[1], text[:start].strip(), Form.LINES
    return None
