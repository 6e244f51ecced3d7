"""Questions and texts in, answers and verdicts out: ask, the same as a stream, search, verify, and what readers think."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, StreamingResponse

from api.replies import NO_INDEX, UNUSABLE, desk_of, metrics_of, refusal
from api.schemas import (
    AnswerReply,
    AskRequest,
    FeedbackReply,
    FeedbackRequest,
    SamplesReply,
    SearchReply,
    SearchRequest,
    VerificationReply,
    VerifyRequest,
)
from assistant.answer import Answer
from assistant.retrieval import hit_json

router: Final = APIRouter(tags=["questions"])

_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"enum": ["understood", "citations", "statement", "done"]},
        "data": {"type": "string", "description": "JSON: of `done` the same object that `/v1/ask` returns."},
    },
}
_EVENTS: Final[dict[str, Any]] = {
    "description": "Events `understood`, `citations`, one `statement` for each, and `done` with the whole answer.",
    "content": {"text/event-stream": {"schema": _EVENT}},
}


@router.post("/v1/ask", response_model=AnswerReply, responses={422: UNUSABLE, 503: NO_INDEX}, summary="Answer a question")
def ask(body: AskRequest, request: Request) -> JSONResponse:
    """The answer with its citations, the same JSON that `tiaowen ask --json` prints.

    That the corpus does not hold it is an answer too: status 200, `status` `not_found`.
    """
    return JSONResponse(answered(body, request).to_json())


@router.post(
    "/v1/ask/stream", response_class=StreamingResponse, responses={200: _EVENTS, 422: UNUSABLE, 503: NO_INDEX},
    summary="Answer a question as a stream of events",
)  # fmt: skip
def ask_stream(body: AskRequest, request: Request) -> StreamingResponse:
    """Server-sent events: `understood` says how the question is read, `citations` brings the clauses (again, and longer,
    where a model goes on to others), each `statement` one sentence with the indexes of its citations, and `done` the same
    object that `/v1/ask` returns."""
    events = _events(body, request)
    # What cannot be answered is a problem with its own status, so the first event is there before the reply begins.
    first = next(events)
    return StreamingResponse(
        chain([first], events), media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )  # fmt: skip


def answered(body: AskRequest, request: Request) -> Answer:
    """The answer to the question of `body`, counted by its outcome."""
    with desk_of(request).assistant() as assistant:
        answer = assistant.ask(body.question, body.history or (), body.mode, script=body.script)
    metrics_of(request).answered(answer.status.value)
    return answer


def _events(body: AskRequest, request: Request) -> Iterator[str]:
    with desk_of(request).assistant() as assistant:
        for name, data in assistant.stream(body.question, body.history or (), body.mode, script=body.script):
            if isinstance(data, Answer):
                metrics_of(request).answered(data.status.value)
                data = data.to_json()
            yield event(name, data)


def event(name: str, data: object) -> str:
    """One server-sent event; the data is one line of JSON, so no line of it can be taken for a field."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


@router.get("/v1/samples", response_model=SamplesReply, responses={503: NO_INDEX}, summary="Questions to begin with")
def samples(request: Request) -> JSONResponse:
    """Questions that this corpus answers, made from its own facts: for a parent and for a clerk."""
    with desk_of(request).assistant() as assistant:
        return JSONResponse(assistant.samples())


@router.post("/v1/search", response_model=SearchReply, responses={422: UNUSABLE, 503: NO_INDEX}, summary="Search the clauses")
def search(body: SearchRequest, request: Request) -> JSONResponse:
    """The clauses nearest to the query, best first: those it names by number, then by words and sense."""
    with desk_of(request).assistant() as assistant:
        hits = assistant.search(body.query, body.k, body.history or ())
    return JSONResponse({"query": body.query, "hits": [{**hit_json(hit, rank), "place": hit.document.place_name} for rank, hit in enumerate(hits, 1)]})


_NO_CLAUSE: Final = refusal("No clause has such an id: `code` is `clause_not_found`.")


@router.post(
    "/v1/verify", response_model=VerificationReply, responses={404: _NO_CLAUSE, 422: UNUSABLE, 503: NO_INDEX},
    summary="Verify a text",
)  # fmt: skip
def verify(body: VerifyRequest, request: Request) -> JSONResponse:
    """Each statement of the text held against the clauses given, or against the best that a search finds: the same
    JSON that `tiaowen verify --json` prints. That a statement is wrong is a result too: status 200."""
    with desk_of(request).assistant() as assistant:
        return JSONResponse(assistant.verify(body.text, body.clause_ids).to_json())


@router.post(
    "/v1/feedback", status_code=201, response_model=FeedbackReply, responses={422: UNUSABLE},
    summary="Say whether an answer was of use",
)  # fmt: skip
def feedback(body: FeedbackRequest, request: Request) -> JSONResponse:
    """Kept as a line of `feedback.jsonl` in the data folder; the question only where it is sent along."""
    request.app.state.feedback.keep(body.model_dump(exclude_none=True))
    metrics_of(request).judged(body.verdict)
    return JSONResponse({"status": "kept"}, status_code=201)
