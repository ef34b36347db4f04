"""What models answer: every text of a whole answer, and the answer without what was blocked."""

from collections.abc import Collection, Mapping
from typing import Any

from fmops_serving.guard.openai.places import Path, Text, texts_of

BLOCKED = "content_filter"
"""The finish reason of a choice that was blocked, as the OpenAI API names it."""
_NO_TEXT = frozenset({"id", "object", "created", "model", "usage", "system_fingerprint", "service_tier", "logprobs"})


def texts_of_answer(parsed: Mapping[str, Any]) -> list[Text]:
    """Give every text of an answer: content, reasoning, tools' arguments, of every choice or item."""
    return [each for name, value in parsed.items() if name not in _NO_TEXT for each in _texts(value, (name,))]


def _texts(value: Any, path: Path) -> list[Text]:
    return [each for each in texts_of(value, path) if "logprobs" not in (each.path or ()) and not _is_picture(each)]


def _is_picture(each: Text) -> bool:
    return bool(each.path) and each.path is not None and each.path[-1] in {"b64_json", "embedding"}


def without(parsed: dict[str, Any], blocked: Collection[Path]) -> dict[str, Any] | None:
    """Give an answer without the choices whose texts were blocked; None when its kind has no word for that.

    Usage stays: the tokens were made. Chances of tokens go too, for they spell the text.
    """
    if isinstance(parsed.get("choices"), list):
        indices = {path[1] for path in blocked if len(path) > 1 and path[0] == "choices"}
        choices = [_emptied(each) if index in indices else each for index, each in enumerate(parsed["choices"])]
        return {**parsed, "choices": choices}
    if isinstance(parsed.get("output"), list):
        kept = {key: value for key, value in parsed.items() if key != "output_text"}
        return {**kept, "status": "incomplete", "incomplete_details": {"reason": BLOCKED}, "output": []}
    return None


def without_chances(parsed: dict[str, Any], changed: Collection[Path]) -> dict[str, Any]:
    """Take the chances of tokens from choices of which a text was changed: they spell what was taken out."""
    if not isinstance(parsed.get("choices"), list):
        return parsed
    indices = {path[1] for path in changed if len(path) > 1 and path[0] == "choices"}
    choices = [
        {**each, "logprobs": None} if index in indices and isinstance(each, dict) and "logprobs" in each else each
        for index, each in enumerate(parsed["choices"])
    ]
    return {**parsed, "choices": choices}


def _emptied(choice: Any) -> dict[str, Any]:
    index = choice.get("index", 0) if isinstance(choice, dict) else 0
    kept: dict[str, Any] = {"index": index, "finish_reason": BLOCKED, "logprobs": None}
    if isinstance(choice, dict) and "text" in choice:
        return {**kept, "text": ""}
    return {**kept, "message": {"role": "assistant", "content": ""}}
