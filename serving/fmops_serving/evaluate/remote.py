"""A sink in an object store: rows go there while the work goes on, results and reports at its end."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from fmops_api.shard import Shard
from fmops_serving.evaluate.earlier import EarlierObjects
from fmops_serving.evaluate.errors import SinkFailed
from fmops_serving.evaluate.folder import RunFolder, write_whole
from fmops_serving.evaluate.parts import Part, Parts
from fmops_serving.evaluate.rowfiles import files_beside
from fmops_serving.objectstore.place import Missing, Place, StoreFailed
from fmops_serving.objectstore.store import Store
from fmops_serving.results.reports import write_reports

SEND_EVERY = 10.0
"""Seconds between sendings of rows: what a killed pod asks again, at most, beside what was on its way."""
LAST_SECONDS = 20.0
"""Seconds for the last rows of a run that is stopped; a pod has 30 before it is killed."""


class RemoteSink:
    """The files of one run in an object store, beside the local folder that a runner works in."""

    def __init__(self, store: Store, below: str, folder: RunFolder, model: str, files: Sequence[Path]) -> None:
        self._store = store
        self._below = below
        self._folder = folder
        self._model = model
        self._rows = [Parts(store, self._path(path.parent), path) for path in files]
        self._others: list[Parts] = []
        """Rows that are read only."""
        self._earlier = EarlierObjects(store, below)

    async def begin(self) -> None:
        """Write the manifest, which shows whether the store takes anything, and fetch the rows of an earlier try."""
        with _told():
            await self._send(self._folder.manifest)
        await self.resume()

    async def resume(self) -> None:
        """Fetch the rows of an earlier try."""
        with _told():
            for rows in self._rows:
                await rows.restore()

    async def bring_answers(self, model: str, shard: Shard | None = None) -> None:
        """Fetch what others have of a candidate's rows, beside those of this runner; raises SinkFailed."""
        own = self._folder.rows(model, shard)
        below = self._path(own.parent)
        with _told():
            found = [path.removeprefix(f"{below}/") for path in await self._store.names(below)]
            for name in files_beside(found, shard):
                await self._fetch_rows(own.with_name(name))

    async def _fetch_rows(self, path: Path) -> None:
        rows = Parts(self._store, self._path(path.parent), path)
        await rows.restore()
        self._others.append(rows)

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """Send rows while the work goes on, and the last ones however it ends; raises SinkFailed."""
        if (work := asyncio.current_task()) is None:
            raise RuntimeError("keeping belongs in a task")
        failed: list[SinkFailed] = []
        sending = asyncio.ensure_future(self._again_and_again(work, failed))
        try:
            yield
            await self._send_rows(sending)
        except BaseException as error:
            if failed:
                work.uncancel()
                raise failed[0] from None
            if not isinstance(error, SinkFailed):
                with suppress(SinkFailed, TimeoutError):
                    async with asyncio.timeout(LAST_SECONDS):
                        await self._send_rows(sending)
            raise
        finally:
            sending.cancel()

    @property
    def parts(self) -> Sequence[Part]:
        """Name the objects that hold the rows, relative to the run's folder."""
        return [
            part._replace(path=part.path.removeprefix(f"{self._below}/"))
            for rows in (*self._others, *self._rows)
            for part in rows.parts
        ]

    async def lines(self, below: str) -> AsyncIterator[tuple[str, Iterable[bytes]]]:
        """Give the rows of earlier inputs of the run, file after file; raises SinkFailed."""
        with _told():
            async for found in self._earlier.lines(below):
                yield found

    async def finish(self, models: Sequence[str]) -> None:
        """Send results and findings, then the reports of all that is measured by now, the marker last."""
        folder, model = self._folder, self._model
        with _told():
            for path in (folder.scores(model), folder.results(model), folder.summary(model), folder.findings(model),
                         folder.candidate_manifest(model)):  # fmt: skip
                await self._send(path)
            await self._report([name for name in models if name != model])
            await self._send(folder.complete(model))

    async def bring(self, models: Sequence[str], *, answers: bool) -> None:
        """Bring the scores of candidates whose runners are done, for a comparison, and if asked for their answers.

        Raises SinkFailed.
        """
        paths = [path for name in models for path in (self._folder.scores(name), self._folder.complete(name))]
        for path in (self._folder.manifest, *paths):
            with _told(), suppress(Missing):
                write_whole(path, await self._store.get(self._path(path)))
        for name in models if answers else ():
            with _told():
                await self._fetch_rows(self._folder.rows(name))
            await self.bring_answers(name)

    async def finish_comparison(self, models: Sequence[str]) -> None:
        """Send the figures against the baseline, then the reports of all that is known by now."""
        with _told():
            await self._send(self._folder.comparison(self._model))
            await self._report(models)

    async def bring_performance(self) -> None:
        """Bring the levels that an earlier pod has measured; raises SinkFailed."""
        below = self._folder.performance(self._model)
        with _told():
            for path in await self._store.names(f"{self._path(below)}/"):
                write_whole(below / path.rpartition("/")[2], await self._store.get(path))

    async def send_performance(self) -> None:
        """Send what was measured under load by now; raises SinkFailed."""
        with _told():
            for path in sorted(self._folder.performance(self._model).glob("*.json")):
                await self._send(path)

    async def finish_performance(self, models: Sequence[str]) -> None:
        """Send what was measured under load, then the reports of all that is known by now; raises SinkFailed."""
        await self.send_performance()
        with _told(), suppress(Missing):
            write_whole(self._folder.manifest, await self._store.get(self._path(self._folder.manifest)))
            await self._report(models)

    async def _report(self, others: Sequence[str]) -> None:
        """Join what the other runners have sent; look again until nothing came meanwhile, as they do."""
        seen: list[bytes | None] | None = None
        while (found := await self._fetched(others)) != seen:
            seen = found
            write_reports(self._folder)
            for path in (self._folder.page, self._folder.markdown):
                await self._send(path)

    async def _fetched(self, others: Sequence[str]) -> list[bytes | None]:
        found = []
        for name in others:
            folder = self._folder
            loaded = folder.performance(name) / "summary.json"
            for path in (folder.summary(name), folder.findings(name), folder.comparison(name), loaded):
                content = None
                with suppress(Missing):
                    content = await self._store.get(self._path(path))
                    write_whole(path, content)
                found.append(content)
        return found

    async def _again_and_again(self, work: asyncio.Task[object], failed: list[SinkFailed]) -> None:
        while True:
            await asyncio.sleep(SEND_EVERY)
            try:
                await self._send_new_rows()
            except SinkFailed as error:
                # Answers that cannot be kept are not worth asking for.
                failed.append(error)
                work.cancel()
                return

    async def _send_rows(self, sending: asyncio.Future[None]) -> None:
        sending.cancel()
        await asyncio.wait([sending])
        await self._send_new_rows()

    async def _send_new_rows(self) -> None:
        with _told():
            for rows in self._rows:
                await rows.send()

    async def _send(self, path: Path) -> None:
        await self._store.put(self._path(path), path)

    def _path(self, path: Path) -> str:
        return f"{self._below}/{path.relative_to(self._folder.root).as_posix()}"


def open_remote(place: Place, below: str, folder: RunFolder, model: str, files: Sequence[Path]) -> RemoteSink:
    """Open the store for one candidate of a run, whose rows are in `files`; raises SinkFailed where it cannot be."""
    with _told():
        return RemoteSink(Store(place), below, folder, model, files)


@contextmanager
def _told() -> Iterator[None]:
    """Turn what a store says into what a runner ends with."""
    try:
        yield
    except StoreFailed as error:
        raise SinkFailed(str(error)) from None
