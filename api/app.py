"""The HTTP application: one desk with the assistant behind the routes, a gate in front of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from socket import socket

import uvicorn
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware

from api import completions, operations, page, questions, records
from api.desk import Desk
from api.door import Patient
from api.feedback import Feedback
from api.gate import Gate
from api.journal import configuration
from api.metrics import Metrics
from api.problems import handle_errors
from api.replies import COMMON
from api.service import Service
from assistant.assistant import Assistant
from assistant.settings import Settings
from assistant.version import installed_version
from corpus.errors import TiaowenError


def create_app(settings: Settings, assistant: Assistant | None = None, service: Service | None = None) -> FastAPI:
    """The application over `assistant`, or over one that it opens from `settings`, opens again when the folder is built
    anew, and closes at its end. Without a `service` everybody may read, nobody write, as often as they like."""
    desk, metrics = Desk(settings, assistant), Metrics()
    service = service or Service()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with suppress(TiaowenError):  # said to each caller instead, until there is an index
            await run_in_threadpool(desk.renew)
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
        # The counters are the service's own; nothing is exported, whatever the environment says.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.desk, app.state.metrics = desk, metrics
    app.state.feedback = Feedback(settings.home / "feedback.jsonl")
    for room in (questions, records, completions):
        app.include_router(room.router, responses=COMMON)
    for room in (operations, page):
        app.include_router(room.router)
    handle_errors(app)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(Gate, service=service, metrics=metrics)
    return app


def configured(app: FastAPI) -> uvicorn.Config:
    """How `app` is served: one process, a protocol that does not wait for ever, logs as JSON lines."""
    return uvicorn.Config(
        app, workers=1, lifespan="on", http=Patient, log_config=configuration(), server_header=False,
        # Who connects is who is counted: a header that names another address can be written by anybody.
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )  # fmt: skip


def run(app: FastAPI, door: socket) -> None:
    """Serves `app` at `door` in this one process until it is told to stop; questions run in a thread pool."""
    uvicorn.Server(configured(app)).run(sockets=[door])
