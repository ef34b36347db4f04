"""Static vectors: a text is the mean of the fixed vectors of its tokens, read from files of a pinned package.

    wordllama   MIT   32,000 tokens of Llama 2's tokenizer with 256 numbers each, trained for similarity of sentences

The package is found by its installed metadata and never imported: a table and a tokenizer are all it takes. There is no
context, so that the order of words makes no difference.
"""

import json
import struct
from array import array
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from fmops_serving.evaluate.embed.vectors import BLANK, of_length_one

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

PACKAGE = "wordllama"
_TABLE, _TOKENS = (
    "wordllama/weights/l2_supercat_256.safetensors",
    "wordllama/tokenizers/l2_supercat_tokenizer_config.json",
)
_TENSOR = "embedding.weight"
_HOW = "`pip install 'fmops[serving,static]'` brings them, and in a cluster the runner's image must have them"
_REMEMBERED = 1024
"""Texts whose vectors are kept at hand: references come again, a kibibyte each."""


class NoStaticVectors(Exception):  # noqa: N818 - it says what is the case
    """The package with the vectors is not installed, or it is another than is known here."""


class StaticEmbedder:
    """Turns texts into vectors of length 1, one at a time: there is nothing to be asked and nothing to be kept."""

    def __init__(self, version: str, table: "NDArray[np.float16]", tokenizer: "Tokenizer") -> None:
        self.version, self.dimension = version, table.shape[1]
        self._table, self._tokenizer = table, tokenizer
        self.of = lru_cache(maxsize=_REMEMBERED)(self._vector)

    def _vector(self, text: str) -> Sequence[float] | None:
        """Give the vector of a text; None where nothing of it has a direction."""
        tokens = self._tokenizer.encode(text or BLANK, add_special_tokens=False).ids
        # Added row by row, in 32 bits: the same sum on every machine.
        total = self._table[tokens].sum(axis=0, dtype="float32")
        return of_length_one(array("f", total.tolist())) if total.any() else None


@cache
def word_llama() -> StaticEmbedder:
    """Read the vectors, once in a process; raises NoStaticVectors with what to do."""
    try:
        found = distribution(PACKAGE)
    except PackageNotFoundError:
        raise NoStaticVectors(f"static WordLlama needs the data of the package {PACKAGE}: {_HOW}") from None
    table, tokens = (Path(str(found.locate_file(name))) for name in (_TABLE, _TOKENS))
    try:
        return StaticEmbedder(found.version, _read_table(table), _read_tokenizer(tokens))
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise NoStaticVectors(f"the files of {PACKAGE} {found.version} are not those that are known: {error}") from None


def _read_table(path: Path) -> "NDArray[np.float16]":
    """Map a file of safetensors into memory: eight bytes with the length of a header in JSON, then the numbers."""
    import numpy as np  # noqa: PLC0415 - for who has static vectors alone

    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        about = json.loads(file.read(length))[_TENSOR]
    rows, columns = about["shape"]
    if about["dtype"] != "F16":
        raise ValueError(f"{path.name} holds {about['dtype']} and not F16")
    start = 8 + length + about["data_offsets"][0]
    return np.memmap(path, dtype="<f2", mode="r", offset=start, shape=(rows, columns))


def _read_tokenizer(path: Path) -> "Tokenizer":
    try:
        from tokenizers import Tokenizer  # noqa: PLC0415 - for who has static vectors alone
    except ImportError:
        raise NoStaticVectors(f"static WordLlama needs the package tokenizers: {_HOW}") from None
    try:
        found: Tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # noqa: BLE001 - the library raises nothing narrower
        raise ValueError(f"{path.name}: {error}") from None
    found.no_padding()
    found.no_truncation()
    return found
