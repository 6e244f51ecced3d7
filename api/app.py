"""The HTTP application: one assistant behind the routes, and every error as `application/problem+json`."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from threading import Lock
from typing import Final

import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.routes import installed_version, router
from api.schemas import Problem
from assistant.assistant import Assistant
from assistant.settings import Settings
from corpus.errors import SettingsError, TiaowenError

PROBLEM_TYPE: Final = "application/problem+json"
_CODE_OF_STATUS: Final = {404: "route_not_found", 405: "method_not_allowed"}


class Desk:
    """Where the routes find the assistant; it is opened once, by the first that needs it.

    A desk whose folder holds no index yet says so to every caller and looks again at the next, so a service
    started before the first build begins to answer when the build is done.
    """

    def __init__(self, settings: Settings, assistant: Assistant | None) -> None:
        self._settings = settings
        self._assistant = assistant
        self._own = assistant is None
        self._lock = Lock()

    def assistant(self) -> Assistant:
        """The open assistant; `SnapshotError` if the folder holds no index that can be used."""
        with self._lock:
            if self._assistant is None:
                self._assistant = Assistant.open(self._settings)
            return self._assistant

    def close(self) -> None:
        """Closes the assistant if the desk opened it."""
        with self._lock:
            if self._own and self._assistant is not None:
                self._assistant.close()
                self._assistant = None


def create_app(settings: Settings, assistant: Assistant | None = None) -> FastAPI:
    """The application over `assistant`, or over one that it opens from `settings` and closes at its end."""
    desk = Desk(settings, assistant)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with suppress(TiaowenError):  # said to each caller instead, until there is an index
            await run_in_threadpool(desk.assistant)
        yield
        await run_in_threadpool(desk.close)

    app = FastAPI(
        title="Tiaowen 条文",
        summary="Answers from Chinese policy documents, each statement with the exact clause behind it.",
        version=installed_version(),
        lifespan=lifespan,
        # The generated pages load scripts from the network, which this service promises not to need.
        docs_url=None,
        redoc_url=None,
    )
    app.state.desk = desk
    app.include_router(router)
    app.add_exception_handler(TiaowenError, _known)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unknown)
    return app


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at `host` and `port`; `SettingsError` if it cannot be had."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {host!r} port {port}: {error.strerror}; choose others with --host and --port"
        ) from None


def run(app: FastAPI, door: socket.socket) -> None:
    """Serves `app` at `door` in this one process until it is told to stop; questions run in a thread pool."""
    uvicorn.Server(uvicorn.Config(app, workers=1, lifespan="on")).run(sockets=[door])


def _problem(status: int, code: str, detail: str) -> JSONResponse:
    problem = Problem(title=HTTPStatus(status).phrase, status=status, code=code, detail=" ".join(detail.split()))
    return JSONResponse(problem.model_dump(), status_code=status, media_type=PROBLEM_TYPE)


def _known(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TiaowenError)
    return _problem(error.http_status, error.code, str(error))


def _malformed(_: Request, error: Exception) -> JSONResponse:
    """The first thing wrong with the request; what was sent is not repeated, it may not even be text."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(step) for step in first["loc"] if step != "body")
    return _problem(422, "request", f"{where or 'body'}: {first['msg']}")


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = _CODE_OF_STATUS.get(error.status_code, f"http_{error.status_code}")
    reply = _problem(error.status_code, code, str(error.detail))
    reply.headers.update(error.headers or {})
    return reply


def _unknown(_: Request, error: Exception) -> JSONResponse:
    """An error nobody foresaw: the log has the trace, the caller only learns that it was not their fault."""
    return _problem(500, "internal", "an error of its own stopped this request; the service log says where")
