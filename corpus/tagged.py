"""Tables that stand in a text as HTML tags, as converters of scanned pages leave them in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ROW = re.compile(r"<tr\b[^>]*>(.*?)</tr\s*>", re.DOTALL | re.IGNORECASE)
_CELL = re.compile(r"<(?P<tag>t[dh])\b(?P<attributes>[^>]*)>(?P<inner>.*?)</(?P=tag)\s*>", re.DOTALL | re.IGNORECASE)
_SPAN = re.compile(r"(?P<which>row|col)span\s*=\s*[\"']?(?P<number>\d{1,3})", re.IGNORECASE)
_OUTER = re.compile(r"^(?:\s*<[^<>]*>)+|(?:<[^<>]*>\s*)+$")
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class TaggedCell:
    """A cell: its place in the text that was read, its words without tags, and how many rows and columns it spans."""

    start: int
    end: int
    text: str
    rows: int
    columns: int


def tagged_rows(text: str) -> list[list[TaggedCell]]:
    """The rows of a table in tags, each with the cells that begin in it; offsets count in `text`. None where there are none."""
    return [list(_cells(row.group(1), row.start(1))) for row in _ROW.finditer(text)]


def in_columns(rows: list[list[TaggedCell]]) -> list[list[tuple[int, TaggedCell]]]:
    """The rows with the column in which each cell begins, counted from 0; a cell that spans rows keeps its columns in them."""
    taken: dict[int, int] = {}  # column → rows that it is still taken for
    placed: list[list[tuple[int, TaggedCell]]] = []
    for row in rows:
        column, here = 0, []
        fresh: dict[int, int] = {}
        for cell in row:
            while taken.get(column, 0):
                column += 1
            here.append((column, cell))
            for over in range(column, column + cell.columns):
                fresh[over] = cell.rows - 1
            column += cell.columns
        taken = {over: left - 1 for over, left in taken.items() if left > 1} | {over: left for over, left in fresh.items() if left}
        placed.append(here)
    return placed


def _cells(row: str, start: int) -> Iterator[TaggedCell]:
    for found in _CELL.finditer(row):
        inner = found.group("inner")
        bare = _OUTER.sub(lambda tags: " " * len(tags.group()), inner)  # <b>东街道</b>: the words without the tags around them
        lead = len(bare) - len(bare.lstrip())
        spans = {one.group("which").lower(): max(1, int(one.group("number"))) for one in _SPAN.finditer(found.group("attributes"))}
        words = " ".join(_TAG.sub(" ", inner).split())
        begin = start + found.start("inner") + lead
        yield TaggedCell(begin, begin + len(bare.strip()), words, spans.get("row", 1), spans.get("col", 1))
