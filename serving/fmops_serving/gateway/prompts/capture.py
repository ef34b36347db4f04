"""An answer that stays in the gateway: what a step of a chain is told, or a final answer that something is added to."""

from typing import Any

import orjson

from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.server.reply import HeaderLines, Reply


class _Nowhere:
    """The wire of an answer that is not sent, and the house of nobody."""

    date = ""
    draining = False

    def write(self, data: bytes) -> None:
        """Send nothing."""


class Capture(Reply):
    """Keeps a whole answer."""

    __slots__ = ("_body", "_told")

    def __init__(self, request_id: str) -> None:
        """Wait for an answer."""
        nowhere = _Nowhere()
        super().__init__(nowhere, nowhere, request_id)
        self._body = b""
        self._told: HeaderLines = ()

    def send(self, status: int, body: bytes, content_type: str = "", headers: HeaderLines = ()) -> None:
        """Keep it."""
        self.status, self.ended, self._body, self._told = status, True, body, headers

    def start(self, status: int, content_type: str, headers: HeaderLines = ()) -> None:
        """Refuse a stream that nobody asked for."""
        raise _unreadable("streams without being asked to")

    def answer(self) -> dict[str, Any]:
        """Give the answer. Raises Refusal: the model's own, or one for an answer that cannot be read."""
        try:
            found = orjson.loads(self._body)
        except orjson.JSONDecodeError:
            found = None
        if not isinstance(found, dict):
            raise _unreadable("is no JSON object")
        if self.status != 200:
            raise self._refused(found.get("error"))
        return found

    def _refused(self, error: Any) -> Refusal:
        details = error if isinstance(error, dict) else {}
        code, kind = (str(details.get(name) or "upstream_error") for name in ("code", "type"))
        message = str(details.get("message") or f"the model answered HTTP {self.status}")
        return Refusal(self.status, code, message, type=kind, headers=tuple(self._told))


def _unreadable(why: str) -> Refusal:
    return Refusal(502, "upstream_error", f"the model's answer {why}", type="server_error")
