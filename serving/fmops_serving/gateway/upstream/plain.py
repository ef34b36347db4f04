"""Plain answers: those whose head comes in one piece, says where the body ends, and can be read in one way.

Native code reads a head in one step, and so the chunks of a stream that came; it gives nothing for any other answer,
which is then the parser's.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from fmops_serving.gateway.exchange import Headers
from fmops_serving.native import native, read_nothing

if TYPE_CHECKING:
    import fmops_native

Plain = tuple[int, Headers, "int | fmops_native.Chunks", bytes]
"""The status, the headers, how many bytes the body has or what reads its chunks, and what came after the head."""


read_plain: Callable[[bytes], Plain | None] = read_nothing if native is None else native.read_answer
"""Reads an answer; None where it is not plain."""
