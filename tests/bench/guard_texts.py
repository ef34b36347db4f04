"""The labelled texts of tests/data/guard: those in the folder tune the rules, those in held-out/ test them."""

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
    found = []
    for folder, tests in ((FOLDER, False), (FOLDER / "held-out", True)):
        for language in ("en", "de", "ru"):
            kind = ""
            for line in (folder / f"{language}.txt").read_text("utf-8").splitlines():
                if line.startswith("## "):
                    kind = line[3:]
                else:
                    found.append(Labelled(language, kind, line, tests))
    return found
