"""The port for who runs the gateway: metrics for Prometheus, and for other replicas what keys used."""

from fmops_serving.gateway.access.limits import Limits
from fmops_serving.gateway.access.peers import PATH, report
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.metrics.page import MetricsPage
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.server.reply import Reply


class Inside:
    """Answers what is not for applications."""

    def __init__(self, page: MetricsPage, limits: Limits) -> None:
        """Show metrics, and what was used."""
        self._page = page
        self._limits = limits

    async def answer(self, exchange: Exchange, reply: Reply) -> None:
        """Answer one request. Raises Refusal for anything else."""
        if exchange.path != PATH:
            await self._page.answer(exchange, reply)
        elif exchange.method != "GET":
            raise Refusal(405, "method_not_allowed", f"{PATH} takes GET", headers=(("allow", "GET"),))
        else:
            reply.send(200, report(self._limits, exchange.query))
