"""What an answer counts, read from events however their lines end."""

import pytest

from fmops_serving.gateway.tokens import tokens_of_body, tokens_of_events

USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5}}\n\n'
COUNTED = b'data: {"choices":[]}\n\n' + USAGE + b"data: [DONE]\n\n"


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"], ids=["LF", "CR", "CR LF"])
def test_the_last_usage_counts(end: bytes) -> None:
    assert tokens_of_events(COUNTED.replace(b"\n", end)) == {"input": 3, "output": 5}


def test_an_event_that_is_cut_counts_nothing() -> None:
    assert tokens_of_events(COUNTED[:-40]) == {}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5},"prompt_logprobs":null}', (3, 5)),
        (b'{"usage": {"input_tokens": 3, "output_tokens": 5}, "output": [{"a": [1]}]}\n', (3, 5)),
        (b'{"a":{"usage":{"prompt_tokens":9}},"usage":{"prompt_tokens":3,"completion_tokens":5}}', (3, 5)),
        (b'{"usage":{"prompt_tokens":3,"completion_tokens":5},"a":{"usage":{"prompt_tokens":9}}}', (3, 5)),
        (b'{"usage":{"prompt_tokens":9},"usage":{"prompt_tokens":3,"completion_tokens":5}}', (3, 5)),
        (b'{"logprob":NaN,"usage":{"prompt_tokens":3,"completion_tokens":5}}', (3, 5)),
        (b'{"usage":{"prompt_tokens":3,"completion_tokens":5},"logprob":NaN}', (3, 5)),
        (b'{"usage":{"prompt_tokens":3,"completion_tokens":5},"text":"\\"usage\\":{}}"}', (3, 5)),
        (b'{"usage":{"prompt_tokens":3,"completion_tokens":5},"kind":"usage"}', (3, 5)),
        (b'{"data":[{"usage":{"prompt_tokens":3}}]}', None),
        (b'[{"usage":{"prompt_tokens":3}}]', None),
        (b'{"usage":null}', None),
        (b'{"usage":{"prompt_tokens":true,"completion_tokens":-1}}', None),
        (b'{"usage":{"prompt_tokens":3}', None),
        (b'{"choices":[]}', None),
    ],
    ids=[
        "near the end", "first", "after another's", "before another's", "twice", "after no number", "before no number",
        "in a text", "as a value", "of something within", "of a list", "null", "no counts", "cut", "none",
    ],
)  # fmt: skip
def test_the_usage_of_a_whole_answer_is_the_one_at_its_top(body: bytes, expected: tuple[int, int] | None) -> None:
    assert tokens_of_body(body) == ({} if expected is None else dict(zip(("input", "output"), expected, strict=True)))
