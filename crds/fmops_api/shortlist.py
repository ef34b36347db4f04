"""Who is left as a candidate, and who is excluded and why. Pure, and the same for operator and command line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fmops_api.candidates import Candidates
from fmops_api.evaluationrunstatus import Excluded
from fmops_api.foundationmodel import FoundationModel, Task

ANSWERING = (Task.CHAT, Task.COMPLETION)
"""Tasks of models that answer prompts."""
MOST_EXCLUDED = 50
Judge = Callable[[FoundationModel], str]
"""Says which constraint a model breaks, in a sentence; empty when it breaks none."""


@dataclass(frozen=True)
class Shortlist:
    """Whom a run compares."""

    names: Sequence[str]
    """Sorted; a named model that does not exist is among them, for it is asked for."""
    excluded: Sequence[Excluded]
    """Sorted by name."""

    def why_not(self, name: str) -> str:
        """Say why a model is not compared; empty when it is."""
        reasons = {each.model: each.reason for each in self.excluded}
        return "" if name in self.names else reasons.get(name, "it is not among the candidates")


def shortlist(wanted: Candidates, models: Mapping[str, FoundationModel | None], judge: Judge) -> Shortlist:
    """Choose among `models`, which holds every model of the namespace that may be meant, by name."""
    named = set(wanted.named)
    meant = sorted(named | {name for name, model in models.items() if model and _is_selected(wanted, model)})
    reasons = {name: _excluded(models.get(name), judge, named=name in named) for name in meant}
    return Shortlist(
        [name for name in meant if not reasons[name]],
        [Excluded(model=name, reason=why) for name, why in reasons.items() if why],
    )


def _is_selected(wanted: Candidates, model: FoundationModel) -> bool:
    going = model.metadata.deletion_timestamp is not None
    return bool(wanted.selector and not going and wanted.selector.matches(model.metadata.labels))


def _excluded(model: FoundationModel | None, judge: Judge, *, named: bool) -> str:
    if model is None:
        return ""
    if not named and model.spec.task not in ANSWERING:
        return f"its task is {model.spec.task}; prompts are answered by Chat and Completion"
    return judge(model)
