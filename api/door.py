"""Where connections come in: a socket, and the protocol that does not wait for ever for the head of a request."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.problems import problem
from corpus.errors import SettingsError

HEAD_WITHIN: Final = 15.0
"""Seconds in which the head of a request must have come, and after which a connection without one is closed."""
MAX_HEAD: Final = 64 * 1024
"""Bytes of a request's head; the gate says so kindly from 16 KiB on, above this nothing is collected."""
_REFUSED: Final = bytes(
    problem(431, "headers_too_large", f"the head of the request is over the limit of {MAX_HEAD:,} bytes; send fewer headers").body
)


class Patient(HttpToolsProtocol):
    """uvicorn's protocol, with a limit on how long the head of a request may take and how large it may be, and on what
    comes behind the head and is no body: the protocol itself keeps every trailer of a chunked request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A caller is there: the time for the first request begins."""
        self._unread = 0  # bytes since the last head or piece of a body
        self._in_head = True
        self._deadline: asyncio.TimerHandle | None = None
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Bytes have come; too many that end no head and belong to no body close the connection."""
        self._unread += len(data)
        super().data_received(data)
        if self._unread <= MAX_HEAD or self.transport.is_closing():
            return
        if self._in_head:
            self.transport.write(
                b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/problem+json\r\n"
                b"content-length: " + str(len(_REFUSED)).encode() + b"\r\nconnection: close\r\n\r\n" + _REFUSED
            )
        self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins: the next on a connection that is kept open has its own time."""
        super().on_message_begin()
        self._in_head = True
        self._await_head()

    def on_headers_complete(self) -> None:
        """The head is there; the body's time and size are the gate's care."""
        self._in_head, self._unread = False, 0
        self._rest()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body is there; what comes next is counted anew."""
        self._unread = 0
        super().on_body(body)

    def connection_lost(self, exc: Exception | None) -> None:
        """The caller has gone."""
        self._rest()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._rest()
        self._deadline = self.loop.call_later(HEAD_WITHIN, self._give_up)

    def _rest(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        if self._in_head and not self.transport.is_closing():
            self.transport.close()


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at `host` and `port`; `SettingsError` if it cannot be had."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {host!r} port {port}: {error.strerror}; choose others with --host and --port"
        ) from None


def is_local(host: str) -> bool:
    """Whether `host` is reached from this machine only."""
    try:
        found: list[Any] = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return all(address[4][0].startswith("127.") or address[4][0] == "::1" for address in found)
