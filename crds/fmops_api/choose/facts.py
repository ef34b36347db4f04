"""What criteria can know: figures of the results and numbers of the cards, each with a reason where there is none."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from fmops_api.card import Card
from fmops_api.choose.measures import INFINITE, Measure
from fmops_api.evaluationrunstatus import Against, Result
from fmops_api.foundationmodel import FoundationModel
from fmops_api.scalars import parameter_count
from fmops_api.selection import CARD_NUMBERS, PRICES

_CONFIDENCE = Decimal("0.95")
"""The confidence that every figure is given at."""
_EVEN = Measure.exact(Decimal("0.5"))


def as_good_as_itself(metric: str) -> Measure | str:
    """Give the win rate of the baseline against itself, which nobody need measure; why not of a part of one."""
    return f"{metric} of the baseline is not known: nobody compares it with itself" if "." in metric else _EVEN


def measure_of(
    metric: str,
    candidate: str,
    results: Sequence[Result],
    cards: Mapping[str, Card],
    against: Against | None = None,
) -> Measure | str:
    """Give what a criterion looks at, or why it is not known, in a sentence."""
    if metric in CARD_NUMBERS:
        return _on_card(metric, candidate, cards)
    wanted = (candidate, metric, against, _CONFIDENCE)
    found = next((r for r in results if (r.model, r.metric, r.against, Decimal(r.confidence)) == wanted), None)
    if found is None or found.value is None:
        return f"{metric} was not measured"
    low = -INFINITE if found.low is None else Decimal(found.low)
    high = INFINITE if found.high is None else Decimal(found.high)
    return Measure(Decimal(found.value), low, high)


def card_of(model: FoundationModel) -> Card:
    """Give the card, with the number of parameters that was read from the weights where the card has none."""
    card, resolved = model.spec.card or Card(), model.status.resolved
    if card.parameters is None and resolved and resolved.parameters:
        return card.model_copy(update={"parameters": str(resolved.parameters)})
    return card


def _on_card(metric: str, candidate: str, cards: Mapping[str, Card]) -> Measure | str:
    card = cards.get(candidate, Card())
    if metric in PRICES and (said := _currencies(metric, cards)):
        return said
    number = _numbers(card)[metric]
    return f"{metric} is not known: the model's card does not say it" if number is None else Measure.exact(number)


def _numbers(card: Card) -> dict[str, Decimal | None]:
    pricing = card.pricing
    texts = (
        pricing.input_per_million_tokens if pricing else None,
        pricing.output_per_million_tokens if pricing else None,
        pricing.per_accelerator_hour if pricing else None,
        parameter_count(card.parameters) if card.parameters else None,
        card.context_window,
        card.skills.team_familiarity if card.skills else None,
    )
    return {name: None if text is None else Decimal(text) for name, text in zip(CARD_NUMBERS, texts, strict=True)}


def _currencies(metric: str, cards: Mapping[str, Card]) -> str:
    """Say why prices cannot be compared: they are in several currencies; empty when they can."""
    found = sorted({c.pricing.currency for c in cards.values() if c.pricing and _numbers(c)[metric] is not None})
    return f"{metric} cannot be compared: the cards have prices in {' and '.join(found)}" if len(found) > 1 else ""
