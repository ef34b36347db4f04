"""`fmops`: the command line for people who write models, prompts and evaluations.

Exit statuses, the same for every command: 0 well; 1 the work was done and faults were found; 2 the command could not be
carried out (usage, a missing file); 3 a gate failed; 4 a model could not be measured; 5 results cannot be written; 75
stopped by SIGTERM, to be started again; 130 interrupted.
"""

import importlib
import os
import sys
from typing import NamedTuple

import click

INTERRUPTED = 130


class _Command(NamedTuple):
    module: str
    attribute: str
    summary: str


_COMMANDS = {
    "evaluate": _Command(
        "fmops_serving.evaluate.command", "evaluate", "Carry out an EvaluationRun from here, against any endpoint."
    ),
    "gateway": _Command(
        "fmops_serving.gateway.command", "gateway", "Answer the OpenAI API for the models of a folder of routes."
    ),
    "results": _Command("fmops_serving.results.command", "results", "Show the results in a folder."),
    "train-classifier": _Command(
        "fmops_serving.training.command", "train_classifier", "Train a classifier for guard rails on labelled texts."
    ),
    "validate": _Command("fmops_serving.validate.command", "validate", "Check manifests without a cluster."),
}


class LazyGroup(click.Group):
    """A group that imports a command when it is called, so that help is quick and one command's needs are its own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None when there is no such command."""
        if cmd_name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name].summary) for name in self.list_commands(ctx)])


_HELP = """Check and evaluate what you declare as Kubernetes objects, without a cluster.

\b
Examples:
  fmops validate -f examples/quickstart
  fmops evaluate -f run.yaml -f catalog.yaml --endpoint smollm2=http://localhost:8000/v1 --output out
  fmops results out

\b
Exit statuses:
  0    well
  1    faults were found
  2    could not be carried out: usage, a missing file
  3    a gate failed
  4    a model could not be measured: its endpoint is away or refuses
  5    results cannot be written
  130  interrupted
"""


@click.group(cls=LazyGroup, help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fmops", prog_name="fmops", message="%(prog)s %(version)s")
def fmops() -> None:
    """Hold the commands."""


def run(arguments: list[str]) -> int:
    """Carry out one command and give its exit status; what goes wrong is told on standard error, in a sentence."""
    try:
        status = fmops.main(args=arguments, prog_name="fmops", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("fmops: interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (fmops ... | head); Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status if isinstance(status, int) else 0


def main() -> None:
    """Start from the shell."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
