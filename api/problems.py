"""Every error of the service as `application/problem+json` (RFC 9457) with a stable code and one line for a person."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.schemas import Problem
from corpus.errors import AccessError, LimitError, TiaowenError

PROBLEM_TYPE: Final = "application/problem+json"
_CODE_OF_STATUS: Final = {
    404: "route_not_found", 405: "method_not_allowed", 408: "too_slow", 413: "too_large", 431: "headers_too_large",
}  # fmt: skip


def problem(status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """The reply that says what went wrong, in one line."""
    said = Problem(title=HTTPStatus(status).phrase, status=status, code=code, detail=" ".join(detail.split()))
    return JSONResponse(said.model_dump(), status_code=status, headers=headers, media_type=PROBLEM_TYPE)


def problem_of(error: TiaowenError) -> JSONResponse:
    """The reply to an error of Tiaowen's own: its status and code stand in its class."""
    headers: dict[str, str] = {}
    if isinstance(error, LimitError):
        headers["retry-after"] = str(error.wait)
    if isinstance(error, AccessError) and error.http_status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    return problem(error.http_status, error.code, str(error), headers)


def handle_errors(app: FastAPI) -> None:
    """Lets `app` answer every error that can be foreseen with a problem; the gate answers the others."""
    app.add_exception_handler(TiaowenError, _known)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)


def _known(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TiaowenError)
    return problem_of(error)


def _malformed(_: Request, error: Exception) -> JSONResponse:
    """The first thing wrong with the request; what was sent is not repeated, it may not even be text."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(step) for step in first["loc"] if step != "body")
    return problem(422, "request", f"{where or 'body'}: {first['msg']}")


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = _CODE_OF_STATUS.get(error.status_code, f"http_{error.status_code}")
    return problem(error.status_code, code, str(error.detail), dict(error.headers or {}))
