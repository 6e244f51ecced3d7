"""What every request passes before a route sees it: an id, the limits, the key, and on the way out the headers that
keep a browser safe, one line of log and the counters.

Written against ASGI itself, because a limit on the body must hold while it is read and a stream must not be collected.
"""

from __future__ import annotations

import asyncio
import logging
import math
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from hmac import compare_digest
from typing import Final
from uuid import uuid4

from fastapi import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import Metrics
from api.problems import problem, problem_of
from api.service import MAX_BODY, MAX_HEADERS, Service
from corpus.errors import AccessError, ForbiddenError, LimitError, TiaowenError
from corpus.reading import MAX_BYTES

MOST_CALLERS: Final = 10_000
_UPLOAD_ROOM: Final = MAX_BYTES + MAX_BODY  # the file and what multipart puts around it
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SAFETY: Final = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
GONE: Final = 499
"""The status that log and counters give a request whose caller went before the reply."""
_UNFORESEEN: Final = "an error of its own stopped this request; the service log says where"
_log = logging.getLogger("tiaowen.requests")


class Buckets:
    """Requests that each caller may still send: `rate` a minute, up to a minute's worth at once (token bucket)."""

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()  # caller: tokens, when counted

    def take(self, caller: str) -> int:
        """0 where the request may pass, else the seconds until the next may."""
        if self._rate == 0:
            return 0
        now = self._clock()
        tokens, before = self._held.pop(caller, (float(self._rate), now))
        tokens = min(float(self._rate), tokens + (now - before) * self._rate / 60)
        passes = tokens >= 1
        self._held[caller] = (tokens - 1 if passes else tokens, now)
        if len(self._held) > MOST_CALLERS:
            self._held.popitem(last=False)
        return 0 if passes else max(1, math.ceil((1 - tokens) * 60 / self._rate))


def sharing(origins: Sequence[str]) -> Callable[[ASGIApp], ASGIApp]:
    """What lets the pages of `origins` read the replies of an application; a refusal too, or they cannot tell why."""

    def shared(app: ASGIApp) -> ASGIApp:
        if not origins:
            return app
        return CORSMiddleware(
            app, allow_origins=list(origins), allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["authorization", "content-type", "x-api-key", "x-request-id"],
            expose_headers=["etag", "link", "retry-after", "x-request-id"],
        )  # fmt: skip

    return shared


class Gate:
    """The ASGI application in front of `app`."""

    def __init__(self, app: ASGIApp, service: Service, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._shared = sharing(service.origins)
        self._app = self._shared(app)
        self._service = service
        self._metrics = metrics
        self._buckets = Buckets(service.rate, clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request; the status and the time are written down when the last byte is sent."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(reversed(scope["headers"]))
        request_id = _id_of(headers.get(b"x-request-id", b""))
        scope["request_id"] = request_id
        status, sent, started = GONE, 0, time.perf_counter()
        # Who asks for the head of a reply gets that of the whole: the routes know GET only.
        inner = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope

        async def sending(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                held = {name for name, _ in message["headers"]}
                added = [(name, value) for name, value in SAFETY if name not in held]
                message = {**message, "headers": [*message["headers"], *added, (b"x-request-id", request_id.encode())]}
            elif inner is not scope:
                message = {**message, "body": b""}
            else:
                sent += len(message.get("body", b""))
            await send(message)

        self._metrics.began()
        try:
            refused = self._refusal(scope, headers)
            if refused is not None:
                await self._shared(refused)(inner, receive, sending)
            else:
                await self._app(inner, self._limited(scope, receive), sending)
        except Exception as error:
            # The log has the trace, the caller only learns that it was not their fault.
            _log.error("an error of its own", exc_info=error, extra={"request_id": request_id})
            if status == GONE:
                await self._shared(problem(500, "internal", _UNFORESEEN))(inner, receive, sending)
        finally:
            seconds = time.perf_counter() - started
            route = _route_of(inner)
            self._metrics.ended(scope["method"] if scope["method"] in _METHODS else "OTHER", route, status, seconds)
            said = {
                "request_id": request_id, "method": scope["method"], "route": route, "status": status,
                "ms": round(seconds * 1000, 1), "bytes": sent,
            }  # fmt: skip
            _log.log(logging.INFO if status < 500 else logging.ERROR, "request", extra=said)

    def _refusal(self, scope: Scope, headers: dict[bytes, bytes]) -> ASGIApp | None:
        """The reply to a request that no route may see."""
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
            return problem(431, "headers_too_large", f"the headers are over the limit of {MAX_HEADERS:,} bytes; send fewer")
        length = headers.get(b"content-length", b"0")
        limit = _limit_of(scope)
        if length.isdigit() and int(length[:18]) > limit:
            return _too_large(limit)
        try:
            self._admit(scope, headers)
        except TiaowenError as error:
            return problem_of(error)
        return None

    def _admit(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        """Nothing; raises AccessError for a key that is missing or unknown, ForbiddenError for one that may not write,
        LimitError for one request too many."""
        if not scope["path"].startswith("/v1/"):
            return
        key = _key_of(headers)
        admin = _among(key, self._service.admin_keys)
        known = admin or _among(key, self._service.read_keys)
        address = scope["client"][0] if scope.get("client") else ""
        wait = self._buckets.take(f"key {key}" if known else f"address {address}")
        if wait:
            raise LimitError(f"more than {self._service.rate} requests a minute; try again in {wait} s", wait)
        if scope["method"] == "OPTIONS":
            return  # a browser asks without a key whether it may ask
        if _writes(scope):
            if not self._service.admin_keys:
                raise ForbiddenError("this service has no admin key; set TIAOWEN_ADMIN_KEYS to add or remove documents")
            if not admin:
                if not key:
                    raise AccessError("an admin key is needed; send it as `Authorization: Bearer KEY`")
                raise ForbiddenError("this key may not add or remove documents; use an admin key")
        elif self._service.read_keys and not known:
            raise AccessError("a key is needed; send one that is known as `Authorization: Bearer KEY`")

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        """`receive`, with the limits on the size of the body and on the time it takes to come."""
        limit, read = _limit_of(scope), 0
        patience = self._service.patience * max(1, limit // (8 * MAX_BODY))  # 50 MiB have six times as long
        until: float | None = None
        complete = False

        async def receiving() -> Message:
            nonlocal read, until, complete
            if complete:
                return await receive()
            now = asyncio.get_running_loop().time()
            until = now + patience if until is None else until
            try:
                message = await asyncio.wait_for(receive(), max(0.0, until - now))
            except TimeoutError:
                raise HTTPException(
                    408, f"the body did not come within {patience:g} s; send it faster", {"connection": "close"}
                ) from None
            read += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if read > limit:
                raise HTTPException(413, f"the body is over the limit of {limit:,} bytes; send less", {"connection": "close"})
            return message

        return receiving


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})


def _writes(scope: Scope) -> bool:
    return scope["path"].startswith("/v1/documents") and scope["method"] not in ("GET", "HEAD")


def _limit_of(scope: Scope) -> int:
    return _UPLOAD_ROOM if _writes(scope) else MAX_BODY


def _too_large(limit: int) -> ASGIApp:
    return problem(413, "too_large", f"the body is over the limit of {limit:,} bytes; send less", {"connection": "close"})


def _id_of(given: bytes) -> str:
    """The caller's own id of the request where it is a plain word, else a new one."""
    text = given.decode("ascii", errors="replace")
    return text if _REQUEST_ID.fullmatch(text) else uuid4().hex


def _key_of(headers: dict[bytes, bytes]) -> str:
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get(b"x-api-key", b"").decode("latin-1")


def _among(key: str, keys: Iterable[str]) -> bool:
    """Whether `key` is one of `keys`; every one is compared, so that the time tells nothing."""
    given = key.encode("latin-1", errors="replace")
    found = False
    for one in keys:
        found |= compare_digest(given, one.encode())
    return found


def _route_of(scope: Scope) -> str:
    """The path as the routes write it: a counter for each document's id would have no end."""
    route = scope.get("route")
    return getattr(route, "path", None) or "none"
