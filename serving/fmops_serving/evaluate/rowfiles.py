"""The files that a candidate's rows are in: one of a runner that asks all, and one of each shard.

Of an object store a name here stands for the objects part-00000, part-00001 and so on, of a shard for
part-00002-of-00004-00000 and so on: all are below the candidate's folder, whoever asked.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from fmops_api.shard import Shard

_ROW_FILE = re.compile(r"(part(?:-\d+-of-(\d+))?)-\d+\.jsonl")
_WHOLE = "part"


def row_file(shard: Shard | None) -> str:
    """Name the file of a runner; None stands for one that asks all."""
    return f"{_WHOLE}-00000.jsonl" if shard is None else f"part-{shard.number:05}-of-{shard.of:05}-00000.jsonl"


def is_of_rows(path: Path) -> bool:
    """Say whether a file, or an object, holds rows."""
    return _ROW_FILE.fullmatch(path.name) is not None


def stem_of(name: str) -> str:
    """Give what the names of all objects with rows of this file begin with, before a dash and their number."""
    return name.rpartition("-")[0]


def files_beside(names: Iterable[str], shard: Shard | None) -> list[str]:
    """Name the files that answers to a runner's questions may be in beside its own, that of a whole runner last.

    A shard leaves out those of the shards at work beside it, which ask other examples.
    """
    own, stems = stem_of(row_file(shard)), set[str]()
    for found in filter(None, map(_ROW_FILE.fullmatch, names)):
        beside = shard is not None and found[2] is not None and int(found[2]) == shard.of
        if found[1] != own and not beside:
            stems.add(found[1])
    return [f"{stem}-00000.jsonl" for stem in sorted(stems, key=lambda stem: (stem == _WHOLE, stem))]
