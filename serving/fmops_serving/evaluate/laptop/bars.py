"""Progress on a screen: one bar per candidate."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from fmops_serving.evaluate.progress import Progress

_REFRESH = 0.2
"""Seconds between looks at the counts."""


@asynccontextmanager
async def drawn(candidates: Sequence[Progress], console: Console) -> AsyncIterator[None]:
    """Draw a bar for each candidate while the work goes on."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(), TextColumn("/"), TimeRemainingColumn(),
    )  # fmt: skip
    with Bars(*columns, console=console) as bars:
        tasks = [bars.add_task(progress.model, total=progress.total, note="") for progress in candidates]

        def update() -> None:
            for task, progress in zip(tasks, candidates, strict=True):
                note = f"[red]{progress.errors} without an answer[/red]" if progress.errors else ""
                if progress.to_judge:
                    note += f" {progress.judged}/{progress.to_judge} judged"
                bars.update(task, completed=progress.done, note=note)

        refresh = asyncio.create_task(_again_and_again(update))
        try:
            yield
        finally:
            refresh.cancel()
            update()


async def _again_and_again(update: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(_REFRESH)
        update()
