"""Exchanges and backends for the tests of dialects."""

from typing import Any

import orjson

from fmops_api.route import Backend, BackendApi
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.kind import Kind

ANTHROPIC = Backend(
    api=BackendApi.ANTHROPIC, urls=["https://api.anthropic.test/v1"], model="claude-test", api_key="sk-ant-test"
)


def exchange(body: dict[str, Any], kind: Kind = Kind.CHAT) -> Exchange:
    """Make an exchange as the server would."""
    made = Exchange("POST", f"/v1{kind.suffix}", "", {}, orjson.dumps(body), "id", 0.0)
    made.kind, made.parsed, made.stream = kind, body, body.get("stream") is True
    return made
