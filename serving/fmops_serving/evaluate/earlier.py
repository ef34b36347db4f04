"""Where the rows of earlier inputs of a run are: beside the folder of the present ones, or beside it in the store."""

from collections.abc import AsyncIterator, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from fmops_serving.evaluate.errors import SinkFailed
from fmops_serving.evaluate.folder import RunFolder
from fmops_serving.evaluate.rowfiles import is_of_rows
from fmops_serving.objectstore.place import Missing

if TYPE_CHECKING:
    from fmops_serving.objectstore.store import Store


class Earlier(Protocol):
    """The rows of earlier inputs of the same run, as far as this version of the runner wrote them."""

    def lines(self, below: str) -> AsyncIterator[tuple[str, Iterable[bytes]]]:
        """Give lines of rows, file after file with its inputs' hash; `below` is such as answers/model=small."""


class EarlierFolders:
    """On a volume."""

    def __init__(self, folder: RunFolder) -> None:
        self._here = folder.root

    async def lines(self, below: str) -> AsyncIterator[tuple[str, Iterable[bytes]]]:
        """Read line by line, while others may still write; raises SinkFailed."""
        try:
            others = [each for each in sorted(self._here.parent.iterdir()) if each.is_dir() and each != self._here]
            for other in filter(_is_of_this_version, others):
                for path in sorted(filter(is_of_rows, (other / below).glob("part-*.jsonl"))):
                    with path.open("rb") as file:
                        yield other.name, file
        except OSError as error:
            raise SinkFailed(f"cannot read {error.filename}: {error.strerror or error}") from None


class EarlierObjects:
    """In an object store; `below` is the folder of the present inputs there."""

    def __init__(self, store: "Store", below: str) -> None:
        self._store = store
        self._run, _, self._here = below.rpartition("/")

    async def lines(self, below: str) -> AsyncIterator[tuple[str, Iterable[bytes]]]:
        """Fetch a part at a time; raises StoreFailed."""
        known: dict[str, bool] = {self._here: False}
        for path in await self._store.names(f"{self._run}/"):
            inputs_hash, _, rest = path.removeprefix(f"{self._run}/").partition("/")
            folder, _, name = rest.rpartition("/")
            if folder != below or not is_of_rows(Path(name)):
                continue
            if inputs_hash not in known:
                known[inputs_hash] = await self._is_of_this_version(inputs_hash)
            if known[inputs_hash]:
                yield inputs_hash, (await self._store.get(path)).splitlines(keepends=True)

    async def _is_of_this_version(self, inputs_hash: str) -> bool:
        try:
            return _wrote(await self._store.get(f"{self._run}/{inputs_hash}/manifest.json"))
        except Missing:
            return False


def _is_of_this_version(folder: Path) -> bool:
    try:
        return _wrote((folder / "manifest.json").read_bytes())
    except FileNotFoundError:
        return False


def _wrote(manifest: bytes) -> bool:
    """Say whether this version of the runner wrote the manifest: another one may ask or read otherwise."""
    try:
        content: Any = orjson.loads(manifest)
    except orjson.JSONDecodeError:
        return False
    return isinstance(content, dict) and content.get("runner") == version("fmops")
