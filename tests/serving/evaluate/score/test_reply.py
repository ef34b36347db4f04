"""What of an answer counts: reasoning before it does not."""

import pytest

from fmops_serving.evaluate.score.reply import without_reasoning

ROWS = [
    ("no reasoning", "Paris", "Paris"),
    ("reasoning and an answer", "<think>Hm.</think>\n\nParis", "Paris"),
    ("a chat template that opens the block itself", "Hm.\n</think>\n\nParis", "Paris"),
    ("two blocks: the last one ends it", "<think>a</think> no <think>b</think>Paris", "Paris"),
    ("reasoning that was cut off", "<think>The capital of", ""),
    ("white space before reasoning that was cut off", "\n<think>The capital of", ""),
    ("a mention inside an answer", "the tag <think> begins it", "the tag <think> begins it"),
    ("white space of an answer without reasoning stays", " Paris\n", " Paris\n"),
    ("an empty answer after reasoning", "<think>a</think>", ""),
]


@pytest.mark.parametrize(("output", "text"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_what_counts_of(output: str, text: str) -> None:
    assert without_reasoning(output) == text
