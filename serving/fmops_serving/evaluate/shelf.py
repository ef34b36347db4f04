"""Examples that are too many for the memory: in a database file of the process's own, gone when it ends."""

import hashlib
import sqlite3
from collections.abc import Iterator
from typing import Self

import orjson

from fmops_api.evaluationrun import Examples, SampleStrategy
from fmops_api.promptcatalog import Example
from fmops_api.shard import Shard
from fmops_serving.prompts.examples import shares

_AT_ONCE = 1000
"""Examples that are written in one go."""
_RECENT = 64
"""Examples kept in memory: who reads them in their order asks for each several times."""
_QUICKLY = ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF")
"""Nothing of it outlives the process."""
_TABLE = "CREATE TABLE example (id TEXT NOT NULL, label TEXT, content BLOB NOT NULL)"
_EVERY_SO_MANY = """
SELECT place.number FROM
  (SELECT rowid AS number, row_number() OVER (ORDER BY id) - 1 AS turn FROM example) AS place
  WHERE place.turn % ? = ?
"""
_LOWEST_OF_EACH_LABEL = """
SELECT place.rowid FROM
  (SELECT rowid, label, row_number() OVER (PARTITION BY label ORDER BY draw(id)) AS rank FROM example) AS place
  JOIN share ON share.label IS place.label AND place.rank <= share.most
"""


class Shelf:
    """Takes examples one by one, then gives those that were chosen in the order of asking."""

    def __init__(self) -> None:
        # No name: SQLite makes a file in the folder for temporary files, keeps 2 MB of it in memory, and removes it.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for statement in (*_QUICKLY, _TABLE, "BEGIN"):
            self._database.execute(statement)
        self._waiting: list[tuple[str, str | None, bytes]] = []
        self._recent: dict[str, Example] = {}
        self._length = 0

    def add(self, unique_id: str, example: Example) -> None:
        """Keep an example under its set/id."""
        content = orjson.dumps(example.to_manifest())
        self._waiting.append((unique_id, example.label, content))
        if len(self._waiting) >= _AT_ONCE:
            self._write()

    def choose(self, wanted: Examples) -> None:
        """Keep what `prompts.examples.choose` would choose of all that was added, and put it in its order."""
        self._write()
        if wanted.limit is not None:
            self._thin_out(wanted, wanted.limit)
        self._settle()

    def part(self, shard: Shard) -> Self:
        """Keep those of one shard alone, taken in turns from the order of asking."""
        self._database.execute("BEGIN")
        self._keep(_EVERY_SO_MANY, shard.of, shard.number)
        self._recent.clear()
        self._settle()
        return self

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[str]:
        return (unique_id for (unique_id,) in self._database.execute("SELECT id FROM example ORDER BY id"))

    def __getitem__(self, unique_id: str, /) -> Example:
        found = self._recent.get(unique_id)
        if found is not None:
            return found
        row = self._database.execute("SELECT content FROM example WHERE id = ?", (unique_id,)).fetchone()
        if row is None:
            raise KeyError(unique_id)
        return self._remembered(unique_id, row[0])

    def items(self) -> Iterator[tuple[str, Example]]:
        """Give every example with its set/id, in the order of asking."""
        for unique_id, content in self._database.execute("SELECT id, content FROM example ORDER BY id"):
            yield unique_id, self._remembered(unique_id, content)

    def number(self, unique_id: str) -> int | None:
        """Give the number of an example; None for one that is not asked."""
        row = self._database.execute("SELECT rowid FROM example WHERE id = ?", (unique_id,)).fetchone()
        return None if row is None else row[0] - 1

    def _remembered(self, unique_id: str, content: bytes) -> Example:
        found = Example.model_validate_json(content)
        if len(self._recent) >= _RECENT:
            del self._recent[next(iter(self._recent))]
        self._recent[unique_id] = found
        return found

    def _settle(self) -> None:
        self._database.execute("CREATE UNIQUE INDEX example_id ON example (id)")
        self._database.execute("COMMIT")
        (self._length,) = self._database.execute("SELECT count(*) FROM example").fetchone()

    def _write(self) -> None:
        self._database.executemany("INSERT INTO example VALUES (?, ?, ?)", self._waiting)
        self._waiting.clear()

    def _thin_out(self, wanted: Examples, limit: int) -> None:
        if wanted.sample is None:
            self._keep("SELECT rowid FROM example ORDER BY id LIMIT ?", limit)
            return
        seed = wanted.sample.seed
        draw = lambda unique_id: hashlib.sha256(f"{seed}:{unique_id}".encode()).digest()  # noqa: E731
        self._database.create_function("draw", 1, draw, deterministic=True)
        if wanted.sample.strategy == SampleStrategy.RANDOM:
            self._keep("SELECT rowid FROM example ORDER BY draw(id) LIMIT ?", limit)
            return
        counts = self._database.execute("SELECT label, count(*) FROM example GROUP BY label").fetchall()
        if sum(count for _, count in counts) > limit:
            divided = shares({(label is None, label or ""): count for label, count in counts}, limit)
            self._database.execute("CREATE TABLE share (label TEXT, most INTEGER NOT NULL)")
            found = [(label, divided[label is None, label or ""]) for label, _ in counts]
            self._database.executemany("INSERT INTO share VALUES (?, ?)", found)
            self._keep(_LOWEST_OF_EACH_LABEL)

    def _keep(self, chosen: str, *values: int) -> None:
        """Leave out all rows but these, and number those that stay anew."""
        kept = f"SELECT id, label, content FROM example WHERE rowid IN ({chosen}) ORDER BY rowid"  # noqa: S608 - ours
        self._database.execute(f"CREATE TABLE kept AS {kept}", values)
        self._database.execute("DROP TABLE example")
        self._database.execute("ALTER TABLE kept RENAME TO example")


class ShelvedDigests:
    """Digests of a source's examples in a database file of their own."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        for statement in (*_QUICKLY, "CREATE TABLE found (digest BLOB NOT NULL)", "BEGIN"):
            self._database.execute(statement)

    def append(self, digest: bytes) -> None:
        """Keep one."""
        self._database.execute("INSERT INTO found VALUES (?)", (digest,))

    def ordered(self) -> Iterator[bytes]:
        """Give all in their order."""
        return (digest for (digest,) in self._database.execute("SELECT digest FROM found ORDER BY digest"))
