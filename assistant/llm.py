"""The connection to a language model at an OpenAI-compatible address, through LlamaIndex's interface.

One request, one time limit: whatever the server does (stall, drip, drop, refuse), the reply ends within the seconds
that it was given. Nothing but the request goes out: no other host is tried, a redirect is not followed, and what the
OpenAI library would add of its own (organisation, custom headers, the machine it runs on) is taken off. The key
stands in no message, log or `repr`.
"""

from __future__ import annotations

import ipaddress
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from assistant.settings import ModelSettings

if TYPE_CHECKING:
    import ssl

_KEPT_HEADERS = frozenset(("host", "content-type", "content-length", "accept", "connection"))
_AGAIN = frozenset((408, 409, 425, 429, 500, 502, 503, 504, 529))  # statuses that may pass
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 5.0  # seconds before an attempt is repeated; doubled each time
_REPLY_SHARE = 3  # a third of the tokens is the reply's


class Failure(StrEnum):
    """Why a reply ended before its end."""

    TIMEOUT = "timeout"
    FAILED = "failed"  # refused, dropped, no connection, no such model
    BUDGET = "budget"  # longer than the tokens allow


@dataclass(slots=True)
class Reply:
    """A reply as it comes: iterate over its pieces of text; then `failure` says whether it is whole (None).

    `detail` is the status or the kind of error, for a person; never the server's own words, which may hold the key.
    """

    pieces: Iterator[str]
    failure: Failure | None = None
    detail: str | None = None
    first_ms: float | None = None

    def __iter__(self) -> Iterator[str]:
        return self.pieces

    def close(self) -> None:
        """Stop waiting; what still comes is thrown away."""
        close = getattr(self.pieces, "close", None)
        if close is not None:
            close()


class Model(Protocol):
    """What speaks: any object that gives a reply to two messages."""

    name: str
    tokens: int

    def reply(self, system: str, user: str) -> Reply:
        """The reply, streaming."""
        ...


@dataclass(slots=True)
class _Call:
    """One call between the thread that reads and the caller that waits."""

    deadline: float
    most: int
    received: queue.Queue[str | None] = field(default_factory=queue.Queue)
    dropped: threading.Event = field(default_factory=threading.Event)
    failure: Failure | None = None
    detail: str | None = None

    @property
    def left(self) -> float:
        """Seconds left, at least a little, because zero would mean no limit to some."""
        return max(0.001, self.deadline - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether nobody waits any more."""
        return self.dropped.is_set() or time.monotonic() >= self.deadline


class OpenAICompatible:
    """A model behind `…/v1/chat/completions`: vLLM, Ollama, llama.cpp, DeepSeek, Qwen."""

    def __init__(self, settings: ModelSettings) -> None:
        # Seconds that no reply's time limit should pay for.
        import openai.resources.chat.completions  # noqa: F401

        _trusted()
        self._settings = settings
        self.name, self.tokens = settings.name, settings.tokens

    def reply(self, system: str, user: str) -> Reply:
        """The reply to `user` under `system`; the request starts at once, in a thread of its own."""
        started = time.monotonic()
        call = _Call(started + self._settings.timeout, max(200, self.tokens // _REPLY_SHARE))
        reply = Reply(iter(()))
        reply.pieces = _received(call, reply, started)
        threading.Thread(target=self._answer, args=(call, system, user), name="tiaowen-llm", daemon=True).start()
        return reply

    def _answer(self, call: _Call, system: str, user: str) -> None:
        """Reads the reply into the call's queue, again where it was refused before its first word."""
        wait = _FIRST_WAIT
        try:
            while True:
                sent = 0

                def give(piece: str) -> None:
                    nonlocal sent
                    sent += len(piece)
                    call.received.put(piece)

                try:
                    self._attempt(call, system, user, give)
                    return
                except Exception as error:
                    again, call.detail = _judged(error)
                    call.failure = Failure.FAILED
                if sent or not again or call.left <= wait or call.dropped.wait(wait):
                    return
                call.failure, call.detail, wait = None, None, min(_LONGEST_WAIT, 2 * wait)
        finally:
            call.received.put(None)

    def _attempt(self, call: _Call, system: str, user: str, give: Callable[[str], None]) -> None:
        """One request; one more, not streaming, where the server streams nothing."""
        import httpx
        from llama_index.core.base.llms.types import ChatMessage
        from llama_index.llms.openai_like import OpenAILike

        def bare(request: httpx.Request) -> None:
            kept = [(name, value) for name, value in request.headers.items() if name in _KEPT_HEADERS]
            request.headers = httpx.Headers([*kept, ("user-agent", "tiaowen"), ("accept-encoding", "identity")])
            if self._settings.key:
                request.headers["authorization"] = f"Bearer {self._settings.key}"

        messages = [ChatMessage(role="system", content=system), ChatMessage(role="user", content=user)]
        limit = httpx.Timeout(call.left)
        with httpx.Client(
            timeout=limit, verify=_trusted(), follow_redirects=False, event_hooks={"request": [bare]},
            trust_env=not _own(self._settings.base_url),  # a proxy of the environment is not for this machine's own server
        ) as client:  # fmt: skip
            model = OpenAILike(
                model=self.name, api_base=self._settings.base_url, api_key="none", is_chat_model=True, context_window=self.tokens,
                max_tokens=call.most, temperature=0.0, max_retries=0, timeout=call.left, http_client=client,
            )  # fmt: skip
            length, ended = 0, None
            for part in model.stream_chat(messages):
                if call.over:
                    return
                ended = _reason(part.raw) or ended
                if part.delta:
                    length += len(part.delta)
                    give(part.delta)
                if length > 4 * call.most:  # no model writes four characters a token in Chinese: it was told to stop
                    call.failure = Failure.BUDGET
                    return
            if not length and not call.over:
                whole = model.chat(messages)
                ended = _reason(whole.raw)
                give(str(whole.message.content or ""))
            if ended == "length":
                call.failure = Failure.BUDGET
            elif ended is None:  # a line that drops between two events looks like an end
                call.failure, call.detail = Failure.FAILED, "incomplete"


def _own(url: str) -> bool:
    """Whether an address is of this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _reason(record: Any) -> str | None:
    """Why a reply ended, as its last piece says; None where a piece does not say."""
    choices = getattr(record, "choices", None)
    return str(choices[0].finish_reason) if choices and choices[0].finish_reason else None


def _received(call: _Call, reply: Reply, started: float) -> Iterator[str]:
    """The pieces as they come, no later than the deadline."""
    try:
        while True:
            try:
                piece = call.received.get(timeout=call.left)
            except queue.Empty:
                piece = None
            if time.monotonic() >= call.deadline:
                reply.failure = Failure.TIMEOUT
                return
            if piece is None:
                reply.failure, reply.detail = call.failure, call.detail
                return
            if reply.first_ms is None:
                reply.first_ms = round((time.monotonic() - started) * 1000, 2)
            yield piece
    finally:
        call.dropped.set()


def _judged(error: Exception) -> tuple[bool, str]:
    """Whether an error may pass, and what to say of it."""
    import httpx
    import openai

    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return status in _AGAIN, f"HTTP {status}"
    return isinstance(error, (openai.APIConnectionError, httpx.TransportError)), type(error).__name__


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that are trusted, read once."""
    import httpx

    return httpx.create_ssl_context()
