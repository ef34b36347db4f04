"""Files: what -f names, read as text."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SIZE_LIMIT = 16 * 1024 * 1024
_SUFFIXES = frozenset({".yaml", ".yml", ".json"})


class Text(NamedTuple):
    """A file that was read."""

    name: str
    text: str


class Unreadable(NamedTuple):
    """A file or folder that could not be read, and why."""

    name: str
    message: str


def read_all(arguments: list[str]) -> Iterator[Text | Unreadable]:
    """Read every file, every YAML and JSON file of every folder below, and standard input for `-`; each once."""
    seen: set[Path] = set()
    for argument in arguments:
        if argument == "-":
            yield _decoded("standard input", sys.stdin.buffer.read(SIZE_LIMIT + 1))
            continue
        for found in _expanded(Path(argument)):
            if isinstance(found, Unreadable):
                yield found
            elif found.resolve() not in seen:
                seen.add(found.resolve())
                yield _read(found)


def _expanded(path: Path) -> Iterator[Path | Unreadable]:
    if not path.is_dir():
        yield path
        return
    found = sorted(inner for inner in path.rglob("*") if inner.suffix in _SUFFIXES and inner.is_file())
    yield from found
    if not found:
        yield Unreadable(str(path), "the folder has no .yaml, .yml or .json file")


def _read(path: Path) -> Text | Unreadable:
    try:
        if path.exists() and not path.is_file():
            return Unreadable(str(path), "is neither a file nor a folder")
        with path.open("rb") as file:
            return _decoded(str(path), file.read(SIZE_LIMIT + 1))
    except FileNotFoundError:
        return Unreadable(str(path), "there is no such file or folder")
    except OSError as error:
        return Unreadable(str(path), f"cannot be read: {error.strerror or error}")


def _decoded(name: str, content: bytes) -> Text | Unreadable:
    if len(content) > SIZE_LIMIT:
        return Unreadable(name, f"is larger than {SIZE_LIMIT // 1024**2} MiB, which no manifest is")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Unreadable(name, f"is not text: byte {error.start + 1} is no UTF-8")
    at = text.find("\0")
    return Unreadable(name, f"is not text: character {at + 1} is a null") if at >= 0 else Text(name, text)
