"""What the demo shows at its end: the objects, an answer, the figures, the metrics and how to go on."""

import io
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from fmops_api.evaluationrun import EvaluationRun
from fmops_api.gates import observed
from tests.cluster.demo_clock import show

WIDTH = 110
MOST_SERIES = 4
NEXT = """
Go on:
  make demo-shell                              a shell with kubectl pointed at this cluster
    kubectl get fm,pcat,er                     the three kinds at a glance
    kubectl describe er                        why a run is where it is, with its events
    kubectl explain foundationmodel.spec       every field, explained
    kubectl edit er                            change a gate's value: decided again, measured not again
  make demo                                    again: picks up what you changed in the sources or in examples/quickstart
  make demo-down                               stop the cluster and everything in it"""


def show_command(command: str, output: str) -> None:
    """A command and what it printed, as at a prompt."""
    show(f"\n$ {command}\n{output.rstrip()}")


def show_results(run: EvaluationRun) -> None:
    """The figures of a run with their intervals, and what its gates say."""
    table = Table(title=f"{run.metadata.name}: measured values with their intervals", title_justify="left")
    for heading in ("model", "metric", "value", "interval", "confidence", "scored", "unscored"):
        table.add_column(heading, justify="left" if heading in ("model", "metric") else "right")
    for r in run.status.results:
        interval = observed(r).partition(" ")[2] if r.value else ""
        table.add_row(r.model, r.metric, r.value or "-", interval, r.confidence, str(r.n), str(r.unscored))
    show("\n" + _text(table))
    for gate in run.status.gates:
        show(f"gate: {gate.metric} of {gate.model}, {gate.required}: {gate.verdict}, measured {gate.observed}")
    if run.status.report:
        show(f"rows: {run.status.report}")


def show_metrics(title: str, exposition: str, wanted: Sequence[str]) -> None:
    """The series whose names are among the wanted ones."""
    show(f"\n{title}:")
    for line in pick_series(exposition, wanted):
        show(f"  {line}")


def pick_series(exposition: str, wanted: Sequence[str]) -> list[str]:
    """Lines of a Prometheus text exposition by the names of their series, in the order wanted.

    Of a name with several series those that are zero say nothing and are left out, and at most four are shown.
    """
    lines = [line for line in exposition.splitlines() if line and not line.startswith("#")]
    picked: list[str] = []
    for name in wanted:
        found = [line for line in lines if line.replace("{", " ").split(" ", 1)[0] == name]
        telling = [line for line in found if float(line.rpartition(" ")[2])] if len(found) > 1 else found
        picked += telling[:MOST_SERIES]
    return picked


def _text(table: Table) -> str:
    buffer = io.StringIO()
    Console(file=buffer, width=WIDTH).print(table)
    return buffer.getvalue().rstrip()


def show_end(times: Iterable[str]) -> None:
    """How long each step took, and what to do next."""
    show("\nTime taken:")
    for line in times:
        show(line)
    show(NEXT)
