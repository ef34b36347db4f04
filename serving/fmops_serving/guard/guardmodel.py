"""Tier 3: a guard model behind the OpenAI API, such as Llama Guard or Granite Guardian; a FoundationModel can be one.

A text is one message of a user, which the model's own chat template wraps in its instructions; a template given here
does it for a model that has none. What would end the message early is broken up, so that a text cannot answer for the
model. A long text is judged in pieces, and a finding's place is the piece.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fmops_api.guardrail import TEXT, VerdictStyle
from fmops_serving.guard.endpoint import Endpoint
from fmops_serving.guard.finding import DetectorFailed, Finding
from fmops_serving.guard.modelverdict import model_verdict
from fmops_serving.guard.pattern import encodable

PIECE = 6000
"""Characters that are judged at once: less than 4,096 tokens of most texts."""
OVERLAP = 200
"""Characters that a piece has in common with the next, so that a sentence is whole in one of them."""
IN_FLIGHT = 16
"""Questions that one detector has open at once."""
_ASKED = {"temperature": 0, "max_tokens": 32, "logprobs": True, "top_logprobs": 5}
_MARKUP = re.compile(r"<(?=[|/A-Za-z_])|\[(?=/?[A-Z_]+\])")
"""How chat templates mark roles and ends: <|eot_id|>, <end_of_turn>, <END CONVERSATION>, [/INST]."""


class _Piece(NamedTuple):
    """A stretch of one of the texts."""

    of: int
    start: int
    end: int


@dataclass
class GuardModel:
    """Asks one model about each text; raises ValueError when made of what cannot be asked."""

    url: str
    """Root of an OpenAI API, with its /v1."""
    model: str
    style: VerdictStyle
    template: str = TEXT
    """The message, with `{{ text }}` where the text goes."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """Further members of each request, such as chat_template_kwargs."""
    api_key: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if TEXT not in self.template:
            raise ValueError(f"the template of guard model {self.model} must say where the text goes: {TEXT}")
        self._endpoint = Endpoint(self.url.rstrip("/") + "/chat/completions", self.api_key)
        self._open = asyncio.Semaphore(IN_FLIGHT)

    async def afind(self, texts: Sequence[str]) -> Sequence[Sequence[Finding]]:
        """Give, for each piece of a text, every category that the model names, or the piece's score alone."""
        pieces = [piece for place, text in enumerate(texts) if text.strip() for piece in _pieces(place, text)]
        try:
            async with asyncio.TaskGroup() as group:
                asked = [group.create_task(self._judged(texts[each.of], each)) for each in pieces]
        except* DetectorFailed as failed:
            raise DetectorFailed(str(failed.exceptions[0])) from None
        found: list[list[Finding]] = [[] for _ in texts]
        for piece, task in zip(pieces, asked, strict=True):
            found[piece.of] += task.result()
        return found

    async def close(self) -> None:
        """End the connections."""
        await self._endpoint.close()

    def drop(self) -> None:
        """End the connections soon, from whichever thread: nobody asks any more."""
        self._endpoint.drop()

    async def _judged(self, text: str, piece: _Piece) -> list[Finding]:
        question = self.template.replace(TEXT, harmless(text[piece.start : piece.end]))
        async with self._open:
            said = await self._endpoint.ask(
                {**_ASKED, "model": self.model, **self.params, "messages": [{"role": "user", "content": question}]}
            )
        score, categories = model_verdict(said, self.style)
        return [Finding(kind, piece.start, piece.end, score) for kind in categories or ("Unsafe",)]


def harmless(text: str) -> str:
    """Put a space into what a chat template would read as its own markup."""
    return _MARKUP.sub(r"\g<0> ", encodable(text))


def _pieces(place: int, text: str) -> Sequence[_Piece]:
    if len(text) <= PIECE:
        return [_Piece(place, 0, len(text))]
    starts = range(0, len(text) - OVERLAP, PIECE - OVERLAP)
    return [_Piece(place, start, min(start + PIECE, len(text))) for start in starts]
