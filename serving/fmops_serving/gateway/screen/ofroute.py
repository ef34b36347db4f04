"""The screen of a route: one that answers at once, one that waits, or one that nothing passes."""

from typing import Any, NoReturn

from fmops_api.route import Route
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.screen.awaited import AwaitedScreen
from fmops_serving.gateway.screen.checks import Counting
from fmops_serving.gateway.screen.elsewhere import Classifiers, Elsewhere
from fmops_serving.gateway.screen.screen import Screen
from fmops_serving.guard.memory import Memory
from fmops_serving.guard.packages import Missing


class Shut:
    """In place of rails that cannot be built: nothing passes a model of which a rail is broken."""

    incoming = True
    outgoing = True
    scores = False

    def __init__(self, fault: str) -> None:
        """Say what is wrong with the rails."""
        self.fault = fault

    def sweep_request(self, exchange: Exchange) -> None:
        """Cannot tell."""

    def sweep_answer(self, exchange: Exchange, plain: Any) -> None:
        """Cannot tell."""

    def request(self, exchange: Exchange) -> NoReturn:
        """Refuse."""
        raise Refusal(
            503, "guardrail_unavailable", f"a guard rail of this model is broken: {self.fault}", type="server_error"
        )

    def answer(self, exchange: Exchange, body: bytes, parsed: Any) -> NoReturn:
        """Refuse."""
        self.request(exchange)

    def events(self, exchange: Exchange) -> NoReturn:
        """Refuse."""
        self.request(exchange)


AnyScreen = Screen | Shut


def build_screen(
    route: Route, count: Counting, classifiers: Classifiers | None = None, memory: Memory | None = None
) -> AnyScreen:
    """Make the screen of a route. Rails that ask elsewhere wait; where none does, no request is slower for it."""
    try:
        if not any(rail.elsewhere for rail in route.guardrails):
            return Screen(route.guardrails, count, memory=memory)
        return AwaitedScreen(route.guardrails, count, Elsewhere(route.rail_endpoints, classifiers), memory)
    except (ValueError, Missing) as fault:
        return Shut(str(fault))
