"""The door: a key is looked at, then the model it asks for is found among those that it may use."""

import hashlib
import hmac
from typing import NamedTuple

from fmops_api.access import AccessMode
from fmops_api.route import Route, RouteKey
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.naming import model_of
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.routes.table import Live, Place, Table


class Admission(NamedTuple):
    """A request that may go on, by which key."""

    live: Live
    key: RouteKey | None


class Doorkeeper:
    """Admits requests."""

    def admit(self, exchange: Exchange, table: Table) -> Admission:
        """Find the model asked for, and the key that opens it. Raises Refusal 400, 401, 403 or 404."""
        digest = _digest(exchange)
        asked = model_of(exchange)
        namespace, _, name = asked.rpartition("/")
        found = table.find(Place(namespace, name)) if namespace else None
        candidates = [found] if found is not None else [] if namespace else table.by_name.get(name, [])
        admissions = [
            Admission(live, key) for live in candidates for opens, key in [_opened(live.route, digest)] if opens
        ]
        if not admissions:
            raise _refused(asked, digest, table)
        if len(admissions) > 1:
            names = ", ".join(sorted(str(each.live.place) for each in admissions))
            raise Refusal(400, "ambiguous_model", f"{asked} is the name of several models: say {names}", param="model")
        admission = admissions[0]
        exchange.key_name = admission.key.name if admission.key else ""
        return admission

    def settle(self, admission: Admission, exchange: Exchange) -> None:
        """Take note of what the answer used."""

    def models(self, exchange: Exchange, table: Table) -> list[Live]:
        """List the models that a client may use. Raises Refusal 401 for a key that opens nothing."""
        digest = _digest(exchange)
        seen = [live for live in table.by_place.values() if _opened(live.route, digest)[0]]
        if digest is not None and not any(_opened(live.route, digest)[1] for live in seen):
            raise _unknown_key()
        return sorted(seen, key=lambda live: live.place)


def _digest(exchange: Exchange) -> str | None:
    """Give the digest of the client's key; None when it sent none."""
    scheme, _, key = exchange.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        key = exchange.headers.get("api-key", "")
    key = key.strip()
    return f"sha256:{hashlib.sha256(key.encode('latin-1')).hexdigest()}" if key else None


def _opened(route: Route, digest: str | None) -> tuple[bool, RouteKey | None]:
    """Say whether a key opens a route, and which of its keys it is. Every key is compared, whichever fits."""
    fitting = None
    for key in route.access.keys:
        if hmac.compare_digest(key.digest, digest or ""):
            fitting = key
    return fitting is not None or route.access.mode is AccessMode.PUBLIC, fitting


def _refused(asked: str, digest: str | None, table: Table) -> Refusal:
    """Say no more than the key may know: a model that it does not open is told as one that is not there."""
    if digest is None:
        return Refusal(401, "missing_api_key", "a key is needed: send it as Authorization: Bearer KEY")
    if not any(_opened(live.route, digest)[1] for live in table.by_place.values()):
        return _unknown_key()
    return Refusal(
        404, "model_not_found", f"the model {asked[:200]} does not exist or is not for your key", param="model"
    )


def _unknown_key() -> Refusal:
    return Refusal(401, "invalid_api_key", "the key is not known here")
