"""PDF files with a text layer: lines mended into paragraphs, ruled tables, page numbers and running heads out.

A PDF knows glyphs and their places only. A line goes on into the next where it reaches the right edge and the
next one is not indented; a table is where ruled lines cross.
"""

from __future__ import annotations

import ctypes
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import pi
from statistics import median
from threading import Lock
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from corpus.aligned import runs
from corpus.errors import SourceError
from corpus.lines import label_at
from corpus.normalize import normal
from corpus.printed import SENTENCE_END, PrintedGrid, PrintedLine, PrintedPage, drop_running, mend, paragraphs
from corpus.reading import Cell, Extract, joined

_LOCK = Lock()  # PDFium keeps global state and is not safe for threads
_MAX_PAGES = 3_000
_MAX_CHARACTERS = 20_000_000
_MAX_PATHS = 4_000  # a page with more is a drawing
_FEW = 15  # characters a page: a scan with a stamp of the scanning program
_MANY_SHAPES = 400  # a page of words drawn as shapes; a table has fewer
_HAN = r"[\u2e80-\u2fdf\u3007\u3400-\u9fff\uf900-\ufaff]"
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’—…·]")
_SPACED = re.compile(rf"(?<!\S){_HAN}(?: {_HAN}){{3,}}(?!\S)|{_HAN}(?: {_HAN}){{4,}}")
_UNREADABLE = re.compile(r"[\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]")
_NEAR = 3.0  # points within which two ruled lines meet
_THIN = 3.0  # points up to which a filled rectangle is a ruled line


@dataclass(slots=True)
class _Glyph:
    text: str
    x0: float
    x1: float
    y: float  # the middle, counted downwards from the top of the page


@dataclass(slots=True)
class _Rules:
    """Ruled lines: across as `(y, x0, x1)`, down as `(x, y0, y1)`."""

    across: list[tuple[float, float, float]]
    down: list[tuple[float, float, float]]


def read_pdf(data: bytes, name: str) -> Extract:
    """The paragraphs and tables of a PDF's text layer.

    Raises SourceError for what is no PDF, damaged, encrypted, or has no text layer that can be read.
    """
    pages: list[PrintedPage] = []
    try:
        with _LOCK:
            document = pypdfium2.PdfDocument(data)
            try:
                if len(document) > _MAX_PAGES:
                    raise SourceError(
                        f"{name!r} has {len(document):,} pages, over the limit of {_MAX_PAGES:,}; split it"
                    )
                characters = 0
                for page in document:
                    try:
                        pages.append(_page(page))
                    finally:
                        page.close()
                    characters += sum(len(line.text) for line in pages[-1].lines())
                    if characters > _MAX_CHARACTERS:
                        raise SourceError(f"{name!r} holds over {_MAX_CHARACTERS:,} characters; split it")
            finally:
                document.close()
    except SourceError:
        raise
    except Exception as error:  # PDFium's own error, and what its binding raises on damaged files
        if "assword" in str(error) or "ecurity" in str(error):
            raise SourceError(
                f"{name!r} is encrypted; open it with its password and save it without one"
            ) from error
        raise SourceError(
            f"{name!r} is damaged or no PDF ({type(error).__name__}); open it and print it to a new PDF"
        ) from error
    blank = _check_text(pages, name)
    contents = drop_running(pages)
    warnings = [f"no text on page {_listed(blank)}: scanned? run OCR over it"] if blank else []
    warnings += ["left out: table of contents"] if contents else []
    return Extract(joined(paragraphs(pages), name), tuple(warnings))


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:20])) + (" …" if len(numbers) > 20 else "")


def _check_text(pages: Sequence[PrintedPage], name: str) -> list[int]:
    """The numbers of the pages that are pictures, where most pages have text that can be read."""
    texts = ["".join(_words(page)) for page in pages]
    whole = "".join(texts)
    scanned = sum(page.drawn and len(text) < _FEW for page, text in zip(pages, texts, strict=True))
    if not whole and not scanned:
        raise SourceError(
            f"{name!r} shows no text on any page (blank or damaged); open it and print it to a new PDF"
        )
    if not whole or scanned > 0.8 * len(pages):
        raise SourceError(f"{name!r} has no text layer (scanned images); run OCR over it first")
    if len(_UNREADABLE.findall(whole)) > len(whole) * 0.1:
        raise SourceError(
            f"{name!r} has a text layer that cannot be read (its fonts do not say which characters they draw); "
            "run OCR over it, or use the Word file"
        )
    return [at for at, text in enumerate(texts, 1) if pages[at - 1].drawn and len(text) < _FEW]


def _words(page: PrintedPage) -> Iterator[str]:
    for item in page.items:
        if isinstance(item, PrintedLine):
            yield "".join(item.text.split())
        else:
            yield from ("".join(cell.text.split()) for row in item.rows for cell in row)


# ── a page's glyphs into lines and tables ──────────────────────────────────────────────────────────────────


def _page(page: Any) -> PrintedPage:
    width, height = page.get_size()
    turn = page.get_rotation()
    place = _placer(page, turn, width, height)
    text_page = page.get_textpage()
    try:
        lines = list(_printed_lines(text_page, place))
    finally:
        text_page.close()
    grids = _grids(_rules(page, place))
    result = PrintedPage(height, _is_drawn(page, width * height))
    if not grids:
        result.items = _in_order(_unruled(lines))
        return result
    boxes: list[dict[int, list[tuple[int, _Glyph]]]] = [{} for _ in grids]
    opened: dict[int, int] = {}
    for number, (glyphs, size) in enumerate(lines):
        outside: list[_Glyph] = []
        for glyph in glyphs:
            at = next((i for i, grid in enumerate(grids) if grid.holds(glyph)), None)
            if at is None:
                outside.append(glyph)
                continue
            if at not in opened:
                opened[at] = len(result.items)
                result.items.append(PrintedGrid([], grids[at].ys[0]))
            boxes[at].setdefault(grids[at].cell_of(glyph), []).append((number, glyph))
        if any(not glyph.text.isspace() for glyph in outside):
            result.items.append(_line(outside, size))
    for at, index in opened.items():
        result.items[index] = PrintedGrid(
            grids[at].rows(boxes[at], [size for _, size in lines]), grids[at].ys[0]
        )
    result.items = _in_order(result.items)
    return result


def _unruled(lines: Sequence[tuple[list[_Glyph], float]]) -> list[PrintedLine | PrintedGrid]:
    """The lines of a page without ruled lines, rows of figures that stand under each other as a table."""
    items: list[PrintedLine | PrintedGrid] = []
    at = 0
    for first, end, rows in runs(lines):
        items += [_line(glyphs, size) for glyphs, size in lines[at:first]]
        cells = [
            [Cell((_line([glyphs[i] for i in piece], size).text,)) if piece else Cell(()) for piece in row]
            for (glyphs, size), row in zip(lines[first:end], rows, strict=True)
        ]
        items.append(PrintedGrid(cells, median(glyph.y for glyph in lines[first][0])))
        at = end
    return items + [_line(glyphs, size) for glyphs, size in lines[at:]]


def _is_drawn(page: Any, area: float) -> bool:
    """Whether a page is mostly a picture, or shapes."""
    shapes = 0
    for found in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_PATH], max_depth=4):
        if found.type == pdfium.FPDF_PAGEOBJ_PATH:
            shapes += 1
        else:
            left, bottom, right, top = found.get_bounds()
            if (right - left) * (top - bottom) > 0.4 * area:
                return True
        if shapes > _MANY_SHAPES:
            return True
    return False


def _in_order(items: Sequence[PrintedLine | PrintedGrid]) -> list[PrintedLine | PrintedGrid]:
    """The items of a page in the order in which they were drawn, but for the few that were drawn late: a head, a
    foot, a search box. More than a few are a second column, and the order of drawing stands."""
    tails: list[float] = []
    ends: list[int] = []  # the item at the end of the best run of each length
    before: list[int] = []
    for at, item in enumerate(items):
        place = bisect_right(tails, item.y)
        before.append(ends[place - 1] if place else -1)
        tails[place : place + 1] = [item.y]
        ends[place : place + 1] = [at]
    run: list[int] = []
    at = ends[-1] if ends else -1
    while at >= 0:
        run.append(at)
        at = before[at]
    run.reverse()
    if len(items) - len(run) > max(2, 0.15 * len(items)):
        return list(items)
    result = [items[at] for at in run]
    for at in sorted(set(range(len(items))) - set(run)):
        result.insert(bisect_right([item.y for item in result], items[at].y), items[at])
    return result


def _placer(page: Any, turn: int, width: float, height: float) -> Any:
    """A function from PDFium's coordinates to points from the upper left corner of the page as seen."""
    left, bottom, right, top = page.get_cropbox()

    def place(x: float, y: float) -> tuple[float, float]:
        if turn == 90:
            return y - bottom, x - left
        if turn == 180:
            return right - x, y - bottom
        if turn == 270:
            return top - y, right - x
        return x - left, top - y

    return place


def _printed_lines(text_page: Any, place: Any) -> Iterator[tuple[list[_Glyph], float]]:
    """The glyphs of each line in the order of the page, and their size; slanted watermarks are left out."""
    box = pdfium.FS_RECTF()
    glyphs: list[_Glyph] = []
    high = 0.0
    slanted = pending = False  # pending: a blank seen, to be printed if a glyph follows
    for at in range(text_page.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text_page, at)
        if code in (10, 13):
            if glyphs and not slanted:
                yield glyphs, _size(glyphs, high)
            glyphs, slanted, pending = [], False, False
            continue
        if code in (0x20, 0xA0, 9):
            pending = bool(glyphs)
            continue
        # 2 is PDFium's mark for a hyphen at the end of a line; the others are no characters.
        if code < 32 or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF or code in (0xFFFE, 0xFFFF):
            continue
        if not pdfium.FPDFText_GetLooseCharBox(text_page, at, box):
            continue
        (xa, ya), (xb, yb) = place(box.left, box.top), place(box.right, box.bottom)
        if not glyphs:
            angle = pdfium.FPDFText_GetCharAngle(text_page, at) % (pi / 2)
            slanted = 0.15 < angle < 1.42
            high = abs(yb - ya)
        glyph = _Glyph(chr(code), min(xa, xb), max(xa, xb), (ya + yb) / 2)
        if pending:
            glyphs.append(_Glyph(" ", glyphs[-1].x1, glyph.x0, glyph.y))
            pending = False
        glyphs.append(glyph)
    if glyphs and not slanted:
        yield glyphs, _size(glyphs, high)


def _size(glyphs: Sequence[_Glyph], high: float) -> float:
    """The size of a line's type: the width of its Chinese characters, else the height of its first one."""
    wide = [glyph.x1 - glyph.x0 for glyph in glyphs if _WIDE.match(glyph.text)]
    return median(wide) if wide else high


def _line(glyphs: Sequence[_Glyph], size: float) -> PrintedLine:
    return PrintedLine(
        close_up(_without_letter_spacing(glyphs)).strip(), min(g.x0 for g in glyphs), max(g.x1 for g in glyphs),
        median(g.y for g in glyphs), size,
    )  # fmt: skip


def _without_letter_spacing(glyphs: Sequence[_Glyph]) -> str:
    """The line's text without the blanks that only spread a justified line: as wide as all its gaps are."""
    solid = [g for g in glyphs if not g.text.isspace()]
    gaps = [b.x0 - a.x1 for a, b in pairwise(solid) if _WIDE.match(a.text) and _WIDE.match(b.text)]
    usual = median(gaps) if gaps else 0.0
    em = median(g.x1 - g.x0 for g in solid) if solid else 0.0
    pieces: list[str] = []
    for at, glyph in enumerate(glyphs):
        if glyph.text == " " and 0 < at < len(glyphs) - 1:
            before, after = glyphs[at - 1], glyphs[at + 1]
            wide = _WIDE.match(before.text) and _WIDE.match(after.text)
            gap = after.x0 - before.x1
            if wide and (gap < 0.25 * em or (len(gaps) >= 5 and usual > 0.1 * em and gap <= 1.5 * usual)):
                continue
        pieces.append(glyph.text)
    return "".join(pieces)


def close_up(text: str) -> str:
    """`text` with letter-spaced runs closed up: 按 职 责 分 工 负 责 → 按职责分工负责.

    A run has at least four characters; 部 门 and 市财政局 市教育局 stay.
    """
    return _SPACED.sub(lambda found: found.group().replace(" ", ""), text)


# ── ruled lines into grids ─────────────────────────────────────────────────────────────────────────────────


def _rules(page: Any, place: Any) -> _Rules:
    """The ruled lines of a page: straight strokes, edges of stroked boxes, thin filled boxes."""
    rules = _Rules([], [])
    for count, found in enumerate(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=4)):
        if count > _MAX_PATHS:
            return _Rules([], [])
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        if not pdfium.FPDFPath_GetDrawMode(found, fill, stroke) or not (fill.value or stroke.value):
            continue
        matrix = found.get_matrix()
        start = at = (0.0, 0.0)
        ends: list[tuple[tuple[float, float], tuple[float, float]]] = []
        for index in range(min(pdfium.FPDFPath_CountSegments(found), 400)):
            segment = pdfium.FPDFPath_GetPathSegment(found, index)
            x, y = ctypes.c_float(), ctypes.c_float()
            pdfium.FPDFPathSegment_GetPoint(segment, x, y)
            point = place(*matrix.on_point(x.value, y.value))
            kind = pdfium.FPDFPathSegment_GetType(segment)
            if kind == pdfium.FPDF_SEGMENT_MOVETO:
                start = point
            elif kind == pdfium.FPDF_SEGMENT_LINETO:
                ends.append((at, point))
            at = point
            if pdfium.FPDFPathSegment_GetClose(segment):
                ends.append((at, start))
                at = start
        if not ends:
            continue
        xs = [x for pair in ends for x, _ in pair]
        ys = [y for pair in ends for _, y in pair]
        wide, high = max(xs) - min(xs), max(ys) - min(ys)
        if min(wide, high) <= _THIN < max(wide, high):
            middle = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
            ends = [((min(xs), middle[1]), (max(xs), middle[1]))] if wide > high else [
                ((middle[0], min(ys)), (middle[0], max(ys)))
            ]  # fmt: skip
        elif not stroke.value:
            continue  # a shaded area
        for (xa, ya), (xb, yb) in ends:
            if abs(ya - yb) <= 1 and abs(xa - xb) > _THIN:
                rules.across.append(((ya + yb) / 2, min(xa, xb), max(xa, xb)))
            elif abs(xa - xb) <= 1 and abs(ya - yb) > _THIN:
                rules.down.append(((xa + xb) / 2, min(ya, yb), max(ya, yb)))
    return _Rules(_merged(rules.across), _merged(rules.down))


def _merged(rules: Sequence[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Pieces of one ruled line put together: each cell draws its own borders."""
    result: list[tuple[float, float, float]] = []
    for level in _levels([rule[0] for rule in rules]):
        pieces = sorted((a, b) for at, a, b in rules if abs(at - level) <= _NEAR / 2)
        for a, b in pieces:
            if result and result[-1][0] == level and a <= result[-1][2] + _NEAR:
                result[-1] = (level, result[-1][1], max(b, result[-1][2]))
            else:
                result.append((level, a, b))
    return result


def _levels(values: Sequence[float]) -> list[float]:
    """Values that lie close together as one, the first of them, in order."""
    levels: list[float] = []
    for value in sorted(values):
        if not levels or value - levels[-1] > _NEAR / 2:
            levels.append(value)
    return levels


@dataclass(slots=True)
class _Frame:
    """A ruled grid: its lines, and for each field the number of the cell it belongs to."""

    xs: list[float]
    ys: list[float]
    cells: list[list[int]]

    def holds(self, glyph: _Glyph) -> bool:
        x = (glyph.x0 + glyph.x1) / 2
        return self.xs[0] <= x <= self.xs[-1] and self.ys[0] <= glyph.y <= self.ys[-1]

    def cell_of(self, glyph: _Glyph) -> int:
        x = (glyph.x0 + glyph.x1) / 2
        column = max(i for i, left in enumerate(self.xs[:-1]) if left <= x)
        row = max(i for i, top in enumerate(self.ys[:-1]) if top <= glyph.y)
        return self.cells[row][column]

    def rows(self, boxes: dict[int, list[tuple[int, _Glyph]]], sizes: Sequence[float]) -> list[list[Cell]]:
        """The cells with their words; a merged cell at each of its fields."""
        made: dict[int, Cell] = {}
        for row, numbers in enumerate(self.cells):
            for column, number in enumerate(numbers):
                if number in made:
                    continue
                last = max(c for c in range(column, len(numbers)) if self.cells[row][c] == number)
                made[number] = _cell(boxes.get(number, []), self.xs[column], self.xs[last + 1], sizes)
        return [[made[number] for number in numbers] for numbers in self.cells]


def _cell(glyphs: Sequence[tuple[int, _Glyph]], left: float, right: float, sizes: Sequence[float]) -> Cell:
    """A cell's paragraphs: a line that fills the cell goes on in the next."""
    lines: dict[int, list[_Glyph]] = {}
    for number, glyph in glyphs:
        lines.setdefault(number, []).append(glyph)
    paragraphs: list[str] = []
    full = False
    for number, line in lines.items():
        printed = _line(line, sizes[number])
        if not printed.text:
            continue
        if full and not SENTENCE_END.search(paragraphs[-1]) and label_at(normal(printed.text)) is None:
            paragraphs[-1] = mend(paragraphs[-1], printed.text)
        else:
            paragraphs.append(printed.text)
        # Within a narrow column 市教育局 fills a line as well: names of bodies stay apart.
        full = printed.x1 - printed.x0 > right - left - 2.4 * printed.size and not re.search(
            r"[局厅委办部院]$", printed.text
        )
    return Cell(tuple(paragraphs))


def _grids(rules: _Rules) -> list[_Frame]:
    """The grids that crossing lines make, from top to bottom; a single box is none."""
    group = list(range(len(rules.across) + len(rules.down)))

    def root(at: int) -> int:
        while group[at] != at:
            group[at] = group[group[at]]
            at = group[at]
        return at

    for i, (y, xa, xb) in enumerate(rules.across):
        for j, (x, ya, yb) in enumerate(rules.down, len(rules.across)):
            if xa - _NEAR <= x <= xb + _NEAR and ya - _NEAR <= y <= yb + _NEAR:
                group[root(j)] = root(i)
    frames: list[_Frame] = []
    for number in sorted({root(at) for at in range(len(group))}):
        across = [rule for i, rule in enumerate(rules.across) if root(i) == number]
        down = [rule for j, rule in enumerate(rules.down, len(rules.across)) if root(j) == number]
        xs, ys = _levels([rule[0] for rule in down]), _levels([rule[0] for rule in across])
        if len(xs) >= 3 and len(ys) >= 3:
            frames.append(_Frame(xs, ys, _fields(xs, ys, across, down)))
    return sorted(frames, key=lambda frame: (frame.ys[0], frame.xs[0]))


def _fields(
    xs: Sequence[float], ys: Sequence[float], across: Sequence[tuple[float, float, float]],
    down: Sequence[tuple[float, float, float]],
) -> list[list[int]]:  # fmt: skip
    """For each field of a grid the number of its cell: fields without a line between them are one."""

    def ruled(rules: Sequence[tuple[float, float, float]], level: float, middle: float) -> bool:
        return any(abs(at - level) <= _NEAR / 2 and a - 1 <= middle <= b + 1 for at, a, b in rules)

    width = len(xs) - 1
    cells = [[row * width + column for column in range(width)] for row in range(len(ys) - 1)]

    def join(old: int, new: int) -> None:
        for numbers in cells:
            numbers[:] = [new if number == old else number for number in numbers]

    for row in range(len(ys) - 1):
        for column in range(width):
            here = cells[row][column]
            if (
                column
                and cells[row][column - 1] != here
                and not ruled(down, xs[column], (ys[row] + ys[row + 1]) / 2)
            ):
                join(here, cells[row][column - 1])
                here = cells[row][column]
            if (
                row
                and cells[row - 1][column] != here
                and not ruled(across, ys[row], (xs[column] + xs[column + 1]) / 2)
            ):
                join(here, cells[row - 1][column])
    return cells
