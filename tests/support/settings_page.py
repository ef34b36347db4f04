"""docs/reference/settings.md: the operator's environment variables, from fmops_operator.settings."""

from collections.abc import Iterator

from pydantic_settings import BaseSettings

from fmops_operator.settings import EngineImages, Settings

_HEAD = """\
# Settings of the operator

Generated from `operator/fmops_operator/settings.py` by `make generate`. Every setting is an environment variable; the
chart sets them from its values. `python -m fmops_operator --help` prints the same.

| variable | default | what it is |
|---|---|---|
"""


def page() -> str:
    """Write the page."""
    return _HEAD + "\n".join([*_rows(Settings), *_rows(EngineImages)]) + "\n"


def _rows(settings: type[BaseSettings]) -> Iterator[str]:
    prefix = settings.model_config.get("env_prefix", "")
    for name, field in settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        shown = "" if default in {"", None} else f"`{default}`"
        yield f"| `{prefix}{name.upper()}` | {shown} | {field.description} |"
