"""What the guard is told by its environment; what is wrong with it keeps the server from starting."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import yaml
from pydantic import ValidationError

from fmops_api.guardrail import Guardrail

RAILS = "FMOPS_GUARD_RAILS"
OPEN_PATHS = "FMOPS_GUARD_OPEN_PATHS"


class WrongSettings(Exception):  # noqa: N818 - it says what is the case
    """The environment, or the file it names, is not what the guard needs; the message names the field."""


class GuardSettings(NamedTuple):
    """The rails, and further paths that pass unscreened."""

    rails: tuple[Guardrail, ...]
    opened: frozenset[str]


def read_settings(environ: Mapping[str, str]) -> GuardSettings:
    """Read the file that FMOPS_GUARD_RAILS names: `guardrails` as a FoundationModel has them. Raises WrongSettings."""
    if not (named := environ.get(RAILS)):
        raise WrongSettings(f"{RAILS} is not set: name the file with the guard rails")
    opened = frozenset(path.strip() for path in environ.get(OPEN_PATHS, "").split(",") if path.strip())
    if wrong := sorted(path for path in opened if not path.startswith("/")):
        raise WrongSettings(f"{OPEN_PATHS}: {wrong[0]!r} is no path, it must begin with /")
    return GuardSettings(_rails(Path(named)), opened)


def _rails(path: Path) -> tuple[Guardrail, ...]:
    content = _content(path)
    rails = content.get("guardrails") if isinstance(content, dict) else None
    if not isinstance(rails, list) or not rails:
        raise WrongSettings(f"{path}: guardrails must be a list of at least one guard rail")
    read = tuple(_rail(path, place, each) for place, each in enumerate(rails))
    names = [rail.name for rail in read]
    if twice := [name for name in names if names.count(name) > 1]:
        raise WrongSettings(f"{path}: two guard rails are named {twice[0]}: give each a name of its own")
    return read


def _content(path: Path) -> Any:
    try:
        content = path.read_bytes()
        return orjson.loads(content) if path.suffix == ".json" else yaml.safe_load(content)
    except OSError as error:
        raise WrongSettings(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, yaml.YAMLError) as error:
        raise WrongSettings(f"{path}: {str(error).replace(chr(10), ' ')}") from None


def _rail(path: Path, place: int, raw: Any) -> Guardrail:
    from fmops_serving.validate.cel import broken_rules  # noqa: PLC0415 - once, when the server starts

    try:
        rail = Guardrail.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(["guardrails", str(place), *map(str, first["loc"])])
        raise WrongSettings(f"{path}: {where}: {first['msg']}") from None
    if rail.elsewhere:
        raise WrongSettings(
            f"{path}: guardrails.{place}: rail {rail.name} asks elsewhere, which only a gateway can: use"
            " Toxicity without classifier, Regex, PersonalData or PromptInjection here"
        )
    for fault in broken_rules(rail, f"guardrails.{place}"):
        raise WrongSettings(f"{path}: {fault.path}: {fault.message}")
    return rail
