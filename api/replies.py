"""What the routes share: where they find the desk and the counters, how they describe errors, validators of what can be
kept by a browser."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final, cast

from fastapi import Request
from fastapi.responses import Response

from api.schemas import PROBLEM_CONTENT
from assistant.version import installed_version

if TYPE_CHECKING:
    from api.desk import Desk
    from api.metrics import Metrics
    from assistant.catalog import Catalog


def refusal(description: str) -> dict[str, Any]:
    """How a route declares an error reply."""
    return {"description": description, "content": PROBLEM_CONTENT}


UNUSABLE: Final = refusal("The request cannot be used: `code` is `question` or `request`.")
NO_INDEX: Final = refusal("There is no usable index: `code` is `snapshot_missing` or `index_mismatch`.")
NO_DOCUMENT: Final = refusal("No document has such an id: `code` is `document_not_found`.")
NO_KEY: Final = refusal("A key is needed: `code` is `key`.")
NOT_ALLOWED: Final = refusal("The key may not do this, or the service has no admin key: `code` is `forbidden`.")

COMMON: Final[dict[int | str, dict[str, Any]]] = {
    400: refusal("The body is no JSON, or no form: `code` is `http_400`."),
    401: NO_KEY,
    408: refusal("The body came too slowly: `code` is `too_slow`."),
    413: refusal("The body is over the limit: `code` is `too_large`."),
    429: refusal("Too many requests from one key or address: `code` is `rate`; `retry-after` says when to come again."),
    431: refusal("The headers are over the limit: `code` is `headers_too_large`."),
    500: refusal("A fault of the service: `code` is `internal`."),
}
"""What the gate may say to any request for data."""


def desk_of(request: Request) -> Desk:
    """The desk of the application."""
    return cast("Desk", request.app.state.desk)


def metrics_of(request: Request) -> Metrics:
    """The counters of the application."""
    return cast("Metrics", request.app.state.metrics)


def etag_of(request: Request, catalog: Catalog) -> str:
    """What names a reply that depends on the corpus, the version and the address alone."""
    held = f"{catalog.corpus_digest}\n{installed_version()}\n{request.url.path}?{request.url.query}"
    return f'W/"{hashlib.sha256(held.encode()).hexdigest()[:24]}"'


def unchanged(request: Request, etag: str) -> Response | None:
    """The reply 304 where the caller has what `etag` names."""
    held = [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]
    return Response(status_code=304, headers={"etag": etag}) if etag in held or "*" in held else None


def keepable(response: Response, etag: str) -> Response:
    """The response with its `etag`; a browser asks each time whether it still holds."""
    response.headers["etag"] = etag
    response.headers["cache-control"] = "no-cache"
    return response
