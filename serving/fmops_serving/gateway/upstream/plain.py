"""Plain answers: those whose head comes in one piece, says how long the body is, and can be read in one way.

Native code reads them in one step; it gives nothing for any other, such as a stream, which is then the parser's.
"""

from collections.abc import Callable

from fmops_serving.gateway.exchange import Headers
from fmops_serving.native import native, read_nothing

Plain = tuple[int, Headers, int, bytes]
"""The status, the headers, how many bytes the body has, and those of them that came."""


read_plain: Callable[[bytes], Plain | None] = read_nothing if native is None else native.read_answer
"""Reads an answer; None where it is not plain."""
