"""The command `fmops validate`."""

import json
from typing import Any

import click

from fmops_serving.validate.files import read_all
from fmops_serving.validate.validation import Report, stored_objects, validate_all

_HELP = """Check FoundationModels, PromptCatalogs and EvaluationRuns without a cluster.

Types, rules and messages are those of the CRDs. Every template is rendered with its examples, and what the
objects say of each other is followed as far as the other object is among the files. Other kinds are skipped.

\b
Examples:
  fmops validate -f examples/quickstart
  kubectl kustomize overlays/prod | fmops validate -f -
  git show main:catalog.yaml > /tmp/old.yaml; fmops validate -f catalog.yaml --against /tmp/old.yaml

\b
Exit statuses:
  0  valid
  1  faults were found; each is one line, file:line: kind/name: path: what was found and what would be right
  2  something could not be read, or nothing was there to check
"""


@click.command(help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-f", "--file", "files", multiple=True, required=True, metavar="FILE|DIR|-", help="What to check; may be repeated."
)
@click.option(
    "--against",
    "earlier",
    multiple=True,
    metavar="FILE|DIR",
    help="Earlier versions of the objects: changes that the cluster would refuse are faults; may be repeated.",
)
@click.option(
    "--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form of the answer."
)
@click.pass_context
def validate(context: click.Context, files: tuple[str, ...], earlier: tuple[str, ...], output: str) -> None:
    """Read, check, tell."""
    if [*files, *earlier].count("-") > 1:
        raise click.UsageError("standard input (-) can be read once only")
    before = Report()
    stored = stored_objects(read_all(list(earlier)), before)
    report = validate_all(read_all(list(files)), stored)
    report.unreadable.extend(before.unreadable)
    report.findings.extend(before.findings)
    click.echo(_as_json(report) if output == "json" else _as_text(report))
    context.exit(report.status)


def _as_text(report: Report) -> str:
    lines = [f"{name}: {message}" for name, message in report.unreadable]
    lines.extend(str(finding) for finding in report.findings)
    lines.extend(f"not among the files, so not followed: {name}" for name in report.outside)
    return "\n".join([*lines, _closing(report)])


def _closing(report: Report) -> str:
    if report.status == 2 and not report.unreadable:
        return f"nothing to check: no object of fmops.dev, {_counted(report.skipped, 'object')} of other kinds"
    words = [f"{_counted(report.checked, 'object')} checked"]
    if report.skipped:
        words.append(f"{_counted(report.skipped, 'object')} of other kinds skipped")
    if report.unreadable:
        words.append(f"{_counted(len(report.unreadable), 'file or folder', 'files or folders')} could not be read")
    if report.findings or not report.unreadable:
        words.append(_counted(len(report.findings), "fault") if report.findings else "no faults")
    return ", ".join(words)


def _counted(number: int, word: str, words: str = "") -> str:
    return f"{number} {word if number == 1 else words or word + 's'}"


def _as_json(report: Report) -> str:
    answer: dict[str, Any] = {
        "valid": report.status == 0,
        "checked": report.checked,
        "skipped": report.skipped,
        "faults": [finding._asdict() for finding in report.findings],
        "unreadable": [unreadable._asdict() for unreadable in report.unreadable],
        "outside": report.outside,
    }
    return json.dumps(answer, ensure_ascii=False, indent=2)
