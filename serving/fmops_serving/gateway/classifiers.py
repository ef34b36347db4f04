"""The classifiers that a gateway has: each folder of a folder is one, called as it is (guard/classifier.py)."""

import re
from collections.abc import Mapping
from pathlib import Path

from fmops_serving.guard.finding import AwaitedDetector
from fmops_serving.guard.packages import Missing

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


class UnreadableClassifier(Exception):  # noqa: N818 - a folder's fault
    """A folder is no classifier; the message names it and what is wrong."""


def read_classifiers(folder: Path) -> Mapping[str, AwaitedDetector]:
    """Load every classifier, once for all routes that name it. Raises UnreadableClassifier."""
    from fmops_serving.guard.classifier import Classifier  # noqa: PLC0415 - loads numpy, for who mounts one

    found: dict[str, AwaitedDetector] = {}
    for each in sorted(folder.iterdir()):
        # A volume brings its own: lost+found, and links whose names begin with dots.
        if not each.is_dir() or each.name.startswith(".") or each.name == "lost+found":
            continue
        if not _NAME.fullmatch(each.name):
            raise UnreadableClassifier(f"{each}: rails can name lower-case letters, digits and '-' only: rename it")
        try:
            found[each.name] = Classifier(each)
        except (Missing, ValueError) as fault:
            raise UnreadableClassifier(str(fault)) from None
    return found
