"""A memory of texts in which rails found nothing, so that a conversation's earlier turns are not looked at again.

It holds no text: a text is known by a keyed digest (BLAKE2b), whose secret each list of rails makes anew. Rails that
change have another secret, and so remember nothing. Who asks is a part of what is digested: no client can tell by the
time of an answer what another one sent.
"""

from collections import OrderedDict
from hashlib import blake2b
from secrets import token_bytes

REMEMBERED = 10_000
"""Texts that a gateway remembers unless it is told otherwise: a few hundred conversations."""
SHORTEST = 32
"""Characters. A look at a shorter text costs little more than finding out that it is known."""
_DIGEST = 16
"""Bytes: with a secret of 32 nobody can make two texts that have one digest, and none meet by chance."""

Scores = tuple[float, ...]
"""The highest score of each look at a text, in the order of the rules."""


class Memory:
    """The texts that came last, of all rails of a process together."""

    def __init__(self, most: int) -> None:
        """Hold at most so many texts."""
        self._most = most
        self._scores: OrderedDict[bytes, Scores] = OrderedDict()

    def __len__(self) -> int:
        """Say how many texts are known."""
        return len(self._scores)

    def find(self, digest: bytes) -> Scores | None:
        """Give a text's scores; None for one that is not known. One that is asked for is kept longer."""
        scores = self._scores.get(digest)
        if scores is not None:
            self._scores.move_to_end(digest)
        return scores

    def keep(self, digest: bytes, scores: Scores) -> None:
        """Take a text, and forget the one that was not asked for longest where it is one too many."""
        self._scores[digest] = scores
        if len(self._scores) > self._most:
            self._scores.popitem(last=False)


class Recollection:
    """What one list of rails knows of a memory."""

    def __init__(self, memory: Memory) -> None:
        """Make a secret."""
        self._keyed = blake2b(digest_size=_DIGEST, key=token_bytes(32))
        self.find, self.keep = memory.find, memory.keep

    def digest(self, asker: str, text: str) -> bytes:
        """Say how a text of somebody's is known; two texts, or askers, never are alike."""
        keyed = self._keyed.copy()
        keyed.update(f"{len(asker)}:{asker}{text}".encode("utf-8", "surrogatepass"))
        return keyed.digest()
