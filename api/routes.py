"""The routes: one question in, one answer out; a text in, what the clauses say to it out; and whether the service can answer at all."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final, cast

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from api.schemas import (
    PROBLEM_CONTENT,
    AnswerReply,
    AskRequest,
    HealthReply,
    VerificationReply,
    VerifyRequest,
)

if TYPE_CHECKING:
    from api.app import Desk

router: Final = APIRouter()

_ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    422: {
        "description": "The question cannot be used: `code` is `question` or `request`; `settings` for a mode without a model.",
        "content": PROBLEM_CONTENT,
    },
    503: {
        "description": "There is no usable index: `code` is `snapshot_missing` or `index_mismatch`.",
        "content": PROBLEM_CONTENT,
    },
}

_VERIFY_ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    **_ERRORS,
    404: {"description": "No clause has such an id: `code` is `clause_not_found`.", "content": PROBLEM_CONTENT},
}


@router.post("/v1/ask", response_model=AnswerReply, responses=_ERRORS, summary="Answer a question")
def ask(body: AskRequest, request: Request) -> JSONResponse:
    """The answer with its citations, the same JSON that `tiaowen ask --json` prints.

    That the corpus does not hold it is an answer too: status 200, `status` `not_found`.
    """
    answer = _desk(request).assistant().ask(body.question, body.history or (), body.mode)
    return JSONResponse(answer.to_json())


@router.post("/v1/verify", response_model=VerificationReply, responses=_VERIFY_ERRORS, summary="Verify a text")
def verify(body: VerifyRequest, request: Request) -> JSONResponse:
    """Each statement of the text held against the clauses given, or against the best that a search finds: the same
    JSON that `tiaowen verify --json` prints. That a statement is wrong is a result too: status 200."""
    return JSONResponse(_desk(request).assistant().verify(body.text, body.clause_ids).to_json())


@router.get("/healthz", response_model=HealthReply, responses={503: _ERRORS[503]}, summary="Whether it can answer")
def healthz(request: Request) -> JSONResponse:
    """`ok` once an index is open; 503 while there is none."""
    documents = len(_desk(request).assistant().documents())
    return JSONResponse({"status": "ok", "version": installed_version(), "documents": documents})


def installed_version() -> str:
    """The version of the installed package, `0` when it runs from a bare checkout."""
    try:
        return version("tiaowen")
    except PackageNotFoundError:
        return "0"


def _desk(request: Request) -> Desk:
    return cast("Desk", request.app.state.desk)
