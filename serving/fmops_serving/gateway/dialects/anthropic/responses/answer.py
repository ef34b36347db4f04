"""A chat completion as an answer of the Responses API."""

from typing import Any

from fmops_serving.gateway.dialects.anthropic.refusing import Json

_INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}
_DEFAULTS: Json = {
    "instructions": None, "max_output_tokens": None, "parallel_tool_calls": True, "temperature": None,
    "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [], "top_p": None,
}  # fmt: skip


def response(asked: Json, identity: str, created: int, model: str) -> Json:
    """Give an answer that has just begun, with what was asked for."""
    said = {name: asked[name] if asked.get(name) is not None else value for name, value in _DEFAULTS.items()}
    return {
        "id": f"resp_{identity}", "object": "response", "created_at": created, "status": "in_progress",
        "background": False, "error": None, "incomplete_details": None, "metadata": {}, "model": model, "output": [],
        "previous_response_id": None, "reasoning": {"effort": None, "summary": None}, "store": False,
        "truncation": "disabled", "usage": None, "user": asked.get("user"), **said,
    }  # fmt: skip


def ended(begun: Json, output: list[Json], finish_reason: Any, used: Json | None) -> Json:
    """Give the answer when it is over."""
    reason = _INCOMPLETE.get(finish_reason)
    return {
        **begun,
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "output": output,
        "usage": usage(used) if used else None,
    }


def of_completion(asked: Json, found: Json) -> Json:
    """Translate a whole completion."""
    choice = found["choices"][0]
    said = choice["message"]
    begun = response(asked, found["id"], found["created"], found["model"])
    parts = [text_part(said["content"])] if said.get("content") else []
    parts += [refusal_part(said["refusal"])] if said.get("refusal") else []
    output = [message(f"msg_{found['id']}", "completed", parts)] if parts else []
    output += [
        function_call(call["id"], call["function"]["name"], "completed", call["function"]["arguments"])
        for call in said.get("tool_calls", ())
    ]
    return ended(begun, output, choice["finish_reason"], found["usage"])


def message(identity: str, status: str, content: list[Json]) -> Json:
    """Write a message of the model's."""
    return {"id": identity, "type": "message", "status": status, "role": "assistant", "content": content}


def text_part(text: str) -> Json:
    """Write a text."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def refusal_part(text: str) -> Json:
    """Write why the model refuses."""
    return {"type": "refusal", "refusal": text}


def function_call(call: str, name: str, status: str, arguments: str) -> Json:
    """Write a call of a function."""
    return {"id": f"fc_{call}", "type": "function_call", "status": status, "call_id": call, "name": name,
            "arguments": arguments}  # fmt: skip


def usage(used: Json) -> Json:
    """Rename what was counted."""
    read = used.get("prompt_tokens_details", {}).get("cached_tokens", 0)
    thought = used.get("completion_tokens_details", {}).get("reasoning_tokens", 0)
    return {
        "input_tokens": used["prompt_tokens"],
        "input_tokens_details": {"cached_tokens": read},
        "output_tokens": used["completion_tokens"],
        "output_tokens_details": {"reasoning_tokens": thought},
        "total_tokens": used["total_tokens"],
    }
