"""The page that Prometheus reads, at /metrics of a port of its own."""

import time

from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.metrics.recorder import Recorder
from fmops_serving.gateway.place import Revision
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.routes.routes import Routes
from fmops_serving.gateway.server.reply import Reply
from fmops_serving.gateway.waiting import Waiting


class MetricsPage:
    """Answers /metrics with what was recorded and what is just now."""

    def __init__(self, recorder: Recorder, routes: Routes, waiting: Waiting) -> None:
        """Read the three."""
        self._recorder = recorder
        self._routes = routes
        self._waiting = waiting

    async def answer(self, exchange: Exchange, reply: Reply) -> None:
        """Answer one request. Raises Refusal for anything but the page."""
        if exchange.path != "/metrics":
            raise Refusal(404, "not_found", "metrics are at /metrics")
        if exchange.method not in {"GET", "HEAD"}:
            raise Refusal(405, "method_not_allowed", "/metrics takes GET", headers=(("allow", "GET, HEAD"),))
        self._recorder.known(self._addresses(), time.monotonic())
        self._recorder.queued({(place.namespace, place.name): count for place, count in self._waiting.queued.items()})
        if (age := self._routes.age()) is not None:
            self._recorder.aged(age)
        body, content_type = self._recorder.page(exchange.headers.get("accept", ""))
        reply.send(200, body, content_type)

    def _addresses(self) -> dict[Revision, int]:
        """Count the addresses of each revision; backends of one revision count as one."""
        found: dict[Revision, int] = {}
        for place, live in self._routes.table.by_place.items():
            for pool in live.pools:
                revision = (place.namespace, place.name, pool.backend.revision)
                found[revision] = found.get(revision, 0) + len(pool.targets)
        return found
