"""Plain requests and answers: what the gateway asks of them is read where it stands, and no object made of them.

Native code reads them, and gives nothing for any other, of which Python then makes objects.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from fmops_serving.guard.openai import answer, places, request
from fmops_serving.guard.openai.names import KNOWN
from fmops_serving.native import native, read_nothing

if TYPE_CHECKING:
    import fmops_native

    RequestReader = Callable[[bytes], fmops_native.Request | None]
    AnswerReader = Callable[[bytes], fmops_native.Answer | None]


def _readers() -> "tuple[RequestReader, AnswerReader]":
    if native is None:
        return read_nothing, read_nothing
    fields = native.Fields(
        {
            "no_text": list(request.NO_TEXT),
            "tokens": list(request.TOKENS),
            "marked": list(request.MARKED),
            "known": list(KNOWN),
            "no_answer": list(answer.NO_TEXT),
            "repeated": list(answer.REPEATED),
            "coded": list(answer.CODED),
            "chances": answer.CHANCES,
            "closed": list(places.CLOSED),
            "longest_word": places.LONGEST_WORD,
        }
    )
    return fields.request, fields.answer


read_request, read_answer = _readers()
"""Read a body; None where it is not plain."""
