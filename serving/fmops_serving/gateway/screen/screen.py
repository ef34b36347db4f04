"""The rails of one route, over requests and whole answers; streams are in events.py."""

from collections.abc import Sequence
from typing import Any, NoReturn

import orjson

from fmops_api.guardrail import Guardrail, Streaming
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.kind import Kind
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.screen.build import audited, build_rails, holding
from fmops_serving.gateway.screen.checks import Counting
from fmops_serving.gateway.screen.events import EventScreen
from fmops_serving.guard.openai.answer import texts_of_answer, without, without_chances
from fmops_serving.guard.openai.places import Path, Text, put_all
from fmops_serving.guard.openai.request import Unreadable, texts_of_request
from fmops_serving.guard.packages import Missing
from fmops_serving.guard.rails import Decision
from fmops_serving.guard.rule import Direction
from fmops_serving.guard.stream import Mode

_WITHOUT_TEXT = frozenset({Kind.EMBEDDINGS})
"""Answers that hold numbers only."""


CANNOT_SCREEN = "cannot_be_screened"


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
        self._mode = Mode.BUFFER if buffered else Mode.WINDOW
        self._holds = bool(holding(outgoing))
        self._audits = bool(audited(outgoing))
        self.incoming = any(rail.direction != "Output" for rail in rails)
        """Whether anything looks at requests."""

    def request(self, exchange: Exchange) -> None:
        """Look at a request; what is redacted is written into it. Raises Refusal when it may not go on."""
        if not self.incoming:
            return
        if exchange.parsed is None:
            raise Refusal(400, CANNOT_SCREEN, "this model's guard rails cannot read a form: it has rails for requests")
        try:
            texts = texts_of_request(exchange.parsed)
        except Unreadable as fault:
            raise Refusal(400, CANNOT_SCREEN, str(fault)) from None
        decisions = self._input.screen([each.text for each in texts], Direction.INPUT)
        for decision in decisions:
            _pass(decision)
        changes = _changes(texts, decisions, in_place=True)
        if changes:
            exchange.parsed = put_all(exchange.parsed, changes)

    def answer(self, exchange: Exchange, body: bytes) -> bytes:
        """Look at a whole answer; gives the same bytes when nothing was found. Raises Refusal when nothing may go."""
        if not (self._holds or self._audits) or exchange.kind in _WITHOUT_TEXT:
            return body
        parsed = _read(body)
        texts = texts_of_answer(parsed)
        decisions = self._output.screen([each.text for each in texts], Direction.OUTPUT)
        if unavailable := next((each.unavailable for each in decisions if each.unavailable), ""):
            raise _unavailable(unavailable)
        blocked = [each.path for each, said in zip(texts, decisions, strict=True) if said.blocked_by and each.path]
        changes = _changes(texts, decisions, in_place=False)
        if not blocked and not changes:
            return body
        changed = without_chances(put_all(parsed, changes), [path for path, _ in changes])
        left = without(changed, blocked) if blocked else changed
        if left is None:
            raise _blocked(next(said.blocked_by for said in decisions if said.blocked_by), "answer")
        return orjson.dumps(left)

    def events(self, exchange: Exchange) -> EventScreen | None:
        """Give what looks at a streamed answer; None when nothing does."""
        if not (self._holds or self._audits):
            return None
        return EventScreen(
            self._held if self._holds else None,
            self._audited if self._audits else None,
            self._mode,
            responses=exchange.kind is Kind.RESPONSES,
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


def _read(body: bytes) -> dict[str, Any]:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        parsed = None
    if not isinstance(parsed, dict):
        raise Refusal(
            502, "upstream_error", "the model's answer cannot be read, so it was not screened", type="server_error"
        )
    return parsed


def _pass(decision: Decision) -> None:
    if decision.blocked_by:
        raise _blocked(decision.blocked_by, "request")
    if decision.unavailable:
        raise _unavailable(decision.unavailable)


def _changes(texts: Sequence[Text], decisions: Sequence[Decision], *, in_place: bool) -> list[tuple[Path, str]]:
    """Give what is redacted, by place. A text without a place (joined parts, a file) cannot be: it is refused."""
    changes = []
    for each, decision in zip(texts, decisions, strict=True):
        if decision.text == each.text:
            continue
        if each.path is not None:
            changes.append((each.path, decision.text))
        elif in_place:
            rule = decision.found[0].rule if decision.found else ""
            raise _blocked(rule, "request")
    return changes


def _blocked(rail: str, what: str) -> Refusal:
    return Refusal(400, "content_filter", f"the {what} was blocked by guard rail {rail}", type="content_filter")


def _unavailable(rail: str) -> Refusal:
    return Refusal(
        503, "guardrail_unavailable", f"guard rail {rail} failed, and nothing passes without it", type="server_error"
    )
