"""The program of a resolve Job: reads one source of a catalogue and hands a report back."""

import asyncio
import json
import signal
from collections.abc import Collection
from enum import IntEnum
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
from pydantic import ValidationError

from fmops_api.catalogsource import CatalogSource, SourceSummary
from fmops_api.evaluationplan import SUMMARY_LIMIT
from fmops_api.reasons import PromptCatalogReason as Reason
from fmops_serving.resolve.places import Reach, Unresolved, reach_of
from fmops_serving.resolve.reading import report_on

TERMINATION_LOG = Path("/dev/termination-log")
_TRANSIENT = (Reason.SOURCE_UNREACHABLE, Reason.RESOLUTION_FAILED)


class Exit(IntEnum):
    """Exit statuses."""

    READ = 0
    FAULTY = 2
    UNREACHABLE = 4
    STOPPED = 75


_HELP = """Read one source of a PromptCatalog: check every line, count and hash the examples, and report.

\b
Exit statuses:
   0  read
   2  not there, refused, or faulty: nothing that trying again at once mends
   4  the store or the volume does not answer
  75  stopped by SIGTERM
"""


@click.command(help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--source", required=True, metavar="JSON", help="The source, as an entry of spec.sources.")
@click.option("--labels", metavar="JSON", help="Labels that its example sets allow, as a list; all when left out.")
@click.option("--volume", "volumes", multiple=True, metavar="CLAIM=DIR", help="Where a claim is mounted.")
@click.option(
    "--summary", type=click.Path(path_type=Path), default=None,
    help=f"File for the report, at most {SUMMARY_LIMIT} bytes; {TERMINATION_LOG} when that is there.",
)  # fmt: skip
def main(source: str, labels: str | None, volumes: tuple[str, ...], summary: Path | None) -> None:
    """Read, report, end."""
    # As the first process of a container it would not hear the signal by itself.
    signal.signal(signal.SIGTERM, _stop)
    try:
        wanted = CatalogSource.model_validate_json(source)
        allowed = None if labels is None else [str(label) for label in json.loads(labels)]
    except (ValidationError, ValueError) as error:
        raise click.UsageError(f"--source and --labels must be what a PromptCatalog says: {error}") from None
    found, status = carry_out(wanted, allowed, reach_of(volumes))
    if target := summary or (TERMINATION_LOG if TERMINATION_LOG.exists() else None):
        target.write_bytes(fit(found))
    raise SystemExit(status)


def carry_out(source: CatalogSource, labels: Collection[str] | None, reach: Reach) -> tuple[SourceSummary, Exit]:
    """Read the source; what is wrong becomes a sentence on the screen and in the summary."""
    try:
        report = asyncio.run(report_on(source, labels, reach))
    except Unresolved as error:
        click.echo(f"fmops: {error}", err=True)
        status = Exit.UNREACHABLE if error.reason in _TRANSIENT else Exit.FAULTY
        return SourceSummary(reason=str(error.reason), message=str(error)), status
    click.echo(f"{source.name}: {report.entries} examples, {report.digest}")
    return SourceSummary(report=report), Exit.READ


def fit(found: SourceSummary, limit: int = SUMMARY_LIMIT) -> bytes:
    """Write the summary in at most `limit` bytes, a long message cut."""
    message = found.message
    while len(packed := found.model_dump_json(by_alias=True, exclude_none=True).encode()) > limit:
        message = message[: len(message) - max(1, (len(packed) - limit) // 4)]
        found = found.model_copy(update={"message": f"{message}..."})
    return packed


def _stop(_: int, __: FrameType | None) -> NoReturn:
    raise SystemExit(Exit.STOPPED)
