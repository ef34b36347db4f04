"""The labelled texts of tests/data/guard: those in the folder tune the rules, those in held-out/ test them.

From `learned.en.txt` a classifier learns, besides those that tune: rules were not tuned on it.
`second.*.txt` and then `third.*.txt` were held out once, until the rules of their time had been judged by them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.cluster.paths import REPOSITORY

FOLDER = REPOSITORY / "tests" / "data" / "guard"
TOXIC = ("insult", "threat", "profanity", "obfuscated")
INNOCENT = ("clean", "names", "quoted", "medical", "technical")


class Labelled(NamedTuple):
    """A text, its language and class, and whether nothing may be tuned on it."""

    language: str
    kind: str
    text: str
    tests: bool

    @property
    def toxic(self) -> bool:
        """Say whether the class is one that is to be found."""
        return self.kind in TOXIC


def labelled() -> list[Labelled]:
    """Read all texts."""
    found: list[Labelled] = []
    for language in ("en", "de", "ru"):
        for name in (f"{language}.txt", f"second.{language}.txt", f"third.{language}.txt"):
            found += _read(FOLDER / name, language, tests=False)
        found += _read(FOLDER / "held-out" / f"{language}.txt", language, tests=True)
    return found


def learned() -> list[Labelled]:
    """Read the English texts that a classifier learns from."""
    tuned = [text for text in labelled() if text.language == "en" and not text.tests]
    return [*tuned, *_read(FOLDER / "learned.en.txt", "en", tests=False)]


def _read(path: Path, language: str, *, tests: bool) -> Iterator[Labelled]:
    kind = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("## "):
            kind = line[3:]
        else:
            yield Labelled(language, kind, line, tests)
