"""What models answer: every text of a whole answer, and the answer without what was blocked."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from fmops_serving.guard.openai.delta import NAMES
from fmops_serving.guard.openai.places import Path, Text, is_word, texts_of, without_field

BLOCKED = "content_filter"
"""The finish reason of a choice that was blocked, as the OpenAI API names it."""
NO_TEXT = frozenset({"id", "object", "created", "model", "usage", "system_fingerprint", "service_tier", "logprobs"})
REPEATED = frozenset({
    "instructions", "tools", "tool_choice", "text", "metadata", "input", "input_messages", "prompt", "user",
    "safety_identifier", "prompt_cache_key", "previous_response_id", "reasoning", "truncation",
})  # fmt: skip
"""Fields of a response that repeat the request."""
_NOT_SPOKEN = frozenset({"b64_json", "embedding", "encrypted_content", "signature"}) | NAMES
CHANCES = "logprobs"
CODED = _NOT_SPOKEN | {CHANCES}
_SPELT = ("logprobs", "words", "tokens")
"""Fields that spell a text piece by piece."""


def texts_of_answer(parsed: Mapping[str, Any]) -> list[Text]:
    """Give every text of an answer: content, reasoning, tools' arguments, of every choice or item."""
    left_out = NO_TEXT | REPEATED if parsed.get("object") == "response" else NO_TEXT
    found: list[Text] = []
    for name, value in parsed.items():
        if name in left_out or not value:
            continue
        plain = _of_plain_choices(value) if name == "choices" else None
        found += _spoken(texts_of(value, (name,))) if plain is None else plain
    return found


def _spoken(texts: Iterable[Text]) -> Iterator[Text]:
    """Leave out what is no language."""
    return (each for each in texts if each.path and each.path[-1] not in _NOT_SPOKEN and CHANCES not in each.path)


def _of_plain_choices(choices: Any) -> list[Text] | None:
    """Give the texts of choices of which each is a message that has texts alone; None for all others.

    Most are so, and to read them as anything that might come takes half as many steps again.
    """
    if not isinstance(choices, list):
        return None
    found: list[Text] = []
    for place, choice in enumerate(choices):
        if not isinstance(choice, dict):
            return None
        for name, value in choice.items():
            if name == "message":
                texts = _of_plain_message(value, ("choices", place, name))
                if texts is None:
                    return None
                found += texts
            elif value and not (isinstance(value, int) or is_word(name, value) or name == CHANCES):
                return None
    return found


def _of_plain_message(message: Any, path: Path) -> list[Text] | None:
    if not isinstance(message, dict):
        return None
    found: list[Text] = []
    for name, value in message.items():
        if not value or is_word(name, value):
            continue
        if not isinstance(value, str) or name in CODED:
            return None
        found.append(Text(value, (*path, name)))
    return found


def without(parsed: dict[str, Any], blocked: Collection[Path]) -> dict[str, Any] | None:
    """Give an answer without the choices whose texts were blocked; None when its kind has no word for that.

    Usage stays: the tokens were made. Chances of tokens go too, for they spell the text.
    """
    if isinstance(parsed.get("choices"), list):
        if any(path[0] != "choices" for path in blocked):
            return None
        indices = {path[1] for path in blocked}
        choices = [_emptied(each) if index in indices else each for index, each in enumerate(parsed["choices"])]
        return {**parsed, "choices": choices}
    if isinstance(parsed.get("output"), list):
        kept = {key: value for key, value in parsed.items() if key != "output_text"}
        return {**kept, "status": "incomplete", "incomplete_details": {"reason": BLOCKED}, "output": []}
    return None


def without_spelling(parsed: dict[str, Any], changed: Collection[Path]) -> dict[str, Any]:
    """Take the chances of tokens and single words from where a text was changed: they spell what was taken out."""
    choices = parsed.get("choices")
    if not isinstance(choices, list):
        for name in _SPELT if changed else ():
            parsed = without_field(parsed, name)
        return parsed
    indices = {path[1] for path in changed if path[0] == "choices"}
    spared = [without_field(each, "logprobs") if index in indices else each for index, each in enumerate(choices)]
    return {**parsed, "choices": spared}


def _emptied(choice: Any) -> dict[str, Any]:
    index = choice.get("index", 0) if isinstance(choice, dict) else 0
    kept: dict[str, Any] = {"index": index, "finish_reason": BLOCKED, "logprobs": None}
    if isinstance(choice, dict) and "text" in choice:
        return {**kept, "text": ""}
    return {**kept, "message": {"role": "assistant", "content": ""}}
