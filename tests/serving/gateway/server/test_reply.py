"""An answer's bytes on their way to the client."""

import pytest

from fmops_serving.gateway.server.reply import Reply


class Wire:
    """Keeps what is written, and is the house of nobody."""

    date = "date: then\r\n"
    draining = False

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Keep it."""
        self.written.append(data)


def begun(*, chunked: bool = True, head_only: bool = False) -> tuple[Wire, Reply]:
    """Give an answer that has started, and its wire."""
    wire = Wire()
    reply = Reply(wire, wire, "r")
    reply.keep_alive, reply.head_only, reply.chunked = True, head_only, chunked
    reply.start(200, "text/event-stream")
    return wire, reply


@pytest.mark.parametrize(("chunked", "piece"), [(True, b"3\r\none\r\n"), (False, b"one")], ids=["chunks", "HTTP/1.0"])
def test_the_head_goes_out_with_the_first_piece(chunked: bool, piece: bytes) -> None:
    wire, reply = begun(chunked=chunked)
    assert (reply.started, wire.written) == (True, [])
    reply.write(b"one")
    reply.write(b"one")
    assert len(wire.written) == 2
    assert wire.written[0].startswith(b"HTTP/1.1 200 OK\r\n")
    assert wire.written[0].endswith(b"\r\n\r\n" + piece)
    assert wire.written[1] == piece


@pytest.mark.parametrize(
    ("chunked", "head_only", "last"),
    [(True, False, b"0\r\n\r\n"), (False, False, b""), (True, True, b"")],
    ids=["chunks", "HTTP/1.0", "HEAD"],
)
def test_an_answer_without_pieces_is_a_head_and_its_end(chunked: bool, head_only: bool, last: bytes) -> None:
    wire, reply = begun(chunked=chunked, head_only=head_only)
    reply.end()
    assert len(wire.written) == 1
    assert wire.written[0].endswith(b"\r\n\r\n" + last)


def test_the_end_of_pieces_is_all_that_is_sent_after_them() -> None:
    wire, reply = begun()
    reply.write(b"one")
    reply.end()
    reply.end()
    assert wire.written[1:] == [b"0\r\n\r\n"]
