"""The story of a called prompt: who asks, what is called, then one request for each step.

Each request goes through the whole of the gateway: access, limits, rails, balance. An answer is data in the next step.
"""

from fmops_api.route import Route
from fmops_serving.gateway.access.doorkeeper import Doorkeeper
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.kind import Kind
from fmops_serving.gateway.naming import parse
from fmops_serving.gateway.prompts.call import Called, Wish, check_names, find, read_wish
from fmops_serving.gateway.prompts.follow import Ask, Follower
from fmops_serving.gateway.prompts.shelf import Shelf
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.routes.routes import Routes
from fmops_serving.gateway.server.reply import Reply
from fmops_serving.prompts.steps import NOBODY, Prompt


class Prompts:
    """Answers calls of prompts and chains."""

    def __init__(self, shelf: Shelf, routes: Routes, doorkeeper: Doorkeeper, ask: Ask) -> None:
        """Call what is in `shelf`, and ask by `ask`."""
        self._shelf = shelf
        self._routes = routes
        self._doorkeeper = doorkeeper
        self._ask = ask

    async def answer(self, exchange: Exchange, reply: Reply, called: Called) -> None:
        """Answer one call. Raises Refusal before anything was sent."""
        if exchange.method != "POST":
            raise Refusal(405, "method_not_allowed", f"{exchange.path} takes POST", headers=(("allow", "POST"),))
        exchange.kind = Kind.CHAT
        self._doorkeeper.greet(exchange, self._routes.table)
        parse(exchange)
        if exchange.parsed is None:
            raise Refusal(400, "invalid_json", "a prompt is called with JSON")
        wish = read_wish(exchange.parsed, called.title)
        prompt = self._found(exchange, called, wish)
        check_names(prompt, wish.variables)
        exchange.kind = None  # from here on the requests of the steps are counted

        def opened(model: str | None) -> Route:
            place = wish.model if model is None else f"{called.title.namespace}/{model}"
            return self._doorkeeper.find(exchange, self._routes.table, place or "").route

        await Follower(exchange, wish, opened, self._ask, self._shelf).follow(prompt, reply)

    def _found(self, exchange: Exchange, called: Called, wish: Wish) -> Prompt:
        """Find what is called, for a key that opens the model; others are not told what there is."""
        if wish.model is not None:
            exchange.place = self._doorkeeper.find(exchange, self._routes.table, wish.model).place
        elif called.title.namespace not in self._doorkeeper.namespaces(exchange, self._routes.table):
            raise Refusal(404, "prompt_not_found", f"there is no catalogue {called.title} for your key")
        prompt = find(called, self._shelf.find(called.title), wish.pointer)
        if prompt.asks_candidate and wish.model is None:
            raise Refusal(400, "missing_model", "say which model: `model` must be its name, as text", param="model")
        if not prompt.asks_candidate and wish.model is not None:
            raise Refusal(400, "invalid_value", f"model: {NOBODY}", param="model")
        return prompt
