"""Connections that are slow, endless or cut: each ends by itself, and the service goes on answering."""

from __future__ import annotations

import json
import socket
import time

import httpx
import pytest
from conftest import served

from api import door
from api.app import create_app
from api.door import is_local
from api.service import Service
from assistant.settings import Settings

BODY = json.dumps({"question": "补多少"}).encode()


@pytest.fixture
def address(fake_assistant, own_home, monkeypatch):
    """A service that waits half a second for a head and for a body."""
    monkeypatch.setattr(door, "HEAD_WITHIN", 0.5)
    with served(create_app(Settings(own_home), fake_assistant, Service(patience=0.5))) as at:
        yield at


def connected(at: str) -> socket.socket:
    """A connection to the service that gives up after ten seconds."""
    host, port = at.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def everything(connection: socket.socket) -> bytes:
    """All bytes until the service closes the connection."""
    got = b""
    while piece := connection.recv(65536):
        got += piece
    return got


def alive(at: str) -> bool:
    """Whether the service still answers a question."""
    return httpx.post(f"{at}/v1/ask", content=BODY, headers={"content-type": "application/json"}, timeout=10).status_code == 200


@pytest.mark.parametrize("said", [b"", b"POST /v1/ask HTTP/1.1\r\nhost: a\r\n"])
def test_a_head_that_never_ends_is_not_waited_for(address, said):
    """A caller that says nothing, or half a head, is let go; others are answered meanwhile."""
    with connected(address) as connection:
        connection.sendall(said)
        assert alive(address)
        assert everything(connection) == b""


def test_a_body_that_never_comes_is_408(address):
    """The head is there and half of the body: the reply says that it was too slow."""
    with connected(address) as connection:
        connection.sendall(
            b"POST /v1/ask HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"
        )
        got = everything(connection)
    assert got.startswith(b"HTTP/1.1 408") and b'"too_slow"' in got
    assert alive(address)


def test_a_head_without_end_is_431(address):
    """More than 64 KiB of head are not collected."""
    with connected(address) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nx: " + b"a" * 70_000)
        got = everything(connection)
    assert got.startswith(b"HTTP/1.1 431") and b'"headers_too_large"' in got
    assert alive(address)


@pytest.mark.parametrize("line", [b"x: " + b"a" * 1000 + b"\r\n", b"a" * 1000])
def test_trailers_without_end_are_not_collected(address, line):
    """What follows the last piece of a body is kept by the protocol: after 64 KiB the connection is closed."""
    with connected(address) as connection, pytest.raises(ConnectionError):
        connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx: a\r\ny: ")
        for _ in range(20_000):
            connection.sendall(line)
    assert alive(address)


def test_a_large_body_in_pieces_is_no_head(address):
    """What is body is not counted as head, in however many pieces it comes."""
    text = json.dumps({"question": "补多少", "x": "a" * 200_000}).encode()
    pieces = (text[at : at + 1000] for at in range(0, len(text), 1000))
    assert httpx.post(f"{address}/v1/ask", content=pieces, headers={"content-type": "application/json"}, timeout=10).status_code == 200


def test_what_is_no_request_is_400(address):
    """Bytes that are no HTTP at all get a 400 and the end of the connection."""
    with connected(address) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00 hello\r\n\r\n")
        assert everything(connection).startswith(b"HTTP/1.1 400")
    assert alive(address)


def test_a_caller_that_goes_in_mid_stream_does_no_harm(address):
    """The connection is cut after the first bytes of a stream, ten times; the service answers the next."""
    for _ in range(10):
        with connected(address) as connection:
            connection.sendall(
                b"POST /v1/ask/stream HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
                + f"content-length: {len(BODY)}\r\n\r\n".encode() + BODY
            )
            assert connection.recv(10).startswith(b"HTTP")
    assert alive(address)


def test_a_connection_that_is_kept_open_answers_again(address):
    """Two requests on one connection: the time for the second head begins with the second."""
    with httpx.Client(base_url=address) as client:
        assert client.get("/healthz").status_code == 200
        time.sleep(0.3)
        assert client.get("/healthz").status_code == 200


def test_which_addresses_are_this_machine_only():
    """Loopback is; all interfaces and names that lead nowhere are not."""
    assert is_local("127.0.0.1") and is_local("localhost")
    assert not is_local("0.0.0.0") and not is_local("no.such.host.invalid")
