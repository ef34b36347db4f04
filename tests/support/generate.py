"""Everything in the repository that is generated: `python -m tests.support.generate` writes it, `--check` compares.

To generate one more file, add a line to `FILES`.
"""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from fmops_api.crd import KINDS, file_stem, text
from fmops_serving.gateway.openapi import document as openapi
from tests.support import (
    chart_crds,
    chart_values,
    dashboard,
    dashboards,
    metrics_page,
    reference,
    settings_page,
    status_page,
)

REPOSITORY = Path(__file__).resolve().parents[2]
_CHART = REPOSITORY / chart_values.CHART


def _values() -> list[chart_values.Value]:
    return chart_values.read((_CHART / "values.yaml").read_text(encoding="utf-8"))


def _chart_readme() -> str:
    return chart_values.readme((_CHART / "README.md.tmpl").read_text(encoding="utf-8"), _values())


FILES: Mapping[str, Callable[[], str]] = {
    **{f"crds/{file_stem(kind)}.yaml": partial(text, kind) for kind in KINDS},
    **{f"charts/fmops/templates/crds/{file_stem(kind)}.yaml": partial(chart_crds.template, kind) for kind in KINDS},
    "charts/fmops/values.schema.json": lambda: chart_values.schema(_values()),
    "charts/fmops/README.md": _chart_readme,
    **{f"docs/reference/{kind.names.singular}.md": partial(reference.page, kind) for kind in KINDS},
    "docs/reference/settings.md": settings_page.page,
    "docs/reference/openapi.json": openapi.text,
    "docs/status.md": status_page.page,
    "docs/metrics.md": metrics_page.page,
    **{
        f"charts/fmops/dashboards/{name}.json": partial(dashboard.written, board)
        for name, board in dashboards.DASHBOARDS.items()
    },
}
"""Path in the repository -> what makes its text."""


def stale(root: Path = REPOSITORY, files: Mapping[str, Callable[[], str]] = FILES) -> list[str]:
    """Name the files below `root` that are not there or not as they are generated."""
    return [name for name, make in files.items() if _read(root / name) != make()]


def write(root: Path = REPOSITORY, files: Mapping[str, Callable[[], str]] = FILES) -> list[str]:
    """Write what is stale and name it."""
    names = stale(root, files)
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[name](), encoding="utf-8")
    return names


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def main(arguments: list[str]) -> int:
    """Run the command; 1 when `--check` finds a stale file."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m tests.support.generate [--check]", file=sys.stderr)
        return 2
    if arguments:
        names = stale()
        for name in names:
            print(f"{name} is stale: run `make generate` and commit it", file=sys.stderr)
        return 1 if names else 0
    for name in write():
        print(f"wrote {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
