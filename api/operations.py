"""For those who run the service: whether it lives, whether it can answer, what it counts."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from api.metrics import CONTENT_TYPE
from api.replies import NO_INDEX, desk_of, metrics_of
from api.schemas import HealthReply, ReadyReply
from assistant.version import installed_version
from corpus.errors import TiaowenError

router: Final = APIRouter(tags=["operations"])


@router.get("/healthz", response_model=HealthReply, summary="Whether the process is alive")
def healthz(request: Request) -> JSONResponse:
    """`ok` as long as the process answers at all; `/readyz` says whether it can answer a question."""
    return JSONResponse({"status": "ok", "version": installed_version(), "documents": _documents(request)})


@router.get("/readyz", response_model=ReadyReply, responses={503: NO_INDEX}, summary="Whether it can answer")
def readyz(request: Request) -> JSONResponse:
    """`ready` while an index is open; 503 while there is none."""
    with desk_of(request).assistant() as assistant:
        held = assistant.manifest
    return JSONResponse(
        {"status": "ready", "documents": held.documents, "clauses": held.clauses, "corpus_digest": held.corpus_digest}
    )


_TEXT: Final = {"description": "Counters.", "content": {"text/plain": {"schema": {"type": "string"}}}}


@router.get("/metrics", response_class=Response, responses={200: _TEXT}, summary="What the service counts")
def metrics(request: Request) -> Response:
    """Requests, times, outcomes and feedback as Prometheus reads them."""
    return Response(metrics_of(request).text(_documents(request)), media_type=CONTENT_TYPE)


def _documents(request: Request) -> int:
    """The documents of the open index, 0 where there is none."""
    try:
        with desk_of(request).assistant() as assistant:
            return assistant.manifest.documents
    except TiaowenError:
        return 0
