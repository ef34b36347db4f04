"""`fmops gateway`: one OpenAI endpoint for the models of a folder of routes."""

import asyncio
import logging
import signal
import sys
from pathlib import Path

import click
import uvloop

from fmops_serving.gateway.access.doorkeeper import Doorkeeper
from fmops_serving.gateway.access.limits import Limits as KeyLimits
from fmops_serving.gateway.routes.folder import Folder
from fmops_serving.gateway.routes.table import Routes
from fmops_serving.gateway.serve import Gateway
from fmops_serving.gateway.server.house import House
from fmops_serving.gateway.server.limits import Limits
from fmops_serving.gateway.upstream.patience import Patience
from fmops_serving.gateway.waiting import Waiting

LOG = logging.getLogger("fmops_serving.gateway")
_CUT_OFF = 1


@click.command()
@click.option(
    "--routes",
    "folder",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with a file for each model; changes are in force within a second.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@click.option("--grace", default=30.0, show_default=True, help="Seconds that running answers may take after SIGTERM.")
def gateway(folder: Path, host: str, port: int, grace: float) -> None:
    r"""Answer the OpenAI API for every model of a folder of routes.

    \b
    Example:
      fmops gateway --routes examples/gateway/routes
      curl http://127.0.0.1:8080/v1/models
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    sys.exit(uvloop.run(_run(folder, host, port, grace)))


async def _run(folder: Path, host: str, port: int, grace: float) -> int:
    """Serve until SIGTERM or SIGINT; gives the exit status."""
    routes = Routes(Patience(), lambda _place, _check: None)
    source = Folder(folder, routes)
    for fault in source.look():
        LOG.warning("%s", fault)
    gateway = Gateway(routes, Doorkeeper(KeyLimits()), Waiting(routes))
    house = House(gateway.answer, Limits())
    try:
        listening = await house.open(host, port)
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror}") from None
    LOG.info("listening on http://%s:%d for %d models", host, listening, len(routes.table.by_place))
    following = asyncio.create_task(source.follow())
    await _told_to_end()
    LOG.info("ending: running answers have %g s", grace)
    cut = await house.close(grace)
    following.cancel()
    if cut:
        LOG.warning("%d connections were cut off", cut)
    return _CUT_OFF if cut else 0


async def _told_to_end() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    await told.wait()
