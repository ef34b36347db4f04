"""The door: a key is looked at, then the model it asks for is found among those that it may use.

Keys are known by their SHA-256 only, and are random, so that a digest tells nothing of another key. The digest of what
a client sent is looked up as a whole; no time depends on how much of a key was right.
"""

from collections.abc import Mapping

from fmops_api.route import RouteKey
from fmops_serving.gateway.access.digest import digest_of
from fmops_serving.gateway.access.limits import Booking, Limits, limited
from fmops_serving.gateway.access.size import size_of_text
from fmops_serving.gateway.exchange import Exchange, Headers
from fmops_serving.gateway.naming import model_of
from fmops_serving.gateway.place import Place
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.routes.table import Live, Table

Keyring = Mapping[Place, RouteKey]
"""The models that a client's key opens, each by which of its keys; empty for who sent none."""
_NO_KEYS: Keyring = {}


class Doorkeeper:
    """Admits requests. A key is looked at before a body is read, so that strangers cost little."""

    def __init__(self, limits: Limits) -> None:
        """Count by `limits`."""
        self._limits = limits

    def greet(self, exchange: Exchange, table: Table) -> Keyring:
        """Look at a key. Raises Refusal 401 for one that opens nothing, and for none where nothing is public."""
        if key := _key_of(exchange.headers):
            keys = table.keys.get(digest_of(key))
            if not keys:
                raise Refusal(401, "invalid_api_key", "the key is not known here")
            return keys
        if not any(live.public for live in table.by_place.values()):
            raise _no_key()
        return _NO_KEYS

    def admit(self, exchange: Exchange, table: Table, keys: Keyring) -> tuple[Live, Booking | None]:
        """Find the model that a client asks for, and count the request, where anything limits its key.

        Raises Refusal 400, 401, 403, 404 or 429.
        """
        asked = model_of(exchange)
        live = table.by_full_name.get(asked)
        key = keys.get(live.place) if live is not None else None
        if live is None or key is None:
            live = _found(asked, keys, table)
            key = keys.get(live.place)
        exchange.place = live.place
        if key is None:
            return live, None
        exchange.key_name = key.name
        return live, self._limits.book(live.place, key, size_of_text(exchange)) if limited(key) else None

    def find(self, exchange: Exchange, table: Table, model: str) -> Live:
        """Find a model for a key, and count nothing. Raises Refusal as `admit`."""
        return _found(model, self.greet(exchange, table), table)

    def namespaces(self, exchange: Exchange, table: Table) -> set[str]:
        """Name the namespaces in which a client may use a model. Raises Refusal 401 as `greet`."""
        return {live.route.namespace for live in self.models(exchange, table)}

    def settle(self, booking: Booking, exchange: Exchange) -> None:
        """Take note of what the answer used."""
        tokens = exchange.tokens
        if tokens:
            used = tokens.get("input", 0) + tokens.get("output", 0)
        else:
            used = booking.use.amount + exchange.events if exchange.target is not None else 0
        self._limits.settle(booking, used)

    def left(self, booking: Booking) -> tuple[tuple[str, str], ...]:
        """Give the headers that say what the key has left."""
        return self._limits.told(booking)

    def models(self, exchange: Exchange, table: Table) -> list[Live]:
        """List the models that a client may use, by name. Raises Refusal 401 as `greet`."""
        keys = self.greet(exchange, table)
        return sorted((live for live in table.by_place.values() if _may(live, keys)), key=lambda live: live.place)


def _key_of(headers: Headers) -> str:
    """Read a key; empty where none was sent."""
    given = headers.get("authorization")
    if given is not None:
        scheme, _, key = given.partition(" ")
        if scheme.lower() == "bearer" and (key := key.strip()):
            return key
    return headers.get("api-key", "").strip()


def _may(live: Live, keys: Keyring) -> bool:
    return live.place in keys or live.public


def _found(asked: str, keys: Keyring, table: Table) -> Live:
    """Find a model by namespace/name, or by its name among those that a client may use."""
    namespace, _, name = asked.rpartition("/")
    named = table.find(Place(namespace, name)) if namespace else None
    if named is not None and _may(named, keys):
        return named
    candidates = [named] if named is not None else [] if namespace else table.by_name.get(name, [])
    open_ones = [live for live in candidates if _may(live, keys)]
    if len(open_ones) > 1:
        names = ", ".join(sorted(str(live.place) for live in open_ones))
        raise Refusal(400, "ambiguous_model", f"{asked} is the name of several models: say {names}", param="model")
    if not open_ones:
        raise _closed(asked, candidates, keys)
    return open_ones[0]


def _closed(asked: str, candidates: list[Live], keys: Keyring) -> Refusal:
    """Say no more than a client may know: a model of a namespace in which nothing is his is told as none."""
    if not keys:
        return _no_key()
    at_home = {place.namespace for place in keys}
    if any(live.route.namespace in at_home for live in candidates):
        return Refusal(403, "model_not_allowed", f"your key is not for {asked[:200]}", param="model")
    return Refusal(404, "model_not_found", f"there is no model {asked[:200]} for your key", param="model")


def _no_key() -> Refusal:
    return Refusal(
        401,
        "missing_api_key",
        "a key is needed: send it as Authorization: Bearer KEY",
        headers=(("www-authenticate", "Bearer"),),
    )
