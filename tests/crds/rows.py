"""What a row of the tables is."""

from typing import NamedTuple

from tests.crds.objects import Manifest


class Refused(NamedTuple):
    """An object that must be refused: at `field`, with `words` in the message."""

    sentence: str
    manifest: Manifest
    field: str
    words: str


class Accepted(NamedTuple):
    """An object that must be accepted and read back as it was given."""

    sentence: str
    manifest: Manifest


class Transition(NamedTuple):
    """A change of a stored object; `words` are in the refusal, and empty for a change that is accepted."""

    sentence: str
    before: Manifest
    after: Manifest
    words: str
