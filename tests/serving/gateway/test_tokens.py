"""What an answer counts, read from events however their lines end."""

import pytest

from fmops_serving.gateway.tokens import tokens_of_events

USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5}}\n\n'
COUNTED = b'data: {"choices":[]}\n\n' + USAGE + b"data: [DONE]\n\n"


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"], ids=["LF", "CR", "CR LF"])
def test_the_last_usage_counts(end: bytes) -> None:
    assert tokens_of_events(COUNTED.replace(b"\n", end)) == {"input": 3, "output": 5}


def test_an_event_that_is_cut_counts_nothing() -> None:
    assert tokens_of_events(COUNTED[:-40]) == {}
