"""Progress as log lines, for a program that nobody watches."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click

from fmops_serving.evaluate.progress import Progress

LINE_EVERY = 5.0
"""Seconds between lines."""


@asynccontextmanager
async def logged(progress: Progress) -> AsyncIterator[None]:
    """Write a line every few seconds while the work goes on, and one at the end."""
    task = asyncio.create_task(_lines(progress))
    try:
        yield
    finally:
        task.cancel()
        click.echo(progress.line(), err=True)


async def _lines(progress: Progress) -> None:
    while True:
        await asyncio.sleep(LINE_EVERY)
        click.echo(progress.line(), err=True)
