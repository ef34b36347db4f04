"""The labelled texts of tests/data/guard, and their halves: every other line tunes, the others test."""

from typing import NamedTuple

from tests.cluster.paths import REPOSITORY

FOLDER = REPOSITORY / "tests" / "data" / "guard"
TOXIC = ("insult", "threat", "profanity", "obfuscated")
INNOCENT = ("clean", "names", "quoted", "medical", "technical")


class Labelled(NamedTuple):
    """A text, its language and class, and whether it belongs to the half that nothing is tuned on."""

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
    found = []
    for language in ("en", "de", "ru"):
        kind, place = "", 0
        for line in (FOLDER / f"{language}.txt").read_text("utf-8").splitlines():
            if line.startswith("## "):
                kind, place = line[3:], 0
            else:
                found.append(Labelled(language, kind, line, bool(place % 2)))
                place += 1
    return found
