"""An exchange: what is known of one request while it is answered."""

from typing import TYPE_CHECKING, Any

import orjson

from fmops_serving.gateway.kind import SUFFIXES, Kind
from fmops_serving.gateway.place import Place

if TYPE_CHECKING:
    import fmops_native

    from fmops_serving.gateway.balance.choice import Target
    from fmops_serving.gateway.tracing.spans import RequestSpan

Headers = dict[str, str]
"""Names in lower case; values of a name that came twice are joined by a comma."""


class Exchange:
    """One request, and what became known of it on its way. Times are of `time.monotonic`, in seconds."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of a request
        self,
        method: str,
        path: str,
        query: str,
        headers: Headers,
        body: bytes,
        request_id: str,
        began: float,
        kind: Kind | None = None,
    ) -> None:
        """Take a request as it came: its path without the query, for only paths that are listed are answered."""
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.request_id = request_id
        self.began = began
        self.kind = kind
        self.plain: fmops_native.Request | None = None
        """The body as it was read where it stands; None where that could not be, or something was changed since."""
        self.read: dict[str, Any] | None = None
        """The body as an object, once something needed one."""
        self.stream = False
        self.whole = False
        """Whether a backend is sent what was parsed, written anew: what was screened is then what is sent, even where a
        key came twice."""
        self.place: Place | None = None
        """Which model answers it, once that is known."""
        self.target: Target | None = None
        """Where the answer came from, or the last place that was asked."""
        self.key_name = ""
        """Name of the client's key; empty where none is needed."""
        self.first_byte = 0.0
        """When the first byte of the answer's content left; 0 before."""
        self.broken = False
        """Whether a streamed answer broke off after its first piece had left."""
        self.events = 0
        """Events of a streamed answer that left."""
        self.tokens: dict[str, int] = {}
        """What the answer's usage counted, by kind: input, output, cached, reasoning."""
        self.span: RequestSpan | None = None
        """Its part of a trace; None unless a collector of OpenTelemetry is named."""

    @property
    def is_json(self) -> bool:
        """Say whether the body is JSON, which a form is not."""
        return self.plain is not None or self.read is not None

    @property
    def parsed(self) -> dict[str, Any] | None:
        """The body as JSON; None where it is none (audio). Written again only where something changes it."""
        if self.read is None and self.plain is not None:
            self.read = orjson.loads(self.body)
        return self.read

    @parsed.setter
    def parsed(self, body: dict[str, Any]) -> None:
        self.plain, self.read = None, body

    @property
    def suffix(self) -> str:
        """Give the path below an API's root that answers this kind of request."""
        return SUFFIXES[self.kind] if self.kind is not None else self.path
