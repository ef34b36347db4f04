"""Reads what gateways measured of the last minutes: from Prometheus, else from the gateways' own pages."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit, urlunsplit

import aiohttp

from fmops_api.series import REQUEST_DURATION, TIME_TO_FIRST_TOKEN, TOXICITY
from fmops_operator.fetching import Question, Unanswered, fetch
from fmops_operator.histogram import NOTHING, Counts
from fmops_operator.histogram_page import READ, Readings, Series, read_answer, read_page
from fmops_operator.remembered import Remembered
from fmops_operator.settings import Settings
from fmops_operator.world import Gateways, Traffic

WINDOW_SECONDS = 300
EVERY_SECONDS = 30.0
"""One reading serves all models for so long."""
_ANSWER_SECONDS = 10.0
_LIMIT = 64 * 2**20
Page = tuple[float, dict[str, Readings]]
"""When pages were read, and what each address said."""


def gateways(session: aiohttp.ClientSession, settings: Settings) -> Gateways:
    """Choose where to read."""
    if settings.prometheus_url:
        return Prometheus(session, settings.prometheus_url)
    if settings.gateway_metrics_url:
        return Pages(session, settings.gateway_metrics_url)
    return NoGateways()


class NoGateways:
    """Where there is nothing to read."""

    async def traffic(self, namespace: str, name: str) -> Traffic:
        """Say so."""
        return Traffic("there is no gateway whose metrics could be read")


class _Reading(ABC):
    """Reads about all models at once, every now and then."""

    def __init__(self) -> None:
        self._remembered = Remembered[Readings | str](lambda _: EVERY_SECONDS)

    async def traffic(self, namespace: str, name: str) -> Traffic:
        """Say what was measured of a model; never raises."""
        found = await self._remembered.get("", self._read)
        if isinstance(found, str):
            return Traffic(found)
        return Traffic(
            None,
            *(
                found.get(Series(series.name, namespace, name), NOTHING)
                for series in (TIME_TO_FIRST_TOKEN, REQUEST_DURATION, TOXICITY)
            ),
        )

    @abstractmethod
    async def _read(self) -> Readings | str:
        """Read about all models, or say why that cannot be done."""


class Prometheus(_Reading):
    """Asks Prometheus, three queries about all models."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        """Ask the one at `url`."""
        super().__init__()
        self._session = session
        self._url = url.rstrip("/")

    async def _read(self) -> Readings | str:
        try:
            answers = await asyncio.gather(*(self._ask(series.name) for series in READ))
        except Unanswered as fault:
            return f"Prometheus at {self._url} {fault}"
        return {series: counts for answer in answers for series, counts in answer.items()}

    async def _ask(self, name: str) -> Readings:
        kept = "direction, " if name == TOXICITY.name else ""
        query = f"sum by (namespace, model, {kept}le) (increase({name}_bucket[{WINDOW_SECONDS}s]))"
        question = Question(f"{self._url}/api/v1/query", params={"query": query})
        reply = await fetch(self._session, question, seconds=_ANSWER_SECONDS, limit=_LIMIT)
        try:
            return read_answer(name, reply.json())
        except (ValueError, KeyError, TypeError):
            raise Unanswered(f"answers a query with status {reply.status} and nothing that can be read") from None


class Pages(_Reading):
    """Reads the page of every gateway behind a name, and takes what came since minutes ago."""

    def __init__(self, session: aiohttp.ClientSession, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Read at `url`, from each of its host's addresses."""
        super().__init__()
        self._session = session
        self._url = url
        self._clock = clock
        self._pages: deque[Page] = deque()

    async def _read(self) -> Readings | str:
        try:
            pages = await self._fetch_all()
        except Unanswered as fault:
            return f"the gateway's metrics cannot be read: {self._url} {fault}"
        now = self._clock()
        self._pages.append((now, pages))
        # The last reading that is older than the window is where it begins.
        while len(self._pages) > 1 and self._pages[1][0] <= now - WINDOW_SECONDS:
            self._pages.popleft()
        if len(self._pages) < 2:
            return "the gateway's metrics were read for the first time just now"
        return since(pages, self._pages[0][1])

    async def _fetch_all(self) -> dict[str, Readings]:
        urls = await addresses(self._url)
        return dict(zip(urls, await asyncio.gather(*(self._fetch(url) for url in urls)), strict=True))

    async def _fetch(self, url: str) -> Readings:
        reply = await fetch(self._session, Question(url), seconds=_ANSWER_SECONDS, limit=_LIMIT)
        if reply.status != 200:
            raise Unanswered(f"answers with status {reply.status}")
        return read_page(reply.text)


def since(pages: Mapping[str, Readings], earlier: Mapping[str, Readings]) -> Readings:
    """Add up what every gateway counted since an earlier reading; one that is new began within."""
    found: dict[Series, Counts] = {}
    for url, readings in pages.items():
        before = earlier.get(url, {})
        for series, counts in readings.items():
            found[series] = found.get(series, NOTHING).plus(counts.since(before.get(series)))
    return found


async def addresses(url: str) -> Sequence[str]:
    """Give the URL once for each address of its host. Raises Unanswered for a name that nobody knows."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=1)
    except OSError:
        raise Unanswered("cannot be found: its name does not resolve") from None
    hosts = sorted({str(each[4][0]) for each in found})
    return [urlunsplit(parts._replace(netloc=f"{f'[{host}]' if ':' in host else host}:{port}")) for host in hosts]
