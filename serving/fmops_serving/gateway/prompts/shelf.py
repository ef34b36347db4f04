"""The catalogues in force, with what rendering them needs. A catalogue is read when it comes, not when it is asked."""

import logging
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import orjson
from pydantic import ValidationError

from fmops_api.evaluationplan import Catalog
from fmops_api.template import Template
from fmops_serving.gateway.routes.bundle import Bundle
from fmops_serving.prompts.render import Renderer
from fmops_serving.prompts.sentences import sentences
from fmops_serving.prompts.variants import fitted

LOG = logging.getLogger(__name__)
_ASKED = ("templates", "chains")
"""What of a bundle is called by name; its examples are for evaluations."""


class Title(NamedTuple):
    """Which catalogue: namespace and name."""

    namespace: str
    name: str

    def __str__(self) -> str:
        """Write it as clients do."""
        return f"{self.namespace}/{self.name}"


class Volume(NamedTuple):
    """One catalogue in force."""

    digest: str
    catalog: Catalog


class Shelf:
    """Every catalogue in force."""

    def __init__(self) -> None:
        """Begin with none."""
        self._volumes: Mapping[Title, Volume] = {}
        self._renderers: dict[tuple[int, str | None], tuple[Template, Renderer]] = {}

    def find(self, title: Title) -> Catalog | None:
        """Give a catalogue."""
        volume = self._volumes.get(title)
        return volume.catalog if volume is not None else None

    def renderer(self, template: Template, family: str | None) -> Renderer:
        """Give a template as models of a family are asked it, read once."""
        kept = self._renderers.get((id(template), family))
        if kept is None:
            kept = template, Renderer(fitted(template, family))
            self._renderers[id(template), family] = kept
        return kept[1]

    def replace(self, bundles: Iterable[Bundle]) -> None:
        """Put other catalogues in force; one that cannot be read leaves the one before in its place, and is named."""
        volumes: dict[Title, Volume] = {}
        for bundle in bundles:
            title = Title(bundle.namespace, bundle.catalog)
            before = self._volumes.get(title)
            if before is not None and before.digest == bundle.digest:
                volumes[title] = before
                continue
            try:
                volumes[title] = Volume(bundle.digest, _read(bundle.content))
            except ValueError as error:
                LOG.warning("catalogue %s: %s; what it held before stays in force", title, error)
                if before is not None:
                    volumes[title] = before
        self._volumes, self._renderers = volumes, {}


def _read(content: bytes) -> Catalog:
    """Read the templates and chains of a bundle. Raises ValueError with a sentence."""
    parsed = orjson.loads(content)
    if not isinstance(parsed, dict):
        raise ValueError("the bundle is no JSON object")  # noqa: TRY004 - a fault of content
    try:
        return Catalog.model_validate({name: parsed.get(name, []) for name in _ASKED})
    except ValidationError as error:
        path, text = next(sentences(error, Catalog))
        raise ValueError(f"{path}: {text}") from None
