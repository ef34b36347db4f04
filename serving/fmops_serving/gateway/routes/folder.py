"""Routes from a folder: every *.json, *.yaml and *.yml in it, read again within a second of a change.

A file that changes is read once it rests from one look to the next, and is gone once two looks miss it: half of a file
may be a route without its guard rails, and who writes one anew may remove it first.

A document of kind PromptCatalog is a catalogue whose prompts and chains can be called; other kinds are left to others.

A file that cannot be read keeps what it held before in force and is named in the log, so that a slip of a pen takes no
model away. Two files for one model: the first by name counts, the other is named in the log.
"""

import asyncio
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import yaml
from pydantic import ValidationError

from fmops_api.route import Route
from fmops_serving.gateway.place import Place
from fmops_serving.gateway.prompts.files import bundle_of, is_catalog
from fmops_serving.gateway.prompts.shelf import Shelf
from fmops_serving.gateway.routes.bundle import Bundle, in_force
from fmops_serving.gateway.routes.routes import Routes

LOG = logging.getLogger(__name__)
_SUFFIXES = {".json", ".yaml", ".yml"}
EVERY = 0.25
"""Seconds between two looks."""
Stamp = tuple[int, int, int]


class UnreadableRoute(Exception):  # noqa: N818 - a file's fault
    """A file that is no route; the message names the field and what is wrong with it."""


class Held(NamedTuple):
    """What one file holds."""

    routes: list[Route]
    bundles: list[Bundle]


class Folder:
    """Reads a folder and tells the routes of what changed."""

    def __init__(self, folder: Path, routes: Routes, shelf: Shelf) -> None:
        """Read from `folder` into `routes` and `shelf`."""
        self._folder = folder
        self._routes = routes
        self._shelf = shelf
        self._seen: dict[Path, Stamp] = {}
        """As the last look found them."""
        self._stamps: dict[Path, Stamp] = {}
        """As they were when they were read."""
        self._read: dict[Path, Held] = {}

    def look(self) -> list[str]:
        """Read what changed; gives a sentence for each file at fault. Raises OSError when the folder is not there."""
        stamps = self._resting()
        self._routes.note("")
        if stamps == self._stamps and self._routes.loaded:
            return []
        faults = []
        for path, stamp in stamps.items():
            if self._stamps.get(path) == stamp:
                continue
            try:
                self._read[path] = read_file(path)
            except UnreadableRoute as fault:
                faults.append(f"{path.name}: {fault}; what it held before stays in force")
        self._read = {path: held for path, held in self._read.items() if path in stamps}
        self._stamps = stamps
        routes, doubles = _each_once(self._read)
        self._shelf.replace(in_force(bundle for path in sorted(self._read) for bundle in self._read[path].bundles))
        self._routes.replace(routes)
        return [*faults, *doubles]

    def _resting(self) -> dict[Path, Stamp]:
        """Give the files with their stamps; one that changes now counts as it was when it was read."""
        now = {path: _stamp(path) for path in sorted(self._folder.iterdir()) if path.suffix in _SUFFIXES}
        before, self._seen = self._seen, now
        if not self._routes.loaded:
            return now
        moving = {path for path in now.keys() | self._stamps.keys() if now.get(path) != before.get(path)}
        kept = {path: stamp for path, stamp in self._stamps.items() if path in moving}
        return {path: stamp for path, stamp in sorted({**now, **kept}.items()) if path in kept or path not in moving}

    async def follow(self) -> None:
        """Look again and again."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                faults = self.look()
            except OSError as error:
                trouble = f"{self._folder} cannot be read: {error.strerror}"
                self._routes.note(trouble)
                faults = [f"{trouble}; the routes before stay in force"]
            for fault in faults:
                LOG.warning("%s", fault)


def read_file(path: Path) -> Held:
    """Read the routes and catalogues of a file. Raises UnreadableRoute."""
    try:
        content = path.read_bytes()
        documents = [orjson.loads(content)] if path.suffix == ".json" else list(yaml.safe_load_all(content))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UnreadableRoute(str(error).replace("\n", " ")) from None
    try:
        return Held(
            [Route.model_validate(document) for document in documents if _is_route(document)],
            [bundle_of(document) for document in documents if is_catalog(document)],
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        raise UnreadableRoute(f"{where}: {first['msg']}") from None
    except ValueError as error:
        raise UnreadableRoute(str(error)) from None


def _is_route(document: Any) -> bool:
    """Tell a route from a manifest of Kubernetes and from an empty document."""
    return document is not None and not (isinstance(document, dict) and "kind" in document)


def _stamp(path: Path) -> Stamp:
    try:
        found = os.stat(path)  # noqa: PTH116 - follows the links that a mounted Secret is made of
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_mtime_ns, found.st_size)


def _each_once(read: Mapping[Path, Held]) -> tuple[list[Route], list[str]]:
    routes: dict[Place, Route] = {}
    first: dict[Place, Path] = {}
    faults = []
    for path in sorted(read):
        for route in read[path].routes:
            place = Place(route.namespace, route.name)
            if place in routes:
                faults.append(f"{path.name}: {place} is in {first[place].name} already, which counts")
            else:
                routes[place], first[place] = route, path
    return list(routes.values()), faults
