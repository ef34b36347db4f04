"""What a run may spend, and what one candidate has spent of its share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Protocol

import click
import orjson

from fmops_serving.evaluate.embed.vectors import VectorRow
from fmops_serving.evaluate.judge.rows import JudgeRow
from fmops_serving.evaluate.rows import Row

BYTES_PER_TOKEN = 3
"""Bytes that count as a token where the endpoint does not count: fewer than the four or so of English."""
_MILLION = 1_000_000

Rates = Mapping[str, tuple[Decimal, Decimal]]
"""Prices of a million tokens of prompts and of answers, by model."""


@dataclass(frozen=True)
class Budget:
    """What may be spent; None is without limit. With `cost`, every model that is asked has rates."""

    tokens: Decimal | None = None
    cost: Decimal | None = None
    rates: Rates = field(default_factory=dict)

    def shared(self, candidates: int) -> "Budget":
        """Give each candidate an equal share: those that are measured first leave the others theirs."""
        return Budget(
            None if self.tokens is None else self.tokens / candidates,
            None if self.cost is None else self.cost / candidates,
            self.rates,
        )


UNLIMITED = Budget()


class Counted(Protocol):
    """What came of a request: an answer, or vectors."""

    @property
    def text(self) -> str:
        """Give what was said."""

    @property
    def prompt_tokens(self) -> int | None:
        """Give the tokens that were asked, where the endpoint counts."""

    @property
    def output_tokens(self) -> int | None:
        """Give the tokens that were said, where the endpoint counts."""


def read_budget(tokens: int | None, cost: str | None, prices: Sequence[str]) -> Budget:
    """Read the runner's options; raises click.UsageError."""
    rates: dict[str, tuple[Decimal, Decimal]] = {}
    try:
        for text in prices:
            model, _, both = text.rpartition("=")
            given, said = both.split(",")
            rates[model] = Decimal(given), Decimal(said)
        return Budget(None if tokens is None else Decimal(tokens), None if cost is None else Decimal(cost), rates)
    except (ValueError, InvalidOperation):
        raise click.UsageError("--budget-cost is an amount such as 20, --price is MODEL=INPUT,OUTPUT") from None


@dataclass
class Meter:
    """Counts what is spent on one candidate, by all who ask for it: steps and judges among them."""

    share: Budget = UNLIMITED
    tokens: int = 0
    estimated: int = 0
    """Tokens among them that no endpoint counted."""
    cost: Decimal = Decimal(0)
    cut: bool = False
    """Whether a further try was left out because nothing was left for it."""

    @cached_property
    def limited(self) -> bool:
        """Say whether anything is worth counting."""
        return self.share.tokens is not None or self.share.cost is not None

    @property
    def used_up(self) -> bool:
        """Say whether nothing more may be asked; what is on its way still counts afterwards."""
        if not self.limited:
            return False
        share = self.share
        over = share.tokens is not None and self.tokens >= share.tokens
        return over or (share.cost is not None and self.cost >= share.cost)

    def answered(self, model: str, body: bytes, answer: Counted) -> None:
        """Count an answer, by the endpoint's own figures where it gives any."""
        said = len(answer.text.encode())
        self._count(model, (answer.prompt_tokens, len(body)), (answer.output_tokens, said))

    def lost(self, model: str, body: bytes) -> None:
        """Count a try that reached the model and brought no answer: its prompt."""
        self._count(model, (None, len(body)), (0, 0))

    def recount(self, candidate: str, models: Mapping[str, str], rows: Iterable[Row]) -> None:
        """Count the answers that are there from before; `models` says which model a step of the chain asks."""
        for row in rows:
            if row.answered and row.cached is None:
                for part in row.steps or [_as_part(row)]:
                    self._count_part(models.get(str(part.get("name")), candidate), part)

    def recount_verdicts(self, model: str, rows: Iterable[JudgeRow]) -> None:
        """Count the verdicts that are there from before."""
        for row in rows:
            if row.cached is None:
                said = sum(len(text.encode()) for text in row.raw)
                self._count(model, (row.prompt_tokens, 0), (row.output_tokens, said))

    def recount_vectors(self, model: str, rows: Iterable[VectorRow]) -> None:
        """Count the texts that were embedded before."""
        for row in rows:
            if row.cached is None:
                self._count(model, (row.prompt_tokens, 0), (0, 0))

    def sentence(self) -> str:
        """Say what was spent of what; the whole budget is this share times the candidates."""
        share, told = self.share, []
        if share.tokens is not None:
            counted = f" ({self.estimated} of them estimated)" if self.estimated else ""
            told.append(f"{self.tokens} tokens{counted} of a share of {share.tokens:.0f}")
        if share.cost is not None:
            told.append(f"{_shown(self.cost)} of a share of {_shown(share.cost)} in money")
        return f"spent {' and '.join(told)} of execution.budget"

    def _count_part(self, model: str, part: Mapping[str, object]) -> None:
        prompt, output = part.get("prompt_tokens"), part.get("output_tokens")
        asked, said = len(orjson.dumps(part.get("messages"))), len(str(part.get("output") or "").encode())
        self._count(model, (_number(prompt), asked), (_number(output), said))

    def _count(self, model: str, prompt: tuple[int | None, int], output: tuple[int | None, int]) -> None:
        """Add tokens as counted, or else by bytes; each side is a count and a length."""
        asked, said = tokens_of(*prompt), tokens_of(*output)
        self.tokens += asked + said
        self.estimated += (asked if prompt[0] is None else 0) + (said if output[0] is None else 0)
        if self.share.cost is not None:
            of_prompts, of_answers = self.share.rates[model]
            self.cost += (asked * of_prompts + said * of_answers) / _MILLION


def _shown(money: Decimal) -> str:
    """Write an amount to the millionth, which is the price of a cheap token."""
    return f"{money.quantize(Decimal('0.000001')).normalize():f}"


def _as_part(row: Row) -> dict[str, object]:
    return {name: getattr(row, name) for name in ("messages", "output", "prompt_tokens", "output_tokens")}


def tokens_of(counted: int | None, length: int) -> int:
    """Give the tokens of a text: as they were counted, or else by its bytes."""
    return -(-length // BYTES_PER_TOKEN) if counted is None else counted


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
