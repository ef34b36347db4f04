"""`kubectl fmops`: what the cluster knows of a run, read by kubectl with whatever rights its user has."""

import subprocess
import sys

import click
import orjson
from pydantic import ValidationError

from fmops_api.evaluationrun import EvaluationRun
from fmops_serving.results.command import FORMATS
from fmops_serving.results.shown import Format, Shown, write

_RESOURCE = "evaluationruns.fmops.dev"
_PATIENCE = "15s"

_HELP = """Show the results of an EvaluationRun: figures with their intervals drawn, and what the gates say.

\b
Exit statuses:
  0    shown, whatever the results are
  2    kubectl, the cluster or the run is not there
"""


class Unread(click.ClickException):
    """Why there is nothing to show, as a sentence."""

    exit_code = 2

    def show(self, file: object = None) -> None:
        """Say it as every command of ours does."""
        click.echo(f"kubectl fmops: {self.message}", err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def plugin() -> None:
    """Show what fmops knows."""


@plugin.command(help=_HELP)
@click.argument("run")
@click.option("-n", "--namespace", metavar="NAME", help="Namespace; kubectl's own when left out.")
@click.option("--context", "cluster", metavar="NAME", help="Context of the kubeconfig.")
@click.option("--kubeconfig", metavar="FILE", help="Kubeconfig to use.")
@click.option("--format", "wanted", type=FORMATS, default="table", show_default=True, help="How to write them.")
def results(run: str, namespace: str | None, cluster: str | None, kubeconfig: str | None, wanted: str) -> None:
    """Ask kubectl and show."""
    chosen = {"--namespace": namespace, "--context": cluster, "--kubeconfig": kubeconfig}
    options = [f"{option}={value}" for option, value in chosen.items() if value]
    found = _parsed(_asked(run, options))
    write(Shown(found.metadata.name, found.status), Format(wanted))


def _asked(run: str, options: list[str]) -> bytes:
    command = ["kubectl", "get", _RESOURCE, "-o", "json", f"--request-timeout={_PATIENCE}", *options, "--", run]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        raise Unread("kubectl is not installed, or not on the PATH") from None
    if done.returncode:
        raise Unread(_why(run, done.stderr.decode(errors="replace")))
    return done.stdout


def _why(run: str, said: str) -> str:
    """Say what a person can do about what kubectl said."""
    last = said.strip().splitlines()[-1] if said.strip() else "kubectl failed and did not say why"
    if "(NotFound)" in said and run in said:
        return f"there is no EvaluationRun {run} in that namespace; kubectl get evaluationruns -A lists them all"
    if "doesn't have a resource type" in said or "could not find the requested resource" in said:
        return "this cluster does not know EvaluationRuns: is fmops installed there, and is this the right context?"
    if "connect" in said.lower() or "timeout" in said.lower():
        return f"the cluster does not answer: {last}"
    return last


def _parsed(content: bytes) -> EvaluationRun:
    try:
        return EvaluationRun.parse(orjson.loads(content))
    except (orjson.JSONDecodeError, ValidationError):
        raise Unread("the cluster's EvaluationRun is of a version that this kubectl-fmops does not know") from None


def main() -> None:
    """Start from the shell, as kubectl does."""
    sys.exit(plugin.main(prog_name="kubectl fmops"))
