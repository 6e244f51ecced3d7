"""Printed lines mended into paragraphs: what a PDF page holds once its glyphs are lines and grids.

A line goes on into the next where it reaches the right edge and the next one is not indented; page numbers and
running heads are dropped, a table that runs over a page is one table.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from corpus.lines import label_at
from corpus.normalize import normal
from corpus.reading import Cell, table_lines

_EDGE = 0.14  # of the page's height, above and below: where running heads and page numbers stand
_PAGE_NUMBER = re.compile(
    r"[-—–―－·•.\s]*\d{1,4}[-—–―－·•.\s]*|第\s*\d{1,4}\s*页(?:\s*[,，/]?\s*共\s*\d{1,4}\s*页)?|\d{1,4}\s*/\s*\d{1,4}"
    r"|[Pp]age\s*\d{1,4}(?:\s*of\s*\d{1,4})?"
)
_LEADERS = re.compile(r"(?:[.．·…‥]\s*){5,}\s*\d{1,4}$")
SENTENCE_END = re.compile(r"[。！？!?；;：:][”’）)」』]*$")


@dataclass(slots=True)
class PrintedLine:
    """A line as printed; places in points from the upper left corner of the page."""

    text: str
    x0: float
    x1: float
    y: float
    size: float


@dataclass(slots=True)
class PrintedGrid:
    """A ruled table; `y` is its upper edge in points from the top of the page."""

    rows: list[list[Cell]]
    y: float


@dataclass(slots=True)
class PrintedPage:
    """A page's lines and tables in reading order; `height` in points."""

    height: float
    drawn: bool = False  # a picture covers much of it, or its words are drawn as shapes
    items: list[PrintedLine | PrintedGrid] = field(default_factory=list)

    def lines(self) -> list[PrintedLine]:
        """The lines outside tables."""
        return [item for item in self.items if isinstance(item, PrintedLine)]


def drop_running(pages: Sequence[PrintedPage]) -> int:
    """Take out page numbers, lines that recur at the edge of pages, and the lines of a table of contents; how
    many of these last."""
    seen: Counter[tuple[bool, str]] = Counter()
    for page in pages:
        seen.update({key for line in page.lines() if (key := _running_key(line, page))})
    least = 2 if len(pages) == 2 else max(3, round(len(pages) * 0.3))
    contents = 0
    for page in pages:
        lines = page.lines()
        top = min((line.y for line in lines), default=0.0)
        bottom = max((line.y for line in lines), default=0.0)
        kept: list[PrintedLine | PrintedGrid] = []
        for item in page.items:
            if isinstance(item, PrintedLine):
                key = _running_key(item, page)
                if key and (
                    seen[key] >= least or (item.y in (top, bottom) and _PAGE_NUMBER.fullmatch(item.text))
                ):
                    continue
                if _LEADERS.search(item.text):
                    contents += 1
                    continue
                if not item.text:
                    continue
            kept.append(item)
        page.items = kept
    return contents


def _running_key(line: PrintedLine, page: PrintedPage) -> tuple[bool, str] | None:
    """What makes two lines on two pages the same running head: its edge, and its words with any number; None
    for a line that is not one of the two outermost at an edge."""
    if _EDGE * page.height <= line.y <= (1 - _EDGE) * page.height:
        return None
    above = line.y < page.height / 2
    beyond = {round(one.y) for one in page.lines() if (one.y < line.y - 2 if above else one.y > line.y + 2)}
    if len(beyond) > 1:
        return None
    return above, re.sub(r"\d+|\s+", lambda f: "#" if f.group()[0].isdigit() else "", line.text)


@dataclass(frozen=True, slots=True)
class _Measure:
    """The set of the text: its edges, the distance from line to line, whether paragraphs are indented."""

    left: float
    right: float
    size: float
    pitch: float
    indented: bool


def _measure(lines: Sequence[PrintedLine]) -> _Measure | None:
    long = [line for line in lines if len(line.text) >= 15]
    if len(long) < 3:
        return None
    right = sorted(line.x1 for line in long)[int(len(long) * 0.9)]
    full = [line for line in long if line.x1 > right - 3 * line.size] or long
    left = sorted(line.x0 for line in full)[int(len(full) * 0.1)]
    steps = [b.y - a.y for a, b in pairwise(lines) if 0 < b.y - a.y < 5 * a.size]
    shifts = [(line.x0 - left) / max(line.size, 1.0) for line in full]
    indented = sum(0.9 < shift < 3.2 for shift in shifts) >= 1 and sum(shift < 0.9 for shift in shifts) >= 2
    return _Measure(
        left, right, median(line.size for line in long), median(steps) if steps else 0.0, indented
    )


def paragraphs(pages: Sequence[PrintedPage]) -> Iterator[str]:
    """One paragraph or table line after the other, as a text file would hold them."""
    whole = _measure([line for page in pages for line in page.lines()])
    text = ""
    last: tuple[PrintedLine, _Measure | None, int] | None = None
    grid: PrintedGrid | None = None
    for number, page in enumerate(pages):
        measure = _measure(page.lines()) or whole
        for item in page.items:
            if isinstance(item, PrintedGrid):
                if text:
                    yield text
                text, last = "", None
                if grid is not None and _continues(grid, item):
                    _join(grid, item.rows[_repeated(grid, item) :])
                    continue
                if grid is not None:
                    yield from table_lines(grid.rows)
                grid = PrintedGrid(list(item.rows), item.y)
                continue
            if grid is not None:
                yield from table_lines(grid.rows)
                grid = None
            if last is not None and _goes_on(*last, item, measure, number):
                text = mend(text, item.text)
            else:
                if text:
                    yield text
                text = item.text
            last = item, measure, number
    if text:
        yield text
    if grid is not None:
        yield from table_lines(grid.rows)


def _continues(grid: PrintedGrid, item: PrintedGrid) -> bool:
    return bool(grid.rows and item.rows) and len(grid.rows[0]) == len(item.rows[0])


def _repeated(grid: PrintedGrid, item: PrintedGrid) -> int:
    """How many rows of a table's next part print its header again."""
    count = 0
    for old, new in zip(grid.rows[:3], item.rows, strict=False):
        if [cell.text for cell in old] != [cell.text for cell in new]:
            break
        count += 1
    return count


def _join(grid: PrintedGrid, rows: Sequence[list[Cell]]) -> None:
    """Put the rows of a table's next page behind it. A cell merged over rows is printed on its first page only;
    a row whose first cell and another one are empty there is the rest of the row that the page broke."""
    group = grid.rows[-1][0] if len(grid.rows) > 1 and grid.rows[-1][0] is grid.rows[-2][0] else None
    keyed = all(row[0].text for row in grid.rows)
    for at, row in enumerate(rows):
        if row[0].text or not keyed:
            group = None
        elif group is not None:
            row = [group, *row[1:]]
        elif at == 0 and not all(cell.text for cell in row[1:]) and any(cell.text for cell in row):
            grid.rows[-1] = [_mended(old, new) for old, new in zip(grid.rows[-1], row, strict=True)]
            continue
        grid.rows.append(row)


def _mended(old: Cell, new: Cell) -> Cell:
    """A cell of a broken row, its last paragraph and the first one behind the break as one."""
    if not old.lines or not new.lines:
        return old if old.lines else new
    if SENTENCE_END.search(old.lines[-1]):
        return Cell((*old.lines, *new.lines))
    return Cell((*old.lines[:-1], mend(old.lines[-1], new.lines[0]), *new.lines[1:]))


def _goes_on(
    line: PrintedLine,
    measure: _Measure | None,
    page: int,
    after: PrintedLine,
    measure_after: _Measure | None,
    page_after: int,
) -> bool:
    """Whether a line's sentence goes on in the next line, which may stand on the next page."""
    if measure is None or measure_after is None or abs(line.size - after.size) > 0.2 * line.size:
        return False
    if page == page_after and _is_title(line, measure) and _is_title(after, measure_after):
        return 0 < after.y - line.y < 2.4 * line.size and label_at(normal(after.text)) is None
    if line.x1 < measure.right - 2.3 * line.size or line.x0 > measure.left + 3.2 * line.size:
        return False
    if page == page_after and (
        after.y <= line.y or (measure.pitch and after.y - line.y > 1.5 * measure.pitch)
    ):
        return False
    ended = bool(SENTENCE_END.search(line.text))
    labelled = label_at(normal(after.text)) is not None
    if measure.indented:
        return after.x0 < measure_after.left + 0.9 * after.size and not (ended and labelled)
    return not ended and not labelled


def _is_title(line: PrintedLine, measure: _Measure) -> bool:
    """Whether a line is part of a title: larger than the text, in the middle; not the head of the letter paper."""
    middle = (line.x0 + line.x1) - (measure.left + measure.right)
    return (
        line.size > 1.2 * measure.size
        and abs(middle) < 3 * line.size
        and not line.text.endswith(("文件", "令"))
    )


def mend(text: str, more: str) -> str:
    """Two parts of a broken line as one: no blank within Chinese or within a number, one between words."""
    if not text or not more:
        return text + more
    a, b = text[-1], more[0]
    latin = a.isascii() and b.isascii() and (a.isalpha() or a in ",.;:)") and (b.isalpha() or b == "(")
    return f"{text} {more}" if latin else text + more
