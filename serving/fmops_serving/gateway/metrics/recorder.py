"""The recorder: what the gateway's pieces tell it while a request goes its way.

Labels name models, revisions, keys and rails that somebody declared, so their number is bounded; what a client sends
is never a label, and a model that nobody declared has none.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from fmops_api import series
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.kind import Kind
from fmops_serving.gateway.metrics.cells import Distribution, Labels, Number, distributions, numbers
from fmops_serving.gateway.metrics.checks import Checks, guard_families
from fmops_serving.gateway.metrics.exposition import AnyFamily, page
from fmops_serving.gateway.metrics.traceparent import trace_of
from fmops_serving.gateway.place import Revision

_NOBODY: Revision = ("", "", "")
KEPT_SECONDS = 900.0
"""Series of what was removed stand for so long."""


class _Cells(NamedTuple):
    """The cells that every request of one revision fills."""

    first_token: Distribution
    gap: Distribution


class _Done:
    """The cells that requests of one revision, kind and status fill when they are done."""

    __slots__ = ("duration", "requests", "tokens")

    def __init__(self, requests: Number, duration: Distribution | None) -> None:
        """Take them; there is no duration where the status is no success."""
        self.requests = requests
        self.duration = duration
        self.tokens: dict[str, Number] = {}
        """Those of tokens, by kind, as far as there were such."""


class Recorder:
    """All series of one gateway."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._requests = numbers(series.REQUESTS)
        self._durations = distributions(series.REQUEST_DURATION)
        self._first_tokens = distributions(series.TIME_TO_FIRST_TOKEN)
        self._gaps = distributions(series.TOKEN_GAP)
        self._tokens = numbers(series.TOKENS)
        self._in_flight = numbers(series.IN_FLIGHT)
        self._queued = numbers(series.QUEUED)
        self._addresses = numbers(series.ADDRESSES)
        self._routes_age = numbers(series.ROUTES_AGE)
        self._retries = numbers(series.RETRIES)
        self._ejections = numbers(series.EJECTIONS)
        self._rate_limited = numbers(series.RATE_LIMITED)
        self._guard = guard_families()
        self._scores = distributions(series.TOXICITY)
        self._of_revision: dict[Revision, _Cells] = {}
        self._done: dict[tuple[Revision, Kind | None, int], _Done] = {}
        self._last_known: dict[Revision, float] = {}

    @property
    def families(self) -> tuple[AnyFamily, ...]:
        """List every series, in the order of the page."""
        return (
            self._requests, self._durations, self._first_tokens, self._gaps, self._tokens, self._in_flight,
            self._queued, self._addresses, self._routes_age, self._retries, self._ejections, self._rate_limited,
            *self._guard, self._scores,
        )  # fmt: skip

    def page(self, accept: str = "") -> tuple[bytes, str]:
        """Write all series; gives the page and its type."""
        return page(self.families, accept)

    def in_flight(self, place: tuple[str, str]) -> Number:
        """Give what counts a model's requests, each in (1) when its model is known and out (-1) when it is done."""
        return self._in_flight.cells[place]

    def queued(self, waiting: Mapping[tuple[str, str], int]) -> None:
        """Take how many requests of each model wait for a pod; called before each page."""
        for place, count in waiting.items():
            self._queued.cell(*place).value = count

    def aged(self, seconds: float) -> None:
        """Take how long ago the routes in force were confirmed; called before each page once there are any."""
        self._routes_age.cell().value = round(seconds)

    def finished(self, exchange: Exchange, status: int, now: float) -> None:
        """Take a request that is done, however it ended."""
        revision, kind = _revision(exchange), exchange.kind
        done = self._done.get((revision, kind, status))
        if done is None:
            done = self._done[revision, kind, status] = self._cells_when_done(revision, kind or "", status)
        done.requests.value += 1
        if done.duration is not None:
            _observe(done.duration, now - exchange.began, exchange)
        for counted, count in exchange.tokens.items():
            cell = done.tokens.get(counted)
            if cell is None:
                cell = done.tokens[counted] = self._tokens.cells[*revision, counted]
            cell.value += count

    def first_token(self, exchange: Exchange, now: float) -> None:
        """Take the moment when the first piece of a streamed answer left."""
        _observe(self._cells(exchange).first_token, now - exchange.began, exchange)

    def gaps(self, exchange: Exchange) -> Callable[[float], None]:
        """Give what takes the seconds between two pieces of this answer; looked up once, called for each piece."""
        return self._cells(exchange).gap.observe

    def retried(self, exchange: Exchange, reason: str) -> None:
        """Count a request that goes to one more address; `reason` is one of few words or a status."""
        self._retries.cell(*_revision(exchange), reason).add()

    def ejected(self, exchange: Exchange) -> None:
        """Count an address that is left out for a while."""
        self._ejections.cell(*_revision(exchange)).add()

    def rate_limited(self, exchange: Exchange, limit: str) -> None:
        """Count a request that a limit of its key refused; `limit` is the refusal's code."""
        self._rate_limited.cell(*_revision(exchange)[:2], exchange.key_name, limit).add()

    def checks(self, place: tuple[str, str]) -> Checks:
        """Give what counts the looks of a model's rails."""
        return Checks(self._guard, place)

    def toxicity(self, exchange: Exchange, direction: str, score: float) -> None:
        """Take how toxic a request or an answer is, once for each."""
        namespace, model, _ = _revision(exchange)
        _observe(self._scores.cells[namespace, model, direction], score, exchange)

    def known(self, addresses: Mapping[Revision, int], now: float) -> None:
        """Take which revisions have a route and how many addresses each has; called before each page.

        Series of a model or revision that was removed end a while later, so that nothing counted is lost.
        """
        for revision, count in addresses.items():
            self._addresses.cell(*revision).value = count
            self._last_known[revision] = now
        self._addresses.keep(lambda labels: labels in addresses)
        if gone := {each for each, last in self._last_known.items() if now - last > KEPT_SECONDS}:
            self._forget(gone)

    def _forget(self, gone: set[Revision]) -> None:
        for each in gone:
            del self._last_known[each]
            self._of_revision.pop(each, None)
        models = {each[:2] for each in gone} - {each[:2] for each in self._last_known}
        self._done.clear()
        ended: set[Labels] = {*gone, *models, *((*model, "") for model in models)}
        for family in self.families:
            length = 3 if "revision" in family.series.labels else 2
            if family is not self._in_flight:
                family.keep(partial(_lasts, length, ended))
        # What is still being answered is counted out when it is done.
        self._in_flight.keep(lambda labels: labels not in ended or self._in_flight.cell(*labels).value != 0)

    def _cells_when_done(self, revision: Revision, operation: str, status: int) -> _Done:
        """Look up what is filled by every request like this one."""
        requests = self._requests.cells[*revision, operation, str(status)]
        success = status == 200 and revision != _NOBODY
        return _Done(requests, self._durations.cells[*revision, operation] if success else None)

    def _cells(self, exchange: Exchange) -> _Cells:
        revision = _revision(exchange)
        found = self._of_revision.get(revision)
        if found is None:
            cells = _Cells(self._first_tokens.cell(*revision), self._gaps.cell(*revision))
            found = self._of_revision[revision] = cells
        return found


def _observe(cell: Distribution, value: float, exchange: Exchange) -> None:
    """Take an observation of an exchange, as an example too where that is part of a trace."""
    cell.observe(value)
    if "traceparent" in exchange.headers and (trace := trace_of(exchange.headers["traceparent"])) is not None:
        cell.exemplify(value, trace)


def _revision(exchange: Exchange) -> Revision:
    target, place = exchange.target, exchange.place
    if target is not None:
        return target.revision
    return (place.namespace, place.name, "") if place is not None else _NOBODY


def _lasts(length: int, ended: set[Labels], labels: Labels) -> bool:
    return labels[:length] not in ended
