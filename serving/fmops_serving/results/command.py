"""The command `fmops results`."""

from pathlib import Path

import click

from fmops_serving.evaluate.errors import EvaluationError
from fmops_serving.results.reading import read_run
from fmops_serving.results.shown import Format, of_folder, write

FORMATS = click.Choice([str(each) for each in Format])

_HELP = """Show the results in a folder: figures with their intervals drawn, and what the gates say.

PATH is the --output of `fmops evaluate`, or <namespace>/<run>/<inputsHash> in a sink.

\b
Examples:
  fmops results out
  fmops results out --format md >> "$GITHUB_STEP_SUMMARY"

\b
Exit statuses:
  0    shown, whatever the results are
  2    the folder holds no results
"""


@click.command(help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--format", "wanted", type=FORMATS, default="table", show_default=True, help="How to write them.")
@click.pass_context
def results(context: click.Context, /, path: Path, wanted: str) -> None:
    """Read and show."""
    try:
        shown = of_folder(read_run(path))
    except EvaluationError as error:
        click.echo(f"fmops: {error}", err=True)
        context.exit(error.exit)
    write(shown, Format(wanted))
