"""What the corpus holds, to list, read and download: documents, source texts, clauses, facts; and, with an admin key,
documents added and removed."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi import Path as PathParameter
from fastapi.responses import JSONResponse, Response

from api.replies import (
    NO_DOCUMENT,
    NO_INDEX,
    NO_KEY,
    NOT_ALLOWED,
    UNUSABLE,
    desk_of,
    etag_of,
    keepable,
    refusal,
    unchanged,
)
from api.schemas import (
    AddedReply,
    ClauseReply,
    DocumentDetailReply,
    DocumentsReply,
    FactsReply,
)
from assistant.assistant import Assistant
from assistant.catalog import DocumentSummary
from assistant.facts import Kind, Task, Value
from corpus.errors import QuestionError, SourceError
from corpus.normalize import normal
from corpus.reading import MAX_BYTES

router: Final = APIRouter(tags=["records"])
MOST_FILES: Final = 50
_PIECE: Final = 1024 * 1024
_NAME: Final = re.compile(r"[\x00-\x1f\x7f/\\]+")
_LONGEST_NAME: Final = 200  # bytes; file systems take 255
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

Words = Annotated[str | None, Query(max_length=200)]
Year = Annotated[int | None, Query(ge=1900, le=2200)]
Limit = Annotated[int, Query(ge=1, le=1000, description="How many, 1 to 1,000.")]
Offset = Annotated[int, Query(ge=0, le=2**31, description="How many to pass over.")]
DocumentId = Annotated[str, PathParameter(description="The id, percent-encoded or as it is: 渝北府办发〔2024〕6号")]
ClauseId = Annotated[str, PathParameter(description="The id, slashes as they are: 渝北府办发〔2024〕6号:二/(三)/11")]


@router.get("/v1/documents", response_model=DocumentsReply, responses={422: UNUSABLE, 503: NO_INDEX}, summary="List the documents")
def documents(
    request: Request, place: Words = None, year: Year = None, issuer: Words = None, q: Words = None,
    limit: Limit = 100, offset: Offset = 0,
) -> Response:  # fmt: skip
    """The documents in the order of the corpus: of a place (or a region around it), of a year of issue, of an issuer,
    with words in their title or number; either script."""
    with desk_of(request).assistant() as assistant:
        etag = etag_of(request, assistant)
        if known := unchanged(request, etag):
            return known
        words = {"place": place, "issuer": issuer, "q": q}
        found = [summary for summary in assistant.documents() if _wanted(summary, words, year)]
    return keepable(_page(request, found, limit, offset), etag)


def _wanted(summary: DocumentSummary, words: dict[str, str | None], year: int | None) -> bool:
    d = summary.document
    held = {
        "place": d.place_name or "", "issuer": "、".join(d.issuers),
        "q": f"{d.title} {d.document_number or ''} {d.source_file}",
    }  # fmt: skip
    if year is not None and (d.issued or d.published or "")[:4] != str(year):
        return False
    return all(_bare(said) in _bare(held[name]) for name, said in words.items() if said)


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", normal(text)).lower()


def _page(
    request: Request, items: Sequence[DocumentSummary | Task | Value], limit: int, offset: int
) -> JSONResponse:
    """One page of `items`, with the address of the next one in the header `link`."""
    page = [item.to_json() for item in items[offset : offset + limit]]
    reply = JSONResponse({"items": page, "total": len(items), "limit": limit, "offset": offset})
    if offset + limit < len(items):
        asked = {**request.query_params, "limit": str(limit), "offset": str(offset + limit)}
        reply.headers["link"] = f'<{request.url.path}?{urlencode(asked)}>; rel="next"'
    return reply


@router.get(
    "/v1/documents/{document_id:path}/source", response_class=Response, summary="The source text of a document",
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, 404: NO_DOCUMENT, 422: UNUSABLE, 503: NO_INDEX},
)  # fmt: skip
def source(request: Request, document_id: DocumentId) -> Response:
    """The text in which all offsets count, character for character, as plain text."""
    with desk_of(request).assistant() as assistant:
        text = assistant.source(document_id)
        etag = etag_of(request, assistant)
    return unchanged(request, etag) or keepable(Response(text.encode("utf-8"), media_type="text/plain; charset=utf-8"), etag)


@router.get(
    "/v1/documents/{document_id:path}", response_model=DocumentDetailReply, summary="A document with its outline",
    responses={404: NO_DOCUMENT, 422: UNUSABLE, 503: NO_INDEX},
)  # fmt: skip
def document(request: Request, document_id: DocumentId) -> Response:
    """What it is, its headings and clauses in the order of the text, who does what in it, its targets and subsidies, and
    how many facts of each kind its clauses state."""
    with desk_of(request).assistant() as assistant:
        summary = assistant.summary(document_id)
        etag = etag_of(request, assistant)
        if known := unchanged(request, etag):
            return known
        detail = _detail(assistant, summary)
    return keepable(JSONResponse(detail), etag)


def _detail(assistant: Assistant, summary: DocumentSummary) -> dict[str, Any]:
    document_id = summary.document.document_id
    counts: Counter[str] = Counter()
    for clause in assistant.clauses(document_id):
        counts["lead_units"] += len(clause["lead_units"])
        counts["responsible_units"] += len(clause["responsible_units"])
        counts["cells"] += len(clause["cells"])
        counts.update(figure["kind"] for figure in clause["figures"])
    return {
        **summary.to_json(), "script": summary.document.script, "characters": len(summary.document.source),
        "outline": assistant.outline(document_id), "counts": dict(sorted(counts.items())),
        "facts": {
            "tasks": [one.to_json() for one in assistant.facts.tasks(document_id=document_id)],
            "targets": [one.to_json() for one in assistant.facts.targets(document_id=document_id)],
            "subsidies": [one.to_json() for one in assistant.facts.subsidies(document_id=document_id)],
        },
    }  # fmt: skip


_NO_CLAUSE: Final = refusal("No clause has such an id: `code` is `clause_not_found`.")


@router.get(
    "/v1/clauses/{clause_id:path}", response_model=ClauseReply, summary="A clause",
    responses={404: _NO_CLAUSE, 422: UNUSABLE, 503: NO_INDEX},
)  # fmt: skip
def clause(request: Request, clause_id: ClauseId) -> Response:
    """The clause word for word, its units, figures and cells, and the ids of the clauses before and after it."""
    with desk_of(request).assistant() as assistant:
        found = assistant.clause(clause_id).to_json()
        etag = etag_of(request, assistant)
    return unchanged(request, etag) or keepable(JSONResponse(found), etag)


_TABLE: Final[dict[str, Any]] = {"content": {"text/csv": {"schema": {"type": "string"}}}}


@router.get("/v1/facts", response_model=FactsReply, responses={200: _TABLE, 404: NO_DOCUMENT, 422: UNUSABLE, 503: NO_INDEX}, summary="Facts as a table")
def facts(
    request: Request, kind: Annotated[Kind, Query()] = "targets",
    place: Words = None, unit: Words = None, year: Year = None, indicator: Words = None, document_id: Words = None,
    format: Annotated[Literal["json", "csv"], Query()] = "json", limit: Limit = 500, offset: Offset = 0,
) -> Response:  # fmt: skip
    """Which unit does what (`tasks`), what is to be reached (`targets`), what is paid (`subsidies`): one record a fact,
    each with its clause; as CSV all of them at once."""
    with desk_of(request).assistant() as assistant:
        etag = etag_of(request, assistant)
        if known := unchanged(request, etag):
            return known
        found = assistant.facts.listed(
            kind, place=place, unit=unit, year=year, indicator=indicator, document_id=document_id
        )
    if format == "csv":
        name = {"content-disposition": f'attachment; filename="tiaowen-{kind}.csv"'}
        return keepable(Response(_csv([one.to_json() for one in found]), headers=name, media_type="text/csv; charset=utf-8"), etag)
    return keepable(_page(request, found, limit, offset), etag)


def _csv(records: list[dict[str, Any]]) -> bytes:
    """The records as a table, with the mark at its head by which Excel knows UTF-8; what looks like a formula is text."""
    table = io.StringIO()
    if records:
        writer = csv.writer(table)
        writer.writerow(records[0])
        writer.writerows([_cell(value) for value in record.values()] for record in records)
    return table.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    if isinstance(value, list):
        value = "；".join(map(str, value))
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


@router.post(
    "/v1/documents", status_code=201, response_model=AddedReply, summary="Add documents (admin)",
    responses={
        200: {"model": AddedReply, "description": "Every document was there word for word."},
        401: NO_KEY, 403: NOT_ALLOWED,
        409: refusal("Such a document is there with other words: `code` is `document_exists`."),
        413: refusal("The upload is over the limit: `code` is `too_large`."), 422: UNUSABLE, 503: NO_INDEX,
    },
)  # fmt: skip
def add(
    request: Request,
    files: Annotated[list[UploadFile], File(description="Policy files: txt, md, html, docx, pdf, zip.")],
    replace: Annotated[bool, Form(description="Whether a document of the same number may be replaced.")] = False,
) -> JSONResponse:
    """Puts the files beside the documents of the index, and says what was understood in each."""
    if not 1 <= len(files) <= MOST_FILES:
        raise SourceError(f"{len(files)} files in one upload; send 1 to {MOST_FILES}")
    desk = desk_of(request)
    with tempfile.TemporaryDirectory(prefix="tiaowen-upload-") as folder:
        paths = [_kept(Path(folder) / str(number), upload) for number, upload in enumerate(files)]
        done = desk.add(paths, replacing=replace)
    with desk.assistant() as assistant:
        added = [_detail(assistant, assistant.summary(document.document_id)) for document in done.added]
    reply = {
        "added": added, "replaced": list(done.replaced), "unchanged": list(done.unchanged),
        "failures": [
            {"source_file": Path(one.source_file).name, "reason": one.reason.replace(folder, "")} for one in done.failures
        ],
    }  # fmt: skip
    return JSONResponse(reply, status_code=201 if done.added else 200)


def _kept(folder: Path, upload: UploadFile) -> Path:
    """The upload as a file in a folder of its own, under the last part of its name: a name never leads elsewhere."""
    # A form may say that its names are escaped, and escape half a surrogate pair.
    given = (upload.filename or "").encode("utf-8", "replace").decode("utf-8")
    name = _NAME.sub(" ", given.replace("\\", "/").rpartition("/")[2]).strip(" .")
    while len(name.encode()) > _LONGEST_NAME:
        name = name[1:]
    folder.mkdir()
    path = folder / (name or "upload.txt")
    size = 0
    with path.open("wb") as file:
        while piece := upload.file.read(_PIECE):
            size += len(piece)
            if size > MAX_BYTES:
                raise SourceError(f"{path.name!r} is over the limit of {MAX_BYTES:,} bytes; split it")
            file.write(piece)
    return path


@router.delete(
    "/v1/documents/{document_id:path}", status_code=204, response_class=Response, summary="Remove a document (admin)",
    responses={401: NO_KEY, 403: NOT_ALLOWED, 404: NO_DOCUMENT, 422: UNUSABLE, 503: NO_INDEX},
)  # fmt: skip
def remove(request: Request, document_id: DocumentId) -> Response:
    """Takes the document out of the index; the last one stays."""
    if not document_id.strip():
        raise QuestionError("the document id is empty; `GET /v1/documents` lists the ids")
    desk_of(request).remove(document_id)
    return Response(status_code=204)
