"""The page: three files of the package, sent as they are."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from api.replies import keepable, unchanged

router: Final = APIRouter(include_in_schema=False)
_TYPES: Final = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@cache
def _file(name: str) -> tuple[bytes, str]:
    data = (files("api") / "static" / name).read_bytes()
    return data, f'W/"{hashlib.sha256(data).hexdigest()[:24]}"'


@router.get("/")
def index(request: Request) -> Response:
    """The page."""
    return _sent(request, "index.html")


@router.get("/static/{name}")
def part(request: Request, name: str) -> Response:
    """A file of the page, by its name."""
    if name not in _names():
        raise HTTPException(404, f"the page has no file {name!r}")
    return _sent(request, name)


@cache
def _names() -> frozenset[str]:
    """The files there are: a name that is not one of them never becomes a path."""
    return frozenset(one.name for one in (files("api") / "static").iterdir() if one.name.rpartition(".")[2] in _TYPES)


def _sent(request: Request, name: str) -> Response:
    data, etag = _file(name)
    held = unchanged(request, etag)
    return held or keepable(Response(data, media_type=f"{_TYPES[name.rpartition('.')[2]]}; charset=utf-8"), etag)
