"""Settling: what was loaded stays, so it is no longer searched for garbage, and it lies in huge pages of memory."""

import asyncio
import gc
import logging

from fmops_serving.gateway.hugepages import collapse
from fmops_serving.gateway.routes.routes import Routes

LOG = logging.getLogger(__name__)
REST = 1.0
"""Seconds that routes get to come together: those of a burst are settled at once."""


async def keep_settled(routes: Routes) -> None:
    """Settle what is loaded now, and again whenever routes brought rails with them, whose detectors are large."""
    gc.set_threshold(20_000, 20, 20)  # requests leave no cycles, so there is little to search for
    settled = -1
    while True:
        if routes.screens != settled:
            settled = routes.screens
            gc.collect()
            gc.freeze()
            LOG.info("%d MB of memory lie in huge pages", collapse() >> 20)
        await routes.changed()
        await asyncio.sleep(REST)
