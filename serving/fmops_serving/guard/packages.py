"""Where word lists and weights come from: data files of two pinned packages, read and never imported.

    glin-profanity        MIT   word lists by language
    alt-profanity-check   MIT   weights of a linear model; its scikit-learn is not needed here

Nothing of them is in this repository. Both are found by their installed metadata.
"""

from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

LISTS = "glin-profanity"
WEIGHTS = "alt-profanity-check"
_HOW = {
    LISTS: "pip install 'fmops[serving]' brings them",
    WEIGHTS: "install fmops[toxicity], or, without the scikit-learn that they do not need, run"
    " `pip install --no-deps alt-profanity-check==1.9.1`",
}


class Missing(Exception):  # noqa: N818 - it says what is the case
    """A package with data is not installed."""


@dataclass(frozen=True)
class DataFiles:
    """Files of a package, and one digest of them all in this order."""

    paths: tuple[Path, ...]
    digest: str


def data_files(package: str, *names: str) -> DataFiles:
    """Find files of an installed package; raises Missing with what to do."""
    try:
        found = distribution(package)
    except PackageNotFoundError:
        raise Missing(f"type Toxicity needs the data of the package {package}: {_HOW[package]}") from None
    paths = tuple(Path(str(found.locate_file(name))) for name in names)
    if lost := [path for path in paths if not path.is_file()]:
        raise Missing(f"the package {package} {found.version} has no file {lost[0].name}: {_HOW[package]}")
    return DataFiles(paths, _digest(paths))


def _digest(paths: tuple[Path, ...]) -> str:
    digest = sha256()
    for path in paths:
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()
