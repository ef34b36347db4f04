"""`fmops gateway`: one OpenAI endpoint for the models of a folder of routes, or of those that an operator writes."""

import asyncio
import logging
import os
import resource
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import uvloop

from fmops_serving.gateway import serve
from fmops_serving.gateway.access.doorkeeper import Doorkeeper
from fmops_serving.gateway.access.limits import Limits as KeyLimits
from fmops_serving.gateway.access.peers import Peers
from fmops_serving.gateway.classifiers import UnreadableClassifier, read_classifiers
from fmops_serving.gateway.forward import REQUEST_TIME
from fmops_serving.gateway.inside import Inside
from fmops_serving.gateway.metrics.page import MetricsPage
from fmops_serving.gateway.metrics.recorder import Recorder
from fmops_serving.gateway.prompts.shelf import Shelf
from fmops_serving.gateway.routes.apiserver import SERVICE_ACCOUNT, Account, NoApiServer
from fmops_serving.gateway.routes.cluster import follow_cluster
from fmops_serving.gateway.routes.folder import Folder
from fmops_serving.gateway.routes.keeper import Keeper
from fmops_serving.gateway.routes.kept import Copy
from fmops_serving.gateway.routes.routes import Routes
from fmops_serving.gateway.screen.elsewhere import Classifiers
from fmops_serving.gateway.serve import Gateway
from fmops_serving.gateway.server.house import House
from fmops_serving.gateway.server.limits import Limits
from fmops_serving.gateway.settling import keep_settled
from fmops_serving.gateway.tracing.settings import CannotTraceError, wants_spans
from fmops_serving.gateway.upstream.patience import Patience
from fmops_serving.gateway.waiting import Waiting
from fmops_serving.guard.memory import REMEMBERED, Memory
from fmops_serving.native import native

if TYPE_CHECKING:
    from fmops_serving.gateway.tracing.tracing import Tracing

LOG = logging.getLogger("fmops_serving.gateway")

_HELP = """Answer the OpenAI API for every model of a folder of routes, or of a namespace that an operator writes into.

\b
Example:
  fmops gateway --routes examples/gateway/routes
  curl http://127.0.0.1:8080/v1/models
"""
_CUT_OFF = 1
Begin = Callable[[Routes, Shelf], Coroutine[Any, Any, None]]
"""Fills routes and catalogues as far as can be done at once; gives what follows their changes for ever."""


def _host_and_port(_: click.Context, __: click.Parameter, peers: str | None) -> tuple[str, int] | None:
    """Read where peers are."""
    if peers is None:
        return None
    host, _colon, port = peers.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise click.BadParameter(f"takes HOST:PORT, such as gateway-metrics:8081, not {peers!r}")
    return host.strip("[]"), int(port)


class Listening(NamedTuple):
    """Where to listen, how to end, and where other replicas are."""

    host: str
    port: int
    metrics_port: int
    grace: float
    request_timeout: float
    body_memory: int
    remembered_texts: int
    peers: tuple[str, int] | None
    classifiers: Path | None


@click.command(help=_HELP)
@click.option(
    "--routes",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with a file for each model; changes are in force within a second.",
)
@click.option(
    "--namespace", help="Namespace of a cluster that the operator writes routes into, instead of a folder; in its pods."
)
@click.option(
    "--service-account",
    "account",
    default=SERVICE_ACCOUNT,
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder with token and ca.crt, to read that namespace with.",
)
@click.option(
    "--keep-routes",
    "kept",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of this gateway alone, for a copy of that namespace's routes with their credentials: they are served "
    "when it starts anew while the API server is away.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@click.option(
    "--metrics-port",
    default=8081,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port of /metrics; 0 likewise.",
)
@click.option(
    "--peers",
    callback=_host_and_port,
    help="HOST:PORT under which the metrics ports of all replicas are found, to count the limits of keys together.",
)
@click.option(
    "--request-timeout",
    default=REQUEST_TIME,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="Seconds that a request may take as a whole, unless its answer is streamed.",
)
@click.option(
    "--body-memory",
    default=Limits.bodies >> 20,
    show_default=True,
    type=click.IntRange(1),
    help="MiB that bodies of requests may take together until they are answered; further ones get 503.",
)
@click.option(
    "--remembered-texts",
    default=REMEMBERED,
    show_default=True,
    type=click.IntRange(0),
    help="Texts of requests that are remembered once rails found nothing in them, about 0.3 KB each; 0: none.",
)
@click.option(
    "--classifiers",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with a folder for each ONNX classifier that guard rails may name.",
)
@click.option("--grace", default=30.0, show_default=True, help="Seconds that running answers may take after SIGTERM.")
def gateway(folder: Path | None, namespace: str | None, account: Path, kept: Path | None, **listening: Any) -> None:
    """Read the routes, listen, answer."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    _allow_connections()
    sys.exit(uvloop.run(_run(_begin(folder, namespace, account, kept), Listening(**listening))))


def _allow_connections() -> None:
    """Open as many files as the system allows: each request has two connections, and a shell's limit is often 1024."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with suppress(ValueError, OSError):  # a system where the limit has no end takes none
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _begin(folder: Path | None, namespace: str | None, account: Path, kept: Path | None) -> Begin:
    """Choose where routes come from. Raises click.ClickException for none, for both, and outside a cluster."""
    if folder is not None and kept is not None:
        raise click.UsageError("--keep-routes is for --namespace: the files of --routes are there when it starts anew")
    if folder is not None and namespace is None:
        return partial(_begin_folder, folder)
    if folder is not None or namespace is None:
        raise click.UsageError("routes come from one of --routes FOLDER and --namespace NAME: give one of them")
    try:
        return partial(_begin_namespace, namespace, Account.find(account), kept)
    except NoApiServer as error:
        raise click.ClickException(f"--namespace: {error}") from None


def _begin_folder(folder: Path, routes: Routes, shelf: Shelf) -> Coroutine[Any, Any, None]:
    source = Folder(folder, routes, shelf)
    for fault in source.look():
        LOG.warning("%s", fault)
    return source.follow()


def _begin_namespace(
    namespace: str, account: Account, kept: Path | None, routes: Routes, shelf: Shelf
) -> Coroutine[Any, Any, None]:
    keeper = Keeper(Copy(kept, namespace), routes.recall) if kept is not None else None
    return follow_cluster(account, namespace, routes.replace, shelf.replace, trouble=routes.note, keeper=keeper)


async def _run(begin: Begin, listening: Listening) -> int:
    """Serve until SIGTERM or SIGINT; gives the exit status."""
    recorder, tracing = Recorder(), _tracing()
    checks = recorder.checks if tracing is None else tracing.checks(recorder.checks)
    memory = Memory(listening.remembered_texts) if listening.remembered_texts else None
    routes = Routes(Patience(), checks, _classifiers(listening.classifiers), memory)
    shelf = Shelf()
    follow = begin(routes, shelf)
    waiting = Waiting(routes)
    key_limits = KeyLimits()
    peers = Peers(key_limits, *listening.peers) if listening.peers is not None else None
    serving = Gateway(
        routes,
        Doorkeeper(key_limits),
        waiting,
        recorder,
        shelf=shelf,
        tracing=tracing,
        request_time=listening.request_timeout,
    )
    bounds = Limits(bodies=listening.body_memory << 20)
    house = House(serving.answer if tracing is None else tracing.request(serving.answer), bounds)
    counting = House(Inside(MetricsPage(recorder, routes, waiting), key_limits).answer, Limits())
    try:
        port = await _open(house, listening.host, listening.port)
        metrics_port = await _open(counting, listening.host, listening.metrics_port)
    except click.ClickException:
        follow.close()
        raise
    LOG.info("listening on http://%s:%d for %d models", listening.host, port, len(routes.table.by_place))
    LOG.info("metrics are at http://%s:%d/metrics", listening.host, metrics_port)
    if native is None:
        LOG.info("Python reads and screens all, at up to three times the cost: fmops-native is not installed or off")
    if not is_compiled(serve):
        LOG.info("Python interprets the hot modules, at up to two fifths more CPU: fmops-compiled is not installed")
    settling = asyncio.create_task(keep_settled(routes))
    hearing = asyncio.create_task(peers.follow()) if peers is not None else None
    following, told = asyncio.create_task(follow), asyncio.create_task(_told_to_end())
    await asyncio.wait((following, told), return_when=asyncio.FIRST_COMPLETED)
    if following.done():
        following.result()  # follows for ever, so this raises: old routes must not be served without a word
    LOG.info("ending: running answers have %g s", listening.grace)
    cut = await house.close(listening.grace)
    following.cancel()
    settling.cancel()
    if hearing is not None:
        hearing.cancel()
    await counting.close(0)
    if tracing is not None:
        tracing.close()
    if cut:
        LOG.warning("%d connections were cut off", cut)
    return _CUT_OFF if cut else 0


def is_compiled(module: ModuleType) -> bool:
    """Say whether a module is machine code, as the image's hot modules are, and not its source."""
    return any(str(module.__file__).endswith(suffix) for suffix in EXTENSION_SUFFIXES)


def _tracing() -> "Tracing | None":
    """Make spans when the environment names a collector. Raises click.ClickException when that cannot be."""
    try:
        if not wants_spans(os.environ):
            return None
        from fmops_serving.gateway.tracing.tracing import Tracing  # noqa: PLC0415 - an extra of its own, loaded on wish
    except CannotTraceError as error:
        raise click.ClickException(str(error)) from None
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"a collector of OpenTelemetry is named, and {error.name} is not installed: pip install 'fmops[tracing]', "
            'or an image built with SERVING_EXTRAS="--extra tracing"'
        ) from None
    return Tracing(os.environ)


def _classifiers(folder: Path | None) -> Classifiers:
    """Read what rails may name; a gateway that lacks one must not start, or models behind it would answer nothing."""
    if folder is None:
        return {}
    try:
        found = read_classifiers(folder)
    except UnreadableClassifier as fault:
        raise click.ClickException(f"--classifiers: {fault}") from None
    LOG.info("classifiers: %s", ", ".join(found) or "none")
    return found


async def _open(house: House, host: str, port: int) -> int:
    try:
        return await house.open(host, port)
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror}") from None


async def _told_to_end() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    await told.wait()
