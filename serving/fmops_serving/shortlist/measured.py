"""Holding what was measured against the constraints of a selection: who breaks which one, and on what figures.

What is not known is never true: a figure that was not measured, one whose judge is not trusted, and an end of an
interval that nobody could tell exclude a candidate, with a reason that says so.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fmops_api.card import Card
from fmops_api.choose.decision import Evidence
from fmops_api.constraints import FIELDS, Look, look_fault, looks_of, names_all
from fmops_api.evaluationrun import EvaluationRunSpec
from fmops_api.evaluationrunstatus import Against, Result
from fmops_api.gates import observed
from fmops_api.judge import comparing
from fmops_api.selection import AGAINST_BASELINE, RESULTS
from fmops_serving.shortlist.cards import values_of

_CONFIDENCE = 0.95
"""The confidence that every figure is given at."""
_SPECIMEN = Result(model="specimen", metric="specimen", value="0.5", low="0.4", high="0.6", n=100)


@dataclass(frozen=True)
class Figures:
    """What is known of one candidate."""

    results: Mapping[tuple[str, Against | None], Result]
    """By figure; only those that have a value and nobody doubts."""
    doubts: Mapping[tuple[str, Against | None], str]
    """Why a figure is not among them, where there is more to say than that it was not measured."""

    def variables(self, text: str, card: str) -> tuple[tuple[str, str], ...]:
        """Give what an expression may look at, as JSON: no more than it names, so that the same stays the same."""
        wanted = {(look.metric, look.against) for look in looks_of(text)} if names_all(text) else self.results.keys()
        return (
            (RESULTS, self._as_json(None, wanted)),
            (AGAINST_BASELINE, self._as_json(Against.BASELINE, wanted)),
            ("card", card),
        )

    def _as_json(self, against: Against | None, wanted: Any) -> str:
        shown = {key[0]: _fields(r) for key, r in self.results.items() if key in wanted and key[1] is against}
        return json.dumps(shown, sort_keys=True)

    def unknown(self, look: Look) -> str:
        """Say what is not known of a figure that an expression looks at; empty when all is."""
        key = (look.metric, look.against)
        found = self.results.get(key)
        if found is None:
            return self.doubts.get(key) or f"{look.words()} was not measured"
        if look.field in ("low", "high") and getattr(found, look.field) is None:
            return f"the interval of {look.words()} has no {look.field} end: it is {observed(found)}"
        return ""

    def words(self, text: str) -> str:
        """Say what was found of the figures that an expression looks at."""
        named = dict.fromkeys(look._replace(field="") for look in looks_of(text))
        known = [(look, self.results[look.metric, look.against]) for look in named if look[:2] in self.results]
        return ", ".join(f"{look.words()} is {observed(found)}, n={found.n}" for look, found in known)


def breaches(spec: EvaluationRunSpec, evidence: Evidence) -> dict[str, str]:
    """Say of each candidate that breaks a constraint of the selection which one, and on what figures."""
    constraints = (spec.selection.constraints if spec.selection else None) or ()
    found: dict[str, str] = {}
    for name in evidence.candidates if constraints else ():
        figures, card = _figures_of(name, spec, evidence), values_of(evidence.cards.get(name, Card()))
        broken = (_broken(text, figures, card) for text in constraints)
        if sentence := next((each for each in broken if each), ""):
            found[name] = f"it breaks a constraint: {sentence}"
    return found


def faults_of_selection(spec: EvaluationRunSpec) -> Iterator[tuple[int, str]]:
    """Give the place and the fault of each constraint of the selection that is wrong whatever is measured."""
    for place, text in enumerate((spec.selection.constraints if spec.selection else None) or ()):
        faults = (f"{text}: {fault}" for look in looks_of(text) if (fault := look_fault(look, spec)))
        if fault := next(faults, "") or _fault_in(text):
            yield place, fault


def _fault_in(text: str) -> str:
    """Judge a specimen of every figure that the expression names."""
    from fmops_serving.shortlist.expression import MISMATCH, WrongExpressionError, judged  # noqa: PLC0415 - as below

    figures = Figures({(look.metric, look.against): _SPECIMEN for look in looks_of(text)}, {})
    try:
        trouble = judged(text, figures.variables(text, "{}")).trouble
    except WrongExpressionError as error:
        return str(error)
    return f"{text}: {trouble}" if trouble == MISMATCH else ""


def _broken(text: str, figures: Figures, card: str) -> str:
    # The CEL library takes half a second and 10 MiB: only an operator whose runs have constraints pays for it.
    from fmops_serving.shortlist.expression import LACKS, WrongExpressionError, judged  # noqa: PLC0415

    try:
        holds, trouble = judged(text, figures.variables(text, card))
    except WrongExpressionError as error:
        return str(error)
    if holds:
        return ""
    if trouble:
        unknown = dict.fromkeys(why for look in looks_of(text) if (why := figures.unknown(look)))
        told = f"nobody knows its {trouble.removeprefix(LACKS)}" if trouble.startswith(LACKS) else trouble
        return f"{text}: {'; '.join(unknown) or told}"
    found = figures.words(text)
    return f"{text} is not true" + (f": {found}" if found else "")


def _fields(result: Result) -> dict[str, float | int]:
    texts = {name: getattr(result, name) for name in FIELDS if getattr(result, name) is not None}
    return {name: float(text) if isinstance(text, str) else text for name, text in texts.items()}


def _figures_of(name: str, spec: EvaluationRunSpec, evidence: Evidence) -> Figures:
    known: dict[tuple[str, Against | None], Result] = {}
    doubts: dict[tuple[str, Against | None], str] = {}
    measured = [r for r in evidence.results if float(r.confidence) == _CONFIDENCE and r.value is not None]
    for result in measured:
        if result.model == name:
            known[result.metric, result.against] = result
    if spec.baseline and spec.baseline.name == name:
        known |= _against_itself(name, spec, measured)
    for metric, against in list(known):
        if evidence.trust and (why := evidence.trust.about(metric, name)):
            doubts[metric, against] = "; ".join(why)
            del known[metric, against]
    return Figures(known, doubts)


def _against_itself(
    name: str, spec: EvaluationRunSpec, measured: list[Result]
) -> dict[tuple[str, Against | None], Result]:
    """Give what nobody need measure: the baseline is as good as itself, and wins half of all pairs."""
    duels = comparing(spec.judges, spec.juries)
    found: dict[tuple[str, Against | None], Result] = {}
    for result in measured:
        own = next((r for r in measured if (r.model, r.metric, r.against) == (name, result.metric, None)), None)
        if result.against and result.metric.partition(".")[0] not in duels and own:
            found[result.metric, result.against] = own.model_copy(update={"value": "0", "low": "0", "high": "0"})
        elif result.against and result.metric in duels:
            found[result.metric, result.against] = result.model_copy(
                update={"model": name, "value": "0.5", "low": "0.5", "high": "0.5"}
            )
    return found
