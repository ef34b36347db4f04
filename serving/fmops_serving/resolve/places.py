"""Where sources stand, as seen from this process: objects of stores, and files of volumes that are folders here."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fmops_api.catalogsource import CatalogSource, StoredFile, VolumeFile, variable_of
from fmops_api.objectstore import CREDENTIALS
from fmops_api.reasons import PromptCatalogReason as Reason
from fmops_serving.objectstore.place import Denied, Missing, NoBucket, Place, StoreFailed, Unreachable

_PIECE = 2**20


class Unresolved(Exception):  # noqa: N818 - a word of the domain
    """Why a source cannot be read, in a word and a sentence."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Reach:
    """How this process comes to sources."""

    volumes: Mapping[str, Path] = field(default_factory=dict)
    """Folders by the claim that they are or stand for."""
    own_keys: bool = False
    """Whether the credentials of the environment open sources too. In a Job they are those of another store."""


def reach_of(volumes: Iterable[str]) -> Reach:
    """Read the options of a Job: CLAIM=DIR for each claim."""
    return Reach({claim: Path(folder) for claim, _, folder in (each.partition("=") for each in volumes)})


async def pieces_of(source: CatalogSource, reach: Reach) -> AsyncIterator[bytes]:
    """Read a source piece by piece; raises Unresolved."""
    if source.object_store:
        async for piece in _object(source.name, source.object_store, reach):
            yield piece
    elif source.persistent_volume_claim:
        async for piece in _file(source.name, source.persistent_volume_claim, reach):
            yield piece
    else:
        raise ValueError(f"{source.name} stands in a ConfigMap, which nobody reads from here")


async def _object(name: str, stored: StoredFile, reach: Reach) -> AsyncIterator[bytes]:
    from fmops_serving.objectstore.store import Store  # noqa: PLC0415 - slow to load, and most sources need none

    folder, _, key = stored.uri.rpartition("/")
    keys = {key: os.environ[v] for key in CREDENTIALS[stored.scheme] if (v := variable_of(name, key)) in os.environ}
    place = Place(folder, stored.endpoint, stored.region, None if reach.own_keys and not keys else keys, "read it")
    try:
        async for piece in Store(place).pieces(key):
            yield piece
    except StoreFailed as error:
        raise Unresolved(_reason(error), f"spec.sources[{name}].objectStore: {error}") from None


def _reason(error: StoreFailed) -> Reason:
    if isinstance(error, Missing | NoBucket):
        return Reason.SOURCE_NOT_FOUND
    if isinstance(error, Denied):
        return Reason.SOURCE_UNAUTHORIZED
    return Reason.SOURCE_UNREACHABLE if isinstance(error, Unreachable) else Reason.RESOLUTION_FAILED


async def _file(name: str, wanted: VolumeFile, reach: Reach) -> AsyncIterator[bytes]:
    path = f"spec.sources[{name}].persistentVolumeClaim"
    root = reach.volumes.get(wanted.claim_name)
    if root is None:
        option = f"--volume {wanted.claim_name}=DIR"
        raise Unresolved(
            Reason.SOURCE_NOT_FOUND, f"{path}: which folder stands for the claim is not said: add {option}"
        )
    try:
        with _inside(root, wanted.path, path).open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
                # A reader that is told to stop is told here.
                await asyncio.sleep(0)
    except PermissionError:
        sentence = f"{wanted.path} may not be read by user {os.getuid()}: let others read it"
        raise Unresolved(Reason.SOURCE_UNAUTHORIZED, f"{path}.path: {sentence}") from None
    except OSError as error:
        sentence = f"{wanted.path} cannot be read: {error.strerror or error}"
        raise Unresolved(Reason.SOURCE_UNREACHABLE, f"{path}.path: {sentence}") from None


def _inside(root: Path, wanted: str, path: str) -> Path:
    """Find the file; a link that leads out of the volume is not followed."""
    found = (root / wanted).resolve()
    if not found.is_relative_to(root.resolve()):
        raise Unresolved(Reason.SOURCE_NOT_FOUND, f"{path}.path: {wanted} is a link that leads out of the volume")
    if found.is_dir():
        raise Unresolved(Reason.SOURCE_NOT_FOUND, f"{path}.path: {wanted} is a folder: name a file in it")
    if not found.is_file():
        raise Unresolved(Reason.SOURCE_NOT_FOUND, f"{path}.path: the volume has no file {wanted}")
    return found
