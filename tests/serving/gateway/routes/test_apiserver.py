"""What the API server says on the wire: a watch that falls silent is given up, however long it was not."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from fmops_serving.gateway.routes import apiserver
from fmops_serving.gateway.routes.apiserver import Account, ApiServer, Unanswered
from tests.serving.http.server import STALL, byte_server

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENT = b"3\r\n{}\n\r\n"
LATE = "the API server did not answer in time"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text("token")
    return tmp_path


@pytest.mark.parametrize(
    ("pieces", "told"),
    [
        pytest.param([HEAD + EVENT + EVENT, STALL], [b"{}", b"{}"], id="a watch that goes deaf"),
        pytest.param([HEAD, STALL], [], id="one that tells nothing"),
        pytest.param([STALL], [], id="one that does not begin"),
    ],
)
async def test_a_watch_that_falls_silent_is_given_up(
    pieces: Sequence[bytes], told: list[bytes], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short, other = ("HEAD_SECONDS", "SILENCE_SECONDS") if pieces == [STALL] else ("SILENCE_SECONDS", "HEAD_SECONDS")
    monkeypatch.setattr(apiserver, short, 0.05)
    monkeypatch.setattr(apiserver, other, 1e6)
    lines: list[bytes] = []
    async with byte_server(lambda _: pieces) as server:
        watch = ApiServer(Account(f"http://127.0.0.1:{server.port}", folder)).follow("/x", {})
        while len(lines) < len(told):
            lines.append(await anext(watch))
        with pytest.raises(Unanswered, match=LATE):
            await anext(watch)
    assert lines == told
