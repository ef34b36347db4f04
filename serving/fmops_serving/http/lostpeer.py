"""Noticing that whoever a connection leads to is gone without a word: its node died, or the way to it."""

import asyncio
import socket

SECONDS = 30
"""After which a connection ends whose other end acknowledges nothing. One that only takes long to answer does."""
_OPTIONS = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 1000 * SECONDS}
"""The first three are for a connection that waits, in seconds and times; the last for what was sent, in ms."""


def notice_loss(transport: asyncio.BaseTransport) -> None:
    """Let the kernel ask whether the other end is there still; without it a lost one is waited for until a time-out."""
    sock = transport.get_extra_info("socket")
    if sock is None:
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _OPTIONS.items():
        if (option := getattr(socket, name, None)) is not None:  # Linux has all of them
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
