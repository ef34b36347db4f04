"""The end of a streamed answer that a guard rail ended, in the words of the API that was asked."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from fmops_serving.gateway.refusal import Refusal
from fmops_serving.guard.openai.answer import BLOCKED

_HEAD = ("id", "object", "created", "model", "system_fingerprint", "service_tier")


def head_of(parsed: Mapping[str, Any]) -> dict[str, Any]:
    """Keep of an event what the last one repeats: of responses, the response as it began."""
    response = parsed.get("response")
    return dict(response) if isinstance(response, dict) else {key: parsed[key] for key in _HEAD if key in parsed}


def usage_of(parsed: Mapping[str, Any]) -> Any:
    """Give the usage that an event says; None where it says none."""
    response = parsed.get("response")
    return (response if isinstance(response, dict) else parsed).get("usage")


def last_chunks(head: Mapping[str, Any], choices: Sequence[int], usage: Any) -> bytes:
    """End choices of chat or completions, and say the usage if there is one to say."""
    text: dict[str, Any] = {"text": ""} if head.get("object") == "text_completion" else {"delta": {}}
    ends = [{"index": index, **text, "logprobs": None, "finish_reason": BLOCKED} for index in choices]
    events = [{**head, "choices": ends}]
    if usage is not None:
        events.append({**head, "choices": [], "usage": usage})
    return b"".join(b"data: " + orjson.dumps(event) + b"\n\n" for event in events) + b"data: [DONE]\n\n"


def last_response(head: Mapping[str, Any], number: int, usage: Any) -> bytes:
    """End a response; `number` is that of the last event that left."""
    response = {**head, "object": "response", "status": "incomplete", "output": []}
    response["incomplete_details"] = {"reason": BLOCKED}
    if usage is not None:
        response["usage"] = usage
    data = {"type": "response.incomplete", "sequence_number": number + 1, "response": response}
    return b"event: response.incomplete\ndata: " + orjson.dumps(data) + b"\n\n"


def last_error(refusal: Refusal) -> bytes:
    """End a stream by an error, which clients raise: it was not screened, so nobody knows what it would have said."""
    return b"data: " + refusal.body() + b"\n\n"
