"""An answer of a model, and how it is put together from what the endpoint sends."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from fmops_serving.evaluate.faults import Fault, of_status

LONGEST_LINE = 4 * 1024 * 1024
"""Bytes; more without a line end is no event stream, and must not fill the memory."""
_DONE = b"[DONE]"


@dataclass(frozen=True, slots=True)
class Token:
    """One token of an answer, in bytes of UTF-8, and what might have stood in its place with which log-probability."""

    text: bytes
    alternatives: tuple[tuple[str, float], ...]


class Answer(NamedTuple):
    """One complete answer. Times are in seconds from sending; no token has one when it came in one piece."""

    text: str
    finish_reason: str | None
    prompt_tokens: int | None
    output_tokens: int | None
    time_to_first_token: float | None
    request_time: float
    time_between_tokens: float | None = None
    """Mean of the tokens after the first; none when it came in one piece, or nobody counted tokens."""
    refusal: str = ""
    """What the model said instead of an answer, from endpoints that tell the two apart."""
    tokens: tuple[Token, ...] = ()
    """Only when log-probabilities were asked for and given."""


class Parts:
    """An answer under way. `read` takes each JSON document that the endpoint sends."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.finish_reason: str | None = None
        self.usage: dict[str, Any] = {}
        self.refusal = ""
        self.tokens: list[Token] = []
        self.choices = 0
        self.pieces = 0
        """Pieces that came with a token, be it of the answer or of the reasoning before it."""

    def read(self, document: bytes) -> None:
        """Take a chunk of a stream, or a whole answer; raises Fault when it is neither."""
        try:
            self._take(orjson.loads(document))
        except orjson.JSONDecodeError:
            raise Fault("the endpoint sent what is not JSON") from None
        except (AttributeError, TypeError, ValueError, KeyError, IndexError):
            raise Fault("the endpoint sent JSON that is not of the OpenAI API") from None

    def _take(self, content: dict[str, Any]) -> None:
        if error := content.get("error"):
            raise _of_error(error)
        if usage := content.get("usage"):
            self.usage = usage
        for choice in content["choices"]:
            self._take_choice(choice)

    def _take_choice(self, choice: dict[str, Any]) -> None:
        if choice.get("index"):
            return
        self.choices += 1
        said = choice.get("delta") or choice.get("message") or {"content": choice.get("text")}
        text = said.get("content")
        if text is not None and not isinstance(text, str):
            raise TypeError
        if text:
            self.texts.append(text)
            self.pieces += 1
        elif said.get("reasoning_content") or said.get("reasoning"):
            self.pieces += 1
        if refusal := said.get("refusal"):
            self.refusal += refusal
        if logprobs := choice.get("logprobs"):
            self.tokens += [_token(each) for each in logprobs.get("content") or ()]
        if reason := choice.get("finish_reason"):
            self.finish_reason = reason

    def complete(self, first_token: float | None, request_time: float, last_token: float | None = None) -> Answer:
        """Give the answer; raises Fault when there was none."""
        if not self.choices:
            raise Fault("the endpoint sent no answer")
        counted = _count(self.usage.get("completion_tokens"))
        return Answer(
            text="".join(self.texts),
            finish_reason=self.finish_reason,
            prompt_tokens=_count(self.usage.get("prompt_tokens")),
            output_tokens=counted,
            time_to_first_token=first_token,
            request_time=request_time,
            time_between_tokens=_between(first_token, last_token, counted or 0),
            refusal=self.refusal,
            tokens=tuple(self.tokens),
        )


class EventLines:
    """Cuts a byte stream into the data of its server-sent events, whatever the pieces it comes in."""

    def __init__(self) -> None:
        self._rest = b""
        self.done = False
        """Whether the stream said that it is complete."""

    def feed(self, piece: bytes) -> list[bytes]:
        """Give the data of each event line that is whole now; raises Fault on an endless line."""
        text = self._rest + piece
        lines = text.split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > LONGEST_LINE:
            raise Fault("the endpoint sent no line end in 4 MiB, so it is no event stream")
        events = [line[5:] for line in lines if line.startswith(b"data:")]
        if _DONE in text:
            said = len(events)
            events = [data for data in events if data.strip() != _DONE]
            self.done = self.done or len(events) < said
        return events

    def end(self) -> list[bytes]:
        """Give the data of a last line without an end, if there is one."""
        return self.feed(b"\n") if self._rest else []


def _token(content: dict[str, Any]) -> Token:
    text = content.get("bytes")
    listed = content.get("top_logprobs") or [content]
    return Token(
        bytes(text) if text is not None else content["token"].encode(),
        tuple((str(each["token"]), float(each["logprob"])) for each in listed),
    )


def _between(first: float | None, last: float | None, tokens: int) -> float | None:
    """Give the mean time between tokens in seconds, as vLLM's time per output token: first to last, by the rest.

    The endpoint counts its tokens, since one chunk may hold several; unknown without that, and in one chunk.
    """
    return (last - first) / (tokens - 1) if first and last and last > first and tokens > 1 else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _of_error(error: Any) -> Fault:
    """Judge an error that came with status 200, as streams do once they have begun."""
    said = error if isinstance(error, dict) else {"message": str(error)}
    code = said.get("code")
    detail = " ".join(str(said.get("message", "")).split())[:300]
    if isinstance(code, int) and 400 <= code < 600:
        return of_status(code, detail)
    return Fault("the endpoint broke off with an error", detail=detail)
