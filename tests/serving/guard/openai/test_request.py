"""What of a request is looked at, and what is refused because nobody can look at it."""

import base64
from typing import Any

import pytest

from fmops_serving.guard.openai.request import Unreadable, joined_texts, texts_of_request

BAD = "BAD"
FILE = base64.b64encode(b"a BAD file").decode()
SOUND = base64.b64encode(bytes(range(256)) * 2).decode()


def message(content: Any, **fields: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": content, **fields}]}


@pytest.mark.parametrize(
    "parsed",
    [
        message(BAD),
        {"messages": [{"role": "system", "content": BAD}, {"role": "user", "content": "hi"}]},
        {"messages": [{"role": "assistant", "reasoning": BAD}]},
        {"messages": [{"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": BAD}}]}]},
        {"messages": [{"role": "tool", "tool_call_id": "1", "content": BAD}]},
        {"messages": [{"role": BAD * 40, "content": "x"}]},
        message([{"type": "text", "text": BAD}]),
        message([{"type": "invented", "words": [{"deep": BAD}]}]),
        message([{"type": "file", "file": {"file_data": f"data:text/plain;base64,{FILE}"}}]),
        message([{"type": "file", "file": {"file_data": f"DATA:TEXT/PLAIN;BASE64,{FILE}"}}]),
        message([{"type": "file", "file": {"file_data": FILE}}]),
        message([{"type": "image_url", "image_url": {"url": "data:image/svg+xml,%3Csvg%3EBAD%3C/svg%3E"}}]),
        message("x", name=BAD),
        {"prompt": BAD, "suffix": ""},
        {"prompt": ["x", BAD]},
        {"prompt": "x", "suffix": BAD},
        {"input": [{"type": "function_call_output", "output": BAD}]},
        {"instructions": BAD},
        {"prompt": {"id": "p", "variables": {"who": BAD}}},
        {"query": "x", "documents": ["y", {"text": BAD}]},
        {"documents": [{"data": "x" * 300 + BAD}]},
        {"text_1": "x", "text_2": [BAD]},
        {"prediction": {"type": "content", "content": BAD}},
        {"tools": [{"type": "function", "function": {"name": "f", "description": BAD}}]},
        {"tools": [{"type": "function", "function": {"parameters": {"properties": {BAD: {"type": "string"}}}}}]},
        {"chat_template_kwargs": {BAD: 1}},
        {BAD: 1},
        {"stop": [BAD]},
        {"response_format": {"json_schema": {"schema": {"enum": [BAD]}}}},
    ],
    ids=str,
)
def test_every_text_is_looked_at(parsed: dict[str, Any]) -> None:
    assert any(BAD in each.text for each in texts_of_request(parsed))


@pytest.mark.parametrize(
    "parsed",
    [
        message([{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{SOUND}"}}]),
        message([{"type": "input_audio", "input_audio": {"data": SOUND, "format": "wav"}}]),
        {"model": "m", "user": "u", "temperature": 0.5, "metadata": {"a": "b"}, "messages": []},
        {"input": [{"type": "reasoning", "encrypted_content": SOUND}]},
    ],
    ids=["picture", "sound", "settings", "encrypted"],
)
def test_pictures_sounds_and_settings_are_no_text(parsed: dict[str, Any]) -> None:
    assert texts_of_request(parsed) == []


@pytest.mark.parametrize(
    ("parsed", "said"),
    [
        ({"prompt": [1, 2]}, "prompt holds numbers of tokens"),
        ({"prompt": [[1, 2], [3]]}, "prompt holds numbers of tokens"),
        ({"input": [1]}, "input holds numbers of tokens"),
        ({"documents": [[1]]}, "documents holds numbers of tokens"),
        ({"prompt_embeds": "AAAA"}, "prompt_embeds holds embeddings"),
        (
            message([{"file": {"file_data": "data:text/plain;base64,@@"}}]),
            "messages.0.content.0.file.file_data is no",
        ),
        (message([{"file": {"file_data": "data:application/pdf;base64,JVBERv8="}}]), "is no file of text in UTF-8"),
        (message([{"file": {"file_id": "file-1"}}]), "file.file_id names a file elsewhere"),
        ({"input": [{"content": [{"type": "input_file", "file_url": "https://x/y"}]}]}, "names a file elsewhere"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_refused_by_its_name(parsed: dict[str, Any], said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        texts_of_request(parsed)


def test_a_request_may_be_nested_as_deep_as_json_goes() -> None:
    deep: Any = BAD
    for _ in range(1000):
        deep = [deep]
    assert [each.text for each in texts_of_request({"messages": deep})] == [BAD]


def test_parts_of_a_message_are_also_one_text() -> None:
    parts = [{"type": "text", "text": "B"}, {"type": "image_url"}, {"type": "text", "text": "AD"}]
    assert [each.text for each in joined_texts(message(parts))] == [BAD]
    assert joined_texts(message([{"text": "alone"}])) == []
