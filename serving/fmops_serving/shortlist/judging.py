"""Judging a model by a run's constraints, and finding faults in the constraints themselves."""

from collections.abc import Iterator, Sequence

from fmops_api.choose.facts import card_of
from fmops_api.foundationmodel import FoundationModel
from fmops_api.shortlist import Judge
from fmops_serving.shortlist.cards import values_of


class ConstraintError(Exception):
    """A constraint that is wrong for every model: the message says where and why."""


def judge_of(constraints: Sequence[str]) -> Judge:
    """Make the judge of some constraints; it raises ConstraintError for one that is wrong whatever the card says."""

    def judge(model: FoundationModel) -> str:
        card = values_of(card_of(model))
        broken = (_broken(place, text, card) for place, text in enumerate(constraints))
        return next((sentence for sentence in broken if sentence), "")

    return judge


def faults_of(constraints: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Give the place and the fault of each constraint that is wrong whatever a card says."""
    if not constraints:
        return
    from fmops_serving.shortlist.expression import fault_in  # noqa: PLC0415 - as below

    for place, text in enumerate(constraints):
        if fault := fault_in(text):
            yield place, fault


def _broken(place: int, text: str, card: str) -> str:
    # The CEL library takes half a second and 10 MiB: only an operator whose runs have constraints pays for it.
    from fmops_serving.shortlist.expression import WrongExpressionError, broken_by  # noqa: PLC0415

    try:
        return broken_by(text, card)
    except WrongExpressionError as error:
        raise ConstraintError(f"spec.candidates.constraints[{place}]: {error}") from None
