"""Cost: what answers cost, by the tokens that the endpoint counts; what judges cost is not the candidate's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from fmops_api.card import Pricing
from fmops_api.metricscale import COST
from fmops_api.metrictype import MetricType
from fmops_api.prices import Unpriced, answer_cost, token_rates
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.score.part import MeanPart
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.score.scorer import Scorer

PLACES = 10
"""Decimals of an amount of money: one token of the cheapest models costs a hundred-millionth."""


@dataclass(frozen=True)
class Prices:
    """What the requests behind an answer of one candidate cost."""

    candidate: str
    models: Sequence[str]
    """Those that answer: the candidate, or those of a chain's steps."""
    table: Mapping[str, Pricing]

    def cost(self, reply: Reply) -> Decimal | Unpriced:
        """Give what an answer costs, or the first thing that is not known about it."""
        total = Decimal(0)
        for model, prompt_tokens, output_tokens in reply.usage:
            found = answer_cost(self.table.get(model or self.candidate), prompt_tokens, output_tokens)
            if isinstance(found, Unpriced):
                return found
            total += found
        return total

    def signature(self) -> str:
        """Say by which prices, such as `cost|USD|in:2.5|out:10`."""
        told = [_told(self.table.get(model)) for model in self.models]
        named = told if len(told) == 1 else [f"{m}:{t}" for m, t in zip(self.models, told, strict=True)]
        return "|".join(["cost", *named])


def _told(price: Pricing | None) -> str:
    rates = token_rates(price)
    if price is None or isinstance(rates, Unpriced):
        return "unpriced"
    return f"{price.currency}|in:{rates[0].normalize():f}|out:{rates[1].normalize():f}"


def prices_of(inputs: Inputs) -> Prices | None:
    """Give the prices of one candidate's answers; None in a run that does not ask for cost."""
    if inputs.plan.prices is None:
        return None
    models = list(dict.fromkeys(step.call.target.name for step in inputs.steps))
    return Prices(inputs.candidate.name, models, inputs.plan.prices)


def cost_scorers(inputs: Inputs) -> list[Scorer]:
    """Make the scorers of the metrics that are costs, and of the built-in cost where none has its name."""
    prices = prices_of(inputs)
    if prices is None:
        return []
    names = [metric.name for metric in inputs.plan.metrics if metric.type is MetricType.COST]
    return [_scorer(name, prices) for name in dict.fromkeys([*names, COST])]


def _scorer(name: str, prices: Prices) -> Scorer:
    def observe(reply: Reply) -> float | None:
        found = prices.cost(reply)
        return None if isinstance(found, Unpriced) else float(found)

    part = MeanPart(name, prices.signature(), float, share=False, least=0.0, places=PLACES)
    return Scorer(name, [part], observe)
