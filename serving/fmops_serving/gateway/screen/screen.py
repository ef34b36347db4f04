"""The rails of one route, over requests and whole answers; streams are in events.py."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fmops_api.guardrail import Action, DetectorType, Direction, Guardrail, Streaming
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.kind import Kind
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.screen.build import audited, build_rails, holding, tallies
from fmops_serving.gateway.screen.checks import Counting
from fmops_serving.gateway.screen.elsewhere import Elsewhere
from fmops_serving.gateway.screen.events import EventScreen
from fmops_serving.gateway.screen.refusals import CANNOT_SCREEN, blocked, unavailable, unreadable
from fmops_serving.gateway.screen.sweep import UNTOLD, build_sweep
from fmops_serving.guard.memory import Memory
from fmops_serving.guard.openai.answer import texts_of_answer, without, without_spelling
from fmops_serving.guard.openai.form import texts_of_form
from fmops_serving.guard.openai.jsontext import write_json
from fmops_serving.guard.openai.places import Path, Text, put_all
from fmops_serving.guard.openai.request import Unreadable, is_in_parts, joined_texts, texts_of_request
from fmops_serving.guard.rails import Decision

if TYPE_CHECKING:
    import fmops_native

Remarks = Mapping[int, Decision]
"""Decisions about those texts of a request or an answer of which rails say something, by the text's place."""
_WITHOUT_TEXT = frozenset({Kind.EMBEDDINGS})
"""Answers that hold numbers only."""


class Screen:
    """Screens what one model is sent and answers."""

    def __init__(
        self,
        rails: Sequence[Guardrail],
        count: Counting,
        elsewhere: Elsewhere | None = None,
        memory: Memory | None = None,
    ) -> None:
        """Compile the rails, those for requests with a memory. Raises ValueError for a pattern that is none."""
        outgoing = [rail for rail in rails if rail.direction != "Input"]
        self._input = build_rails(rails, Direction.INPUT, count, elsewhere, memory)
        self._output = build_rails(rails, Direction.OUTPUT, count, elsewhere)
        self._held = build_rails(holding(rails), Direction.OUTPUT, count, elsewhere)
        self._audited = build_rails(audited(rails), Direction.OUTPUT, count, elsewhere)
        buffered = any(rail.streaming is Streaming.BUFFER for rail in outgoing)
        self._sweep_in = build_sweep(self._input, Direction.INPUT, tallies(rails, Direction.INPUT, count))
        self._sweep_out = build_sweep(self._output, Direction.OUTPUT, tallies(rails, Direction.OUTPUT, count))
        self._redacting = {rail.name for rail in rails if rail.action is Action.REDACT}
        self._mode = Streaming.BUFFER if buffered else Streaming.WINDOW
        self._holds = bool(holding(outgoing))
        self._audits = bool(audited(outgoing))
        self.incoming = any(rail.direction != "Output" for rail in rails)
        """Whether anything looks at requests."""
        self.outgoing = self._holds or self._audits
        """Whether anything looks at answers."""
        self.scores = any(rail.detector is DetectorType.TOXICITY for rail in rails)
        """Whether anything tells how toxic a text is."""

    def sweep_request(self, exchange: Exchange) -> float | None:
        """Glance at a request of which no rail says anything; gives its highest score, None where it needs a look."""
        if self._sweep_in is None or exchange.plain is None:
            return None
        return self._sweep_in.request(exchange.plain)

    def sweep_answer(self, exchange: Exchange, plain: "fmops_native.Answer | None") -> float | None:
        """Glance at a whole answer, likewise for `answer`."""
        if exchange.kind in _WITHOUT_TEXT:
            return UNTOLD
        if self._sweep_out is None or plain is None:
            return None
        return self._sweep_out.answer(plain)

    def request(self, exchange: Exchange) -> None:
        """Look at a request; what is redacted is written into it. Raises Refusal when it may not go on."""
        if not self.incoming:
            return
        texts = texts_of_exchange(exchange)
        if remarks := self._incoming(texts, exchange.key_name):
            self._take_request(exchange, texts, remarks)
        if is_in_parts(texts) and (joined := joined_of_exchange(exchange)):
            self._take_request(exchange, joined, self._incoming(joined, exchange.key_name))

    def _incoming(self, texts: Sequence[Text], asker: str) -> Remarks:
        return self._input.remarks([each.text for each in texts], Direction.INPUT, asker)

    def _take_request(self, exchange: Exchange, texts: Sequence[Text], remarks: Remarks) -> None:
        """Write what is redacted into a request; raises Refusal, also where what would be redacted has no place."""
        for decision in remarks.values():
            _pass(decision, "request")
        if changes := _changes(texts, remarks):
            exchange.parsed = put_all(exchange.parsed, changes)
        if unchangeable := self._unchangeable(texts, remarks):
            raise blocked(unchangeable, "request")

    def _unchangeable(self, texts: Sequence[Text], remarks: Remarks) -> str:
        """Name the rail that would redact a text without a place: a file, names of fields, joined parts."""
        for place, said in remarks.items():
            if texts[place].path is None and said.text != texts[place].text:
                return next(found.rule for found in said.found if found.rule in self._redacting)
        return ""

    def answer(self, exchange: Exchange, body: bytes, parsed: Any) -> bytes:
        """Look at a whole answer; gives the same bytes when nothing was found. Raises Refusal when nothing may go.

        `parsed` is the body as JSON, None where it is none.
        """
        if not self._answers(exchange):
            return body
        if not isinstance(parsed, dict):
            text = plain_answer(exchange, body)
            return left_of_plain(body, text, self._output.screen([text], Direction.OUTPUT)[0])
        texts = texts_of_answer(parsed)
        remarks = self._output.remarks([each.text for each in texts], Direction.OUTPUT)
        return left_of(body, parsed, texts, remarks) if remarks else body

    def _answers(self, exchange: Exchange) -> bool:
        """Say whether there is something to look at, and something that looks."""
        return self.outgoing and exchange.kind not in _WITHOUT_TEXT

    def events(self, exchange: Exchange) -> EventScreen | None:
        """Give what looks at a streamed answer; None when nothing does."""
        return self._events(exchange, EventScreen)

    def _events(self, exchange: Exchange, kind: type[EventScreen]) -> EventScreen | None:
        if not self.outgoing:
            return None
        return kind(
            self._held if self._holds else None,
            self._audited if self._audits else None,
            self._mode,
            responses=exchange.kind is Kind.RESPONSES,
            usage=_asks_usage(exchange),
        )


def texts_of_exchange(exchange: Exchange) -> list[Text]:
    """Give every text of a request; raises Refusal where one cannot be read."""
    try:
        if exchange.parsed is None:
            return texts_of_form(exchange.headers.get("content-type", ""), exchange.body)
        return texts_of_request(exchange.parsed)
    except Unreadable as fault:
        raise Refusal(400, CANNOT_SCREEN, str(fault)) from None


def joined_of_exchange(exchange: Exchange) -> list[Text]:
    """Give the texts that parts say together; what was redacted in one of them is gone already."""
    return joined_texts(exchange.parsed) if exchange.parsed is not None else []


def plain_answer(exchange: Exchange, body: bytes) -> str:
    """Read an answer that is no JSON object, which only what was transcribed may be; raises Refusal."""
    if exchange.kind is not Kind.TRANSCRIPTIONS:
        raise unreadable("it is no JSON object")
    return body.decode("utf-8", "replace")


def left_of_plain(body: bytes, text: str, decision: Decision) -> bytes:
    """Give what may go of an answer that is one text; raises Refusal when nothing may."""
    _pass(decision, "answer")
    return body if decision.text == text else decision.text.encode()


def left_of(body: bytes, parsed: dict[str, Any], texts: Sequence[Text], remarks: Remarks) -> bytes:
    """Give what may go of an answer of whose texts rails said something; raises Refusal when nothing may."""
    if failed := next((each.unavailable for each in remarks.values() if each.unavailable), ""):
        raise unavailable(failed)
    stopped = [path for place, said in remarks.items() if said.blocked_by and (path := texts[place].path)]
    changes = _changes(texts, remarks)
    if not stopped and not changes:
        return body
    changed = without_spelling(put_all(parsed, changes), [path for path, _ in changes])
    left = without(changed, stopped) if stopped else changed
    if left is None:
        raise blocked(next(said.blocked_by for said in remarks.values() if said.blocked_by), "answer")
    return write_json(left)


def _asks_usage(exchange: Exchange) -> bool:
    options = exchange.parsed.get("stream_options") if exchange.parsed is not None else None
    return isinstance(options, dict) and options.get("include_usage") is True


def _pass(decision: Decision, what: str) -> None:
    if decision.blocked_by:
        raise blocked(decision.blocked_by, what)
    if decision.unavailable:
        raise unavailable(decision.unavailable)


def _changes(texts: Sequence[Text], remarks: Remarks) -> list[tuple[Path, str]]:
    """Give what is redacted, by place."""
    return [
        (path, said.text)
        for place, said in remarks.items()
        if (path := texts[place].path) is not None and said.text != texts[place].text
    ]
