"""`python -m fmops_operator`: run the operator, or explain its settings."""

import argparse
import sys
import textwrap
from collections.abc import Iterator, Sequence
from importlib.metadata import version

import uvloop
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from fmops_operator import logs
from fmops_operator.errors import NoCluster
from fmops_operator.handlers.stories import STORIES
from fmops_operator.main import run
from fmops_operator.settings import EngineImages, Settings

BAD_SETTINGS = 2
NO_CLUSTER = 3
EXIT_STATUSES = """exit statuses:
  0  stopped by SIGTERM or SIGINT
  1  a fault of the program; the log says which
  2  a setting or argument is not acceptable; one sentence each
  3  no cluster to log in to, or the port is taken"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m fmops_operator",
        description="Look after the FoundationModels, PromptCatalogs and EvaluationRuns of a cluster.",
        epilog=f"environment variables:\n{chr(10).join(explanations())}\n\n{EXIT_STATUSES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"fmops {version('fmops')}")
    parser.parse_args(arguments)
    try:
        settings = Settings()
        EngineImages()
    except ValidationError as error:
        return _complain(BAD_SETTINGS, *sentences(error))
    logs.configure(settings.log_format, settings.log_level)
    try:
        uvloop.run(run(settings, STORIES))
    except NoCluster as error:
        return _complain(
            NO_CLUSTER, f"no cluster: neither a pod's service account nor a kubeconfig that can be read: {error}"
        )
    except OSError as error:
        return _complain(NO_CLUSTER, f"cannot listen on {settings.http_host}:{settings.http_port}: {error.strerror}")
    return 0


def explanations() -> Iterator[str]:
    """Explain every setting: variable, default and what it means."""
    for settings in (Settings, EngineImages):
        for variable, default, description in table(settings):
            yield f"  {variable}  (default: {default})"
            yield textwrap.indent(textwrap.fill(description, 100), "      ")


def table(settings: type[BaseSettings]) -> Iterator[tuple[str, str, str]]:
    """Give variable, default and description of each setting."""
    prefix = settings.model_config.get("env_prefix", "")
    for name, field in settings.model_fields.items():
        default = "empty" if field.default == "" else str(field.default)
        yield f"{prefix}{name}".upper(), default, field.description or ""


def sentences(error: ValidationError) -> Iterator[str]:
    """Say of each bad setting what is wrong, in one sentence."""
    prefix = "FMOPS_ENGINE_IMAGE_" if error.title == EngineImages.__name__ else "FMOPS_"
    for fault in error.errors(include_url=False, include_context=False):
        variable = f"{prefix}{'_'.join(str(part) for part in fault['loc'])}".upper()
        yield f"{variable}={fault['input']!s}: {fault['msg'].lower()}"


def _complain(status: int, *complaints: str) -> int:
    for complaint in complaints:
        print(f"fmops operator: {complaint}", file=sys.stderr)  # noqa: T201 - there is no log yet
    return status


if __name__ == "__main__":
    sys.exit(main())
