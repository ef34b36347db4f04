"""The rails of a route some of which ask elsewhere: the same as screen.py does, with answers that are waited for."""

from collections.abc import Sequence
from typing import Any

from fmops_api.guardrail import Direction, Guardrail
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.screen.awaitedevents import AwaitedEvents
from fmops_serving.gateway.screen.checks import Counting
from fmops_serving.gateway.screen.elsewhere import Elsewhere
from fmops_serving.gateway.screen.events import EventScreen
from fmops_serving.gateway.screen.screen import (
    Remarks,
    Screen,
    joined_of_exchange,
    left_of,
    left_of_plain,
    plain_answer,
    texts_of_exchange,
)
from fmops_serving.guard.memory import Memory
from fmops_serving.guard.openai.answer import texts_of_answer
from fmops_serving.guard.openai.places import Text
from fmops_serving.guard.openai.request import is_in_parts


class AwaitedScreen(Screen):
    """Screens what one model is sent and answers; each look asks about all texts at once."""

    def __init__(
        self, rails: Sequence[Guardrail], count: Counting, elsewhere: Elsewhere, memory: Memory | None = None
    ) -> None:
        """Compile the rails. Their connections end when the last answer that they screen has."""
        super().__init__(rails, count, elsewhere, memory)
        self._lease = elsewhere.lease()

    async def arequest(self, exchange: Exchange) -> None:
        """Look at a request, as `request` does."""
        if not self.incoming:
            return
        texts = texts_of_exchange(exchange)
        if remarks := await self._aincoming(texts, exchange.key_name):
            self._take_request(exchange, texts, remarks)
        if is_in_parts(texts) and (joined := joined_of_exchange(exchange)):
            self._take_request(exchange, joined, await self._aincoming(joined, exchange.key_name))

    async def _aincoming(self, texts: Sequence[Text], asker: str) -> Remarks:
        return await self._input.aremarks([each.text for each in texts], Direction.INPUT, asker)

    async def aanswer(self, exchange: Exchange, body: bytes, parsed: Any) -> bytes:
        """Look at a whole answer, as `answer` does."""
        if not self._answers(exchange):
            return body
        if not isinstance(parsed, dict):
            text = plain_answer(exchange, body)
            return left_of_plain(body, text, (await self._output.ascreen([text], Direction.OUTPUT))[0])
        texts = texts_of_answer(parsed)
        remarks = await self._output.aremarks([each.text for each in texts], Direction.OUTPUT)
        return left_of(body, parsed, texts, remarks) if remarks else body

    def events(self, exchange: Exchange) -> EventScreen | None:
        """Give what looks at a streamed answer; AwaitedEvents where it has to be waited for."""
        return self._events(exchange, EventScreen if self._output.immediate_for(Direction.OUTPUT) else AwaitedEvents)
