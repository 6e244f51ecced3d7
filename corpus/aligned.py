"""Tables without ruled lines on a printed page: rows of figures that stand under each other.

Only rows in a run are taken, each split by the same wide gaps, with a column of figures; a line with a gap of its
own (a signature, a two-column address) stays a line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from corpus.normalize import normal

_GAP = 1.4  # widths of a character; words of one cell stand closer
_ROWS = 3  # a header and two rows at least
_COLUMNS = 3
_FIGURE = re.compile(r"[<>≥≤=约]?\s*[-+]?\d[\d,]*(?:\.\d+)?\s*(?:%|‰|[\u4e00-\u9fa5]{1,3})?(?:以上|以下|左右)?|[-—/]")
_YEAR = re.compile(r"(?:19|20)\d\d(?:年度?)?")


class Glyph(Protocol):
    """One character as printed."""

    text: str
    x0: float
    x1: float


def runs(lines: Sequence[tuple[Sequence[Glyph], float]]) -> list[tuple[int, int, list[list[list[int]]]]]:
    """The stretches of lines that are tables: first line, the line behind the last, and for each row and column
    the numbers of its glyphs within the line (empty for an empty cell)."""
    found: list[tuple[int, int, list[list[list[int]]]]] = []
    at = 0
    while at < len(lines):
        end, rows = _run(lines, at)
        if len(rows) >= _ROWS and _has_figures(lines[at:end], rows):
            found.append((at, end, rows))
        at = max(end, at + 1)
    return found


def _run(lines: Sequence[tuple[Sequence[Glyph], float]], first: int) -> tuple[int, list[list[list[int]]]]:
    """The rows that stand under the line `first`, itself included, and the line behind them."""
    columns: list[tuple[float, float]] = []
    rows: list[list[list[int]]] = []
    end = first
    while end < len(lines):
        glyphs, size = lines[end]
        pieces = _pieces(glyphs, size)
        spans = [(min(glyphs[i].x0 for i in piece), max(glyphs[i].x1 for i in piece)) for piece in pieces]
        if not rows:
            if len(pieces) < _COLUMNS:
                break
            columns, places = spans, list(range(len(pieces)))
        else:
            under = _under(columns, spans)
            if under is None:
                break
            columns, places = under
        row: list[list[int]] = [[] for _ in columns]
        for place, piece in zip(places, pieces, strict=True):
            row[place] = piece
        rows.append(row)
        end += 1
    return end, rows


def _pieces(glyphs: Sequence[Glyph], size: float) -> list[list[int]]:
    """The numbers of the glyphs of a line, cut at its wide gaps."""
    solid = [at for at, glyph in enumerate(glyphs) if not glyph.text.isspace()]
    pieces: list[list[int]] = [solid[:1]] if solid else []
    for before, after in pairwise(solid):
        if glyphs[after].x0 - glyphs[before].x1 > _GAP * size:
            pieces.append([])
        pieces[-1].append(after)
    return pieces


def _under(
    columns: Sequence[tuple[float, float]], spans: Sequence[tuple[float, float]]
) -> tuple[list[tuple[float, float]], list[int]] | None:
    """The columns widened by a row and the column of each of its pieces; None where one stands under no column
    or under two, or the row has fewer than two."""
    widened, places = list(columns), []
    for x, y in spans:
        over = [place for place, (a, b) in enumerate(columns) if x < b and a < y]
        if len(over) != 1 or over[0] in places:
            return None
        places.append(over[0])
        widened[over[0]] = (min(widened[over[0]][0], x), max(widened[over[0]][1], y))
    apart = all(left[1] < right[0] for left, right in pairwise(widened))
    return (widened, places) if len(places) > 1 and apart else None


def _has_figures(lines: Sequence[tuple[Sequence[Glyph], float]], rows: Sequence[Sequence[Sequence[int]]]) -> bool:
    """Whether a column behind the first holds figures in every row but the header, most of them filled."""
    texts = [
        [normal("".join(glyphs[at].text for at in piece)).strip() for piece in row]
        for (glyphs, _), row in zip(lines, rows, strict=True)
    ]
    if any(_FIGURE.fullmatch(name) and not _YEAR.fullmatch(name) for name in texts[0]):
        return False  # no header
    columns = [[row[column] for row in texts[1:] if row[column]] for column in range(1, len(texts[0]))]
    return any(len(below) * 2 > len(texts) and all(map(_FIGURE.fullmatch, below)) for below in columns)
