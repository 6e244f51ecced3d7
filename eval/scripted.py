"""A language model that says what a script tells it, behind an OpenAI-compatible address on loopback.

It is what a real one can do at its best and at its worst: stream, answer at once, stall, drip, drop the line, refuse.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "scripted"
_PIECE = 12  # characters of one event


@dataclass(frozen=True, slots=True)
class Turn:
    """What the server does with one request: `text` in the reply, or a `status` instead of it.

    `streams` False answers as one object even where a stream was asked for. It waits `stall` seconds before its first
    word and `drip` before each piece, and closes the line after `drop` characters.
    """

    text: str = ""
    status: int = 200
    streams: bool = True
    stall: float = 0.0
    drip: float = 0.0
    drop: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes | None = None  # sent as it is, as the body of a stream


Script = Callable[[dict[str, Any]], Turn]


@dataclass(slots=True)
class Scripted:
    """The running server: its address for TIAOWEN_LLM_BASE_URL, what it was asked (headers with lower-case names, body),
    and the script, which may be changed at any time."""

    base_url: str
    script: Script
    asked: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)


def data_of(body: dict[str, Any]) -> dict[str, Any]:
    """The data that a request holds out to the model: question, facts, clauses and the statements to polish."""
    user = str(body["messages"][-1]["content"])
    found: dict[str, Any] = json.loads(user[user.index("{") : user.rindex("}") + 1])
    return found


def said(lines: list[dict[str, Any]]) -> str:
    """Statements as the lines that a model is asked for."""
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)


@contextmanager
def scripted(script: Script) -> Iterator[Scripted]:
    """The server, running until the end of the block."""
    running = Scripted("", script)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            running.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            turn = running.script(body)
            running.ended.wait(turn.stall)
            try:
                self._answer(turn, bool(body.get("stream")))
            except OSError:
                self.close_connection = True  # nobody waits any more

        def _answer(self, turn: Turn, streams: bool) -> None:
            if turn.status != 200:
                self._whole(turn.status, {"error": {"message": "scripted", "type": "scripted"}}, turn.headers)
            elif turn.raw is not None or (streams and turn.streams):
                self._stream(turn)
            elif streams:
                self._whole(200, {"object": "nothing that streams"}, ())
            else:
                message = {"role": "assistant", "content": turn.text}
                choice = {"index": 0, "finish_reason": "stop", "message": message}
                self._whole(200, {"id": "1", "object": "chat.completion", "created": 0, "model": MODEL, "choices": [choice]}, ())

        def _whole(self, status: int, record: dict[str, Any], headers: tuple[tuple[str, str], ...]) -> None:
            sent = json.dumps(record, ensure_ascii=False).encode()
            self.send_response(status)
            for name, value in (("Content-Type", "application/json"), ("Content-Length", str(len(sent))), *headers):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

        def _stream(self, turn: Turn) -> None:
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            if turn.raw is not None:
                self.wfile.write(turn.raw)
                return
            text = turn.text if turn.drop is None else turn.text[: turn.drop]
            for at in range(0, len(text), _PIECE):
                running.ended.wait(turn.drip)
                self._event({"index": 0, "delta": {"role": "assistant", "content": text[at : at + _PIECE]}, "finish_reason": None})
            if turn.drop is None:
                self._event({"index": 0, "delta": {}, "finish_reason": "stop"})
                self.wfile.write(b"data: [DONE]\n\n")
            else:
                self.wfile.write(b'data: {"id": "1", "choi')  # in the middle of an event
            self.wfile.flush()

        def _event(self, choice: dict[str, Any]) -> None:
            record = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": MODEL, "choices": [choice]}
            self.wfile.write(f"data: {json.dumps(record, ensure_ascii=False)}\n\n".encode())
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    running.base_url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        running.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
