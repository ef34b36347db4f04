"""The choice: who may be chosen, in which order they stand, and who comes first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fmops_api.card import Card
from fmops_api.choose import lexicographic, pareto, weighted
from fmops_api.choose.facts import as_good_as_itself, measure_of
from fmops_api.choose.measures import Contender, Measure, Place, names
from fmops_api.evaluationrunstatus import GateResult, Ranked, Result, Selected, Verdict
from fmops_api.meta import Condition, ConditionStatus
from fmops_api.reasons import ConditionType, EvaluationRunReason
from fmops_api.selection import Selection, Strategy
from fmops_api.trust import Trust

_PLACES = {
    Strategy.LEXICOGRAPHIC: lexicographic.places,
    Strategy.WEIGHTED: weighted.places,
    Strategy.PARETO: pareto.places,
}
_WORDS = {Verdict.FAILED: "it fails a gate", Verdict.INCONCLUSIVE: "a gate cannot tell yet, which is no pass"}


@dataclass(frozen=True)
class Choice:
    """What a selection came to."""

    ranking: Sequence[Ranked]
    """Everybody: the ranked ones first, best first, then those without a rank, by name."""
    selected: Selected | None
    """None when nobody stands in front alone."""
    pareto_front: Sequence[str]
    message: str
    """Why this one, or why none, in a sentence."""

    def condition(self) -> Condition:
        """Say it as the condition Selected."""
        status: ConditionStatus = "True"
        reason = EvaluationRunReason.SELECTED
        if self.selected is None:
            tied = any(r.rank for r in self.ranking)
            status = "Unknown" if tied else "False"
            reason = EvaluationRunReason.TIED if tied else EvaluationRunReason.NOBODY_SELECTABLE
        return Condition(
            type=str(ConditionType.SELECTED), status=status, reason=str(reason), message=self.message[:4096]
        )


@dataclass(frozen=True)
class Evidence:
    """What is known of the candidates."""

    candidates: Sequence[str]
    results: Sequence[Result]
    gates: Sequence[GateResult]
    cards: Mapping[str, Card]
    trust: Trust | None = None
    """What judges are trusted by, in a run that has some."""
    broken: Mapping[str, str] = field(default_factory=dict)
    """Which constraint of the selection a candidate breaks, in a sentence; who breaks none is not there."""


def choose(selection: Selection, evidence: Evidence) -> Choice:
    """Rank the candidates and select the first, if there is one.

    Who fails a gate, or leaves it open, who breaks a constraint, and who lacks a figure that counts, gets no rank, and
    a reason.
    """
    contenders, unranked = _sorted_out(selection, evidence)
    places = _PLACES[selection.strategy](selection.criteria, contenders)
    ranking = [*_ranked(places), *(Ranked(model=name, reason=why) for name, why in sorted(unranked.items()))]
    first = places[0].names if places else ()
    selected = Selected(model=first[0], reason=places[0].reasons[0]) if len(first) == 1 else None
    front = pareto.front(selection.criteria, contenders)
    return Choice(ranking, selected, front, _message(places, unranked))


def _sorted_out(selection: Selection, evidence: Evidence) -> tuple[list[Contender], dict[str, str]]:
    contenders, unranked = [], {}
    for name in evidence.candidates:
        found = [_known(c.metric, name, evidence) for c in selection.criteria]
        measures = [each for each in found if isinstance(each, Measure)]
        lacking = [each for each in found if isinstance(each, str)]
        if barred := _barred(name, evidence.gates):
            unranked[name] = f"cannot be selected: {barred}"
        elif why := evidence.broken.get(name):
            unranked[name] = f"cannot be selected: {why}"
        elif lacking:
            unranked[name] = f"not ranked: {'; '.join(lacking)}"
        else:
            contenders.append(Contender(name, measures))
    return contenders, unranked


def _known(metric: str, name: str, evidence: Evidence) -> Measure | str:
    """Give what a criterion looks at, or why it is not known; a judge that is not trusted says nothing."""
    if evidence.trust and (doubts := evidence.trust.about(metric, name)):
        return "; ".join(doubts)
    against = evidence.trust.spec.against(metric) if evidence.trust else None
    baseline = evidence.trust.spec.baseline if evidence.trust else None
    if against and baseline and baseline.name == name:
        return as_good_as_itself(metric)
    return measure_of(metric, name, evidence.results, evidence.cards, against)


def _barred(name: str, gates: Sequence[GateResult]) -> str:
    """Say which gate keeps a candidate from being selected; a failed one before an open one, empty when none does."""
    for verdict, words in _WORDS.items():
        gate = next((g for g in gates if (g.model, g.verdict) == (name, verdict)), None)
        if gate:
            return f"{words}: {gate.words().removeprefix(f'{name}: ')}"
    return ""


def _ranked(places: Sequence[Place]) -> list[Ranked]:
    """Number the places as in sport: after two on the first place comes the third."""
    found: list[Ranked] = []
    for place in places:
        rank = len(found) + 1
        found.extend(Ranked(model=m, rank=rank, reason=r) for m, r in zip(place.names, place.reasons, strict=True))
    return found


def _message(places: Sequence[Place], unranked: Mapping[str, str]) -> str:
    if not places:
        return "; ".join(f"{name}: {why}" for name, why in sorted(unranked.items())[:5]) or "there is no candidate"
    first = places[0]
    if len(first.names) == 1:
        return f"{first.names[0]}: {first.reasons[0]}"
    return (
        f"{names(first.names)} cannot be told apart by these criteria: add a criterion or examples;"
        f" {first.names[0]}: {first.reasons[0]}"
    )
