"""Where a request goes at Anthropic: which paths, with which key and version."""

import pytest

from fmops_serving.gateway.dialects.anthropic.dialect import Anthropic
from fmops_serving.gateway.kind import Kind
from fmops_serving.gateway.refusal import Refusal
from tests.serving.gateway.dialects.exchanges import ANTHROPIC, exchange

HELLO = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.CHAT, Kind.RESPONSES}))
def test_other_paths_are_refused(kind: Kind) -> None:
    with pytest.raises(Refusal, match="/v1/chat/completions") as refused:
        Anthropic().request(exchange({"model": "m"}, kind), ANTHROPIC)
    assert refused.value.status == 400


def test_the_key_goes_into_its_header_and_the_version_is_the_backends() -> None:
    outgoing = Anthropic().request(exchange(HELLO), ANTHROPIC)
    assert (outgoing.path, outgoing.headers) == (
        "/messages",
        (("anthropic-version", "2023-06-01"), ("x-api-key", "sk-ant-test")),
    )
    newer = ANTHROPIC.model_copy(update={"api_version": "2027-01-01", "api_key": None})
    outgoing = Anthropic().request(exchange(HELLO), newer)
    assert outgoing.headers == (("anthropic-version", "2027-01-01"),)
