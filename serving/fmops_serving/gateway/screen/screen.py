"""The rails of one route, over requests and whole answers; streams are in events.py."""

from collections.abc import Sequence
from typing import NoReturn

from fmops_api.guardrail import Action, Direction, Guardrail, Streaming
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.kind import Kind
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.screen.build import audited, build_rails, holding
from fmops_serving.gateway.screen.checks import Counting
from fmops_serving.gateway.screen.events import EventScreen
from fmops_serving.gateway.screen.refusals import CANNOT_SCREEN, blocked, unavailable, unreadable
from fmops_serving.guard.openai.answer import texts_of_answer, without, without_spelling
from fmops_serving.guard.openai.form import texts_of_form
from fmops_serving.guard.openai.jsontext import read_json, write_json
from fmops_serving.guard.openai.places import Path, Text, put_all
from fmops_serving.guard.openai.request import Unreadable, joined_texts, texts_of_request
from fmops_serving.guard.packages import Missing
from fmops_serving.guard.rails import Decision

_WITHOUT_TEXT = frozenset({Kind.EMBEDDINGS})
"""Answers that hold numbers only."""


class Screen:
    """Screens what one model is sent and answers."""

    def __init__(self, rails: Sequence[Guardrail], count: Counting) -> None:
        """Compile the rails. Raises ValueError for a pattern that is none."""
        outgoing = [rail for rail in rails if rail.direction != "Input"]
        self._input = build_rails(rails, Direction.INPUT, count)
        self._output = build_rails(rails, Direction.OUTPUT, count)
        self._held = build_rails(holding(rails), Direction.OUTPUT, count)
        self._audited = build_rails(audited(rails), Direction.OUTPUT, count)
        buffered = any(rail.streaming is Streaming.BUFFER for rail in outgoing)
        self._redacting = {rail.name for rail in rails if rail.action is Action.REDACT}
        self._mode = Streaming.BUFFER if buffered else Streaming.WINDOW
        self._holds = bool(holding(outgoing))
        self._audits = bool(audited(outgoing))
        self.incoming = any(rail.direction != "Output" for rail in rails)
        """Whether anything looks at requests."""

    def request(self, exchange: Exchange) -> None:
        """Look at a request; what is redacted is written into it. Raises Refusal when it may not go on."""
        if not self.incoming:
            return
        try:
            texts = _texts(exchange)
        except Unreadable as fault:
            raise Refusal(400, CANNOT_SCREEN, str(fault)) from None
        decisions = self._incoming(texts)
        changes = _changes(texts, decisions)
        if changes:
            exchange.parsed = put_all(exchange.parsed, changes)
        if unchangeable := self._unchangeable(texts, decisions):
            raise blocked(unchangeable, "request")
        if exchange.parsed is None:
            return
        # What is split over two parts can only be refused; what was redacted in one of them is gone already.
        joined = joined_texts(exchange.parsed)
        if unchangeable := self._unchangeable(joined, self._incoming(joined)):
            raise blocked(unchangeable, "request")

    def _incoming(self, texts: Sequence[Text]) -> list[Decision]:
        decisions = self._input.screen([each.text for each in texts], Direction.INPUT)
        for decision in decisions:
            _pass(decision, "request")
        return decisions

    def _unchangeable(self, texts: Sequence[Text], decisions: Sequence[Decision]) -> str:
        """Name the rail that would redact a text without a place: a file, names of fields, joined parts."""
        for each, said in zip(texts, decisions, strict=True):
            if each.path is None and said.text != each.text:
                return next(found.rule for found in said.found if found.rule in self._redacting)
        return ""

    def answer(self, exchange: Exchange, body: bytes) -> bytes:
        """Look at a whole answer; gives the same bytes when nothing was found. Raises Refusal when nothing may go."""
        if not (self._holds or self._audits) or exchange.kind in _WITHOUT_TEXT:
            return body
        parsed = read_json(body)
        if not isinstance(parsed, dict):
            return self._plain(exchange, body)
        texts = texts_of_answer(parsed)
        decisions = self._output.screen([each.text for each in texts], Direction.OUTPUT)
        if failed := next((each.unavailable for each in decisions if each.unavailable), ""):
            raise unavailable(failed)
        stopped = [each.path for each, said in zip(texts, decisions, strict=True) if said.blocked_by and each.path]
        changes = _changes(texts, decisions)
        if not stopped and not changes:
            return body
        changed = without_spelling(put_all(parsed, changes), [path for path, _ in changes])
        left = without(changed, stopped) if stopped else changed
        if left is None:
            raise blocked(next(said.blocked_by for said in decisions if said.blocked_by), "answer")
        return write_json(left)

    def _plain(self, exchange: Exchange, body: bytes) -> bytes:
        """Look at an answer that is no JSON object, which only what was transcribed may be."""
        if exchange.kind is not Kind.TRANSCRIPTIONS:
            raise unreadable("it is no JSON object")
        text = body.decode("utf-8", "replace")
        decision = self._output.screen([text], Direction.OUTPUT)[0]
        _pass(decision, "answer")
        return body if decision.text == text else decision.text.encode()

    def events(self, exchange: Exchange) -> EventScreen | None:
        """Give what looks at a streamed answer; None when nothing does."""
        if not (self._holds or self._audits):
            return None
        return EventScreen(
            self._held if self._holds else None,
            self._audited if self._audits else None,
            self._mode,
            responses=exchange.kind is Kind.RESPONSES,
            usage=_asks_usage(exchange),
        )


class Shut:
    """In place of rails that cannot be built: nothing passes a model of which a rail is broken."""

    incoming = True

    def __init__(self, fault: str) -> None:
        """Say what is wrong with the rails."""
        self.fault = fault

    def request(self, exchange: Exchange) -> NoReturn:
        """Refuse."""
        raise Refusal(
            503, "guardrail_unavailable", f"a guard rail of this model is broken: {self.fault}", type="server_error"
        )

    def answer(self, exchange: Exchange, body: bytes) -> NoReturn:
        """Refuse."""
        self.request(exchange)

    def events(self, exchange: Exchange) -> NoReturn:
        """Refuse."""
        self.request(exchange)


def build_screen(rails: Sequence[Guardrail], count: Counting) -> Screen | Shut:
    """Make the screen of a route."""
    try:
        return Screen(rails, count)
    except (ValueError, Missing) as fault:
        return Shut(str(fault))


def _texts(exchange: Exchange) -> list[Text]:
    if exchange.parsed is None:
        return texts_of_form(exchange.headers.get("content-type", ""), exchange.body)
    return texts_of_request(exchange.parsed)


def _asks_usage(exchange: Exchange) -> bool:
    options = exchange.parsed.get("stream_options") if exchange.parsed is not None else None
    return isinstance(options, dict) and options.get("include_usage") is True


def _pass(decision: Decision, what: str) -> None:
    if decision.blocked_by:
        raise blocked(decision.blocked_by, what)
    if decision.unavailable:
        raise unavailable(decision.unavailable)


def _changes(texts: Sequence[Text], decisions: Sequence[Decision]) -> list[tuple[Path, str]]:
    """Give what is redacted, by place."""
    return [
        (each.path, said.text)
        for each, said in zip(texts, decisions, strict=True)
        if each.path is not None and said.text != each.text
    ]
