"""Tables that a page's text still shows: HTML tags, pipes, one cell a line with pipes, one bare cell a line.

What comes back are records (a first row and the sub-rows that its merged cells span) with a header for each
column. A table that cannot be read safely is not guessed at: its lines stay paragraphs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from corpus.copied import SERIAL_HEADERS, counted_rows, named_rows
from corpus.lines import Line, label_at
from corpus.tagged import in_columns, tagged_rows

_NUMBER = re.compile(r"^[<>≥≤=]?\s*\d[\d,]*(?:\.\d+)?\s*%?(?:左右|以上|以下)?$")
_YEAR = re.compile(r"^(?:19|20)\d\d年?(?:度|底)?$")
_RULE = re.compile(r"^\|?\s*:?-{3,}:?\s*(?:\|\s*:?-{3,}:?\s*)*\|?$")
_SHORT = 40  # a cell longer than this is no label or figure; only piped tables may hold such


@dataclass(frozen=True, slots=True)
class RawCell:
    """A cell's place and words in the normal text; an empty cell has start == end."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """One record: `rows` physical rows of `(header, cell)`, the first of them complete."""

    start: int
    end: int
    rows: tuple[tuple[tuple[str, RawCell], ...], ...]
    names: int = -1  # the column whose cells name the table's records, -1 where none does

    @property
    def key(self) -> str:
        """What names the record: its cell in the naming column, else its first one that is neither a serial number
        nor a figure."""
        if 0 <= self.names < len(self.rows[0]) and self.rows[0][self.names][1].text:
            return self.rows[0][self.names][1].text
        for header, cell in self.rows[0]:
            if _may_name(header, cell):
                return cell.text
        return next((cell.text for _, cell in self.rows[0] if cell.text), "")


def _may_name(header: str, cell: RawCell) -> bool:
    return bool(cell.text) and header not in SERIAL_HEADERS and not _NUMBER.match(cell.text)


@dataclass(frozen=True, slots=True)
class Table:
    """A table over the lines `[first, last]`; `head` is the span of caption and headers."""

    first: int
    last: int
    head: tuple[int, int]
    caption: str
    records: tuple[Record, ...]


def find_tables(lines: Sequence[Line], skip: frozenset[int]) -> list[Table]:
    """The tables in `lines` in order; lines whose index is in `skip` are passed over."""
    usable = [line for line in lines if line.text and line.index not in skip]
    tables: list[Table] = []
    at = 0
    while at < len(usable):
        table = _tagged(usable, at) or _markdown(usable, at) or _piped(usable, at) or _tabbed(usable, at) or _bare(usable, at) or _copied(usable, at)
        if table is None:
            at += 1
            continue
        tables.append(_named(table))
        while at < len(usable) and usable[at].index <= table.last:
            at += 1
    return tables


def _named(table: Table) -> Table:
    """The table with its naming column: the first that names every record and none twice, where the first column
    of names only groups them (一类, 一类, 二类)."""
    firsts = [record.rows[0] for record in table.records]
    width = min(len(row) for row in firsts)
    columns = [i for i in range(width) if all(_may_name(*row[i]) for row in firsts)]
    if len(firsts) < 2 or not columns:
        return table
    unlike = [len({row[i][1].text for row in firsts}) for i in columns]
    if unlike[0] == len(firsts) or max(unlike) < len(firsts) or max(len(row[columns[0]][1].text) for row in firsts) > _SHORT:
        return table
    column = columns[unlike.index(len(firsts))]
    if max(len(row[column][1].text) for row in firsts) > _SHORT:
        return table  # sentences tell the rows apart, but name none
    return replace(table, records=tuple(replace(record, names=column) for record in table.records))


def _split(line: Line) -> list[RawCell]:
    """The cells of a `a | b | c` line."""
    body = line.text
    left = 1 if body.startswith("|") else 0
    right = len(body) - 1 if body.endswith("|") and len(body) > left else len(body)
    cells: list[RawCell] = []
    at = left
    for piece in body[left:right].split("|"):
        start = line.start + at + len(piece) - len(piece.lstrip(" \t*"))
        text = piece.strip().strip("*")
        cells.append(RawCell(start, start + len(text), text))
        at += len(piece) + 1
    return cells


def _tagged(lines: Sequence[Line], at: int) -> Table | None:
    """A table in HTML tags, over one line or several; rows that a merged first cell spans are one record."""
    if not lines[at].text[:7].lower().startswith("<table"):
        return None
    last = next((i for i in range(at, len(lines)) if "</table" in lines[i].text.lower()), None)
    if last is None:
        return None
    start, text = lines[at].start, ""
    for line in lines[at : last + 1]:
        text += " " * (line.start - start - len(text)) + line.text  # offsets as in the normal text
    rows = [row for row in in_columns(tagged_rows(text)) if row]
    if len(rows) < 2:
        return None
    depth = min(max(cell.rows for _, cell in rows[0]), len(rows) - 1)
    headers: dict[int, str] = {}
    for row in rows[:depth]:
        for column, cell in row:
            for over in range(column, column + cell.columns):
                headers[over] = f"{headers[over]} / {cell.text}" if headers.get(over) else cell.text
    records: list[list[tuple[tuple[str, RawCell], ...]]] = []
    for row in rows[depth:]:
        cells = tuple((headers.get(column, ""), RawCell(start + cell.start, start + cell.end, cell.text)) for column, cell in row)
        if not any(cell.text for _, cell in cells):
            continue
        if row[0][0] == 0 or not records:
            records.append([cells])
        else:
            records[-1].append(cells)
    head_end = max(cell.end for row in rows[:depth] for _, cell in row)
    if not records or not any(headers.values()):
        return None
    told = tuple(Record(group[0][0][1].start, group[-1][-1][1].end, tuple(group)) for group in records)
    head_start = min(cell.start for row in rows[:depth] for _, cell in row)
    return Table(lines[at].index, lines[last].index, (start + head_start, start + head_end), "", told)


def _markdown(lines: Sequence[Line], at: int) -> Table | None:
    """A header row, a rule of dashes, and rows."""
    if at + 2 >= len(lines) or "|" not in lines[at].text or not _RULE.match(lines[at + 1].text):
        return None
    if "|" not in lines[at + 1].text:
        return None
    headers = [cell.text for cell in _split(lines[at])]
    records: list[Record] = []
    row = at + 2
    while row < len(lines) and "|" in lines[row].text and not _RULE.match(lines[row].text):
        if row + 1 < len(lines) and _RULE.match(lines[row + 1].text) and "|" in lines[row + 1].text:
            break  # the header of the next table
        cells = _split(lines[row])
        if len(cells) > len(headers):
            break
        if not any(cell.text for cell in cells):
            row += 1
            continue
        pairs = tuple((headers[i], cell) for i, cell in enumerate(cells))
        filled = [cell for cell in cells if cell.text]
        records.append(Record(filled[0].start, filled[-1].end, (pairs,)))
        row += 1
    if not records or not any(headers):
        return None
    return Table(
        lines[at].index, lines[row - 1].index, (lines[at].start, lines[at + 1].end), "", tuple(records)
    )


def _tabbed(lines: Sequence[Line], at: int) -> Table | None:
    """A header row and at least two rows whose cells are parted by tabs, or by wide blanks where there are three."""
    for separator, least in ((r"\t+", 2), (r"[ \t]{2,}", 3)):
        headers = re.split(separator, lines[at].text)
        width = len(headers)
        if width < least or label_at(lines[at].text):
            continue
        # Asked before the rows are read: rows of figures without a header would be read again from each of them.
        if any(_NUMBER.match(header) and not _YEAR.match(header) for header in headers):
            continue
        end = at
        while end < len(lines) and len(re.split(separator, lines[end].text)) == width and not lines[end].ends_sentence:
            end += 1
        if end - at < 3:
            continue
        rows: list[list[RawCell]] = []
        for line in lines[at:end]:
            cells: list[RawCell] = []
            begin = 0
            for cut in [*re.finditer(separator, line.text), None]:
                stop = cut.start() if cut else len(line.text)
                cells.append(RawCell(line.start + begin, line.start + stop, line.text[begin:stop]))
                begin = cut.end() if cut else 0
            rows.append(cells)
        records = tuple(
            Record(row[0].start, row[-1].end, (tuple(zip(headers, row, strict=True)),)) for row in rows[1:]
        )
        return Table(lines[at].index, lines[end - 1].index, (lines[at].start, lines[at].end), "", records)
    return None


def _piped(lines: Sequence[Line], at: int) -> Table | None:
    """One cell a line, each closed by a pipe; empty cells are lone pipes.

    Extractors print `colspan` and `rowspan` remainders as empty cells at the end of the row, so every
    physical row has the same number of pipes and a spanned row's cells have slid to the left.
    """
    end = at
    while end < len(lines) and re.fullmatch(r"[^|]{0,80}\|+|\|+", lines[end].text):
        end += 1
    if end - at < 8:
        return None
    caption = ""
    first = at
    if end - at > 1 and re.fullmatch(r"\|{2,}", lines[at + 1].text):
        caption, width = lines[at].text.rstrip("| "), 1 + len(lines[at + 1].text)
        first = at + 2
    else:
        width = 0
    cells: list[RawCell] = []
    for line in lines[first:end]:
        words = line.text.rstrip("|").rstrip()
        pipes = len(line.text) - len(line.text.rstrip("|"))
        cells.append(RawCell(line.start, line.start + len(words), words))
        cells.extend(RawCell(line.end, line.end, "") for _ in range(pipes - 1))
    width = width or _width_of(cells)
    if width < 2 or len(cells) % width:
        return None
    rows = [cells[i : i + width] for i in range(0, len(cells), width)]
    body = next((i for i, row in enumerate(rows) if any(_NUMBER.match(c.text) for c in row)), None)
    if body is None or body == 0:
        return None
    headers = _piped_headers(rows[:body], rows[body:])
    records = _records(rows[body:], headers)
    if not records:
        return None
    return Table(
        lines[at].index, lines[end - 1].index, (lines[at].start, rows[body][0].start), caption, tuple(records)
    )


def _width_of(cells: Sequence[RawCell]) -> int:
    """The distance between the serial numbers 1, 2, 3 … of the first column; 0 where there are none."""
    places = {cell.text: i for i, cell in reversed(list(enumerate(cells))) if cell.text.isdigit()}
    if "1" in places and "2" in places:
        return places["2"] - places["1"]
    return 0


def _piped_headers(heads: Sequence[Sequence[RawCell]], body: Sequence[Sequence[RawCell]]) -> list[str]:
    """One header a column out of one or two header rows, the second one under a merged cell."""
    width = len(heads[0])
    top = [cell.text for cell in heads[0] if cell.text]
    if len(heads) == 1 or width == len(top):
        return (top + [""] * width)[:width]
    below = [cell.text for cell in heads[-1] if cell.text]
    # The merged cell covers as many columns as the second row has: find where the data fit best.
    complete = [row for row in body if _serial(row[0].text)] or list(body[:1])
    best: tuple[int, list[str]] = (-1, (top + [""] * width)[:width])
    for merged in range(len(top)):
        leaves = [
            *top[:merged],
            *(f"{top[merged]} / {name}" for name in below),
            *top[merged + 1 :],
        ]
        if len(leaves) != width:
            continue
        score = sum(_fits(h.split(" / ")[-1], row[i].text) for row in complete for i, h in enumerate(leaves))
        if score > best[0]:
            best = (score, leaves)
    return best[1]


def _serial(text: str) -> bool:
    return text.isdigit() and 0 < int(text) < 1000


def _fits(header: str, text: str) -> int:
    """How well a cell's look agrees with its header (0 to 2)."""
    if header in SERIAL_HEADERS:
        return 2 if _serial(text) else 0
    if header in ("备注", "说明", "属性"):
        return 2 if not text or not _NUMBER.match(text) else 0
    if re.fullmatch(r".{0,4}(?:年度|年份|时间)", header):
        return 2 if _YEAR.match(text) else 0
    if re.search(r"(?:名称|单位|街道|镇|区|县|市|部门)$", header):
        return 2 if text and not _NUMBER.match(text) and not _YEAR.match(text) else 0
    if re.search(r"\d年|数|指标|%|率|金额|标准|\((?:个|人|万元|元|家|所)\)", header):
        return 2 if _NUMBER.match(text) else 0
    return 1


def _records(rows: Sequence[Sequence[RawCell]], headers: Sequence[str]) -> list[Record]:
    """Group a complete row with the spanned rows under it; headers are found again after the slide."""
    records: list[list[list[tuple[str, RawCell]]]] = []
    for row in rows:
        filled = [cell for cell in row if cell.text]
        if not filled:
            continue
        slide = _slide(row, records[-1][0] if records else None, headers)
        pairs = [
            (headers[i + slide] if i + slide < len(headers) else "", cell)
            for i, cell in enumerate(row)
            if cell.text
        ]
        if slide and records:
            records[-1].append(pairs)
        else:
            records.append([pairs])
    result: list[Record] = []
    for group in records:
        cells = [cell for pairs in group for _, cell in pairs]
        if not any(_NUMBER.match(cell.text) for cell in cells):
            continue
        result.append(Record(cells[0].start, cells[-1].end, tuple(tuple(pairs) for pairs in group)))
    return result


def _slide(row: Sequence[RawCell], head: list[tuple[str, RawCell]] | None, headers: Sequence[str]) -> int:
    """How many columns a spanned row has slid to the left; 0 for a complete row."""
    trailing = 0
    for cell in reversed(row):
        if cell.text:
            break
        trailing += 1
    if (
        head is None
        or not trailing
        or not row[0].text
        or (_serial(row[0].text) and headers[0] in SERIAL_HEADERS)
    ):
        return 0

    def score(slide: int) -> int:
        return sum(
            _fits(headers[i + slide].split(" / ")[-1], cell.text)
            for i, cell in enumerate(row)
            if cell.text and i + slide < len(headers)
        )  # fmt: skip

    return max(range(trailing + 1), key=lambda slide: (score(slide), -slide))


def _bare(lines: Sequence[Line], at: int) -> Table | None:
    """One bare cell a line (a copied page): headers, then rows counted by their serial numbers.

    Read only where serial numbers 1, 2, 3 … recur at one fixed distance; the headers may be printed again
    after a page break.
    """
    if lines[at].text not in SERIAL_HEADERS:
        return None
    end = at
    while end < len(lines) and len(lines[end].text) <= _SHORT and not lines[end].ends_sentence:
        label = label_at(lines[end].text)
        if label is not None and not _NUMBER.match(lines[end].text):
            break
        end += 1
    texts = [line.text for line in lines[at:end]]
    first = next((i for i, text in enumerate(texts) if _NUMBER.match(text)), None)
    if first is None:
        return None
    # A total row (合计) prints one cell fewer: serial number and name are merged.
    # Where the rows begin with number 1 at once, what stands before it is the last header.
    total = first - 1 if first and texts[first] != "1" and not re.search(r"年|数|指标|\(", texts[first - 1]) else None
    header_end = total if total is not None else first
    header = texts[:header_end]
    one = next((i for i in range(first, len(texts)) if texts[i] == "1"), None)
    two = _second_serial(texts, one) if one is not None else None
    if one is None or two is None:
        return None
    width = two - one
    names = _bare_headers(header, width, texts[one:two])
    records: list[Record] = []
    cells = [RawCell(line.start, line.end, line.text) for line in lines[at:end]]
    if total is not None and one - total == width - 1:
        pairs = tuple(zip([names[1], *names[2:]], cells[total:one], strict=True))
        records.append(Record(cells[total].start, cells[one - 1].end, (pairs,)))
    place, serial = one, 1
    while place + width <= len(cells):
        if cells[place].text != str(serial):
            if header and texts[place : place + len(header)] == header:
                place += len(header)  # the header printed again on the next page
                continue
            break
        pairs = tuple(zip(names, cells[place : place + width], strict=True))
        records.append(Record(cells[place].start, cells[place + width - 1].end, (pairs,)))
        place += width
        serial += 1
    if serial < 3 or (serial == 3 and "3" in texts[one + width + 1 :]):
        return None  # of three rows and more two at one distance are none: merged cells leave rows of unlike length
    head_end = lines[at + header_end - 1].end
    return Table(
        lines[at].index, lines[at + place - 1].index, (lines[at].start, head_end), "", tuple(records)
    )


def _copied(lines: Sequence[Line], at: int) -> Table | None:
    """One cell a line, the cells words: rows counted by serial numbers, or a place and what is said of it."""
    found = counted_rows(lines, at) or named_rows(lines, at)
    if found is None:
        return None
    records: list[Record] = []
    for row in found.rows:
        cells = tuple((header, RawCell(lines[i].start, lines[i].end, lines[i].text)) for header, i in row)
        records.append(Record(cells[0][1].start, cells[-1][1].end, (cells,)))
    first, last = found.head
    return Table(lines[at].index, lines[found.last].index, (lines[first].start, lines[last].end), "", tuple(records))


def _second_serial(texts: Sequence[str], one: int) -> int | None:
    """Where serial number 2 stands: the nearest `2` from which 3 follows at the same distance (values may be 2)."""
    last = max((i for i, text in enumerate(texts) if text == "3"), default=-1)
    for two in range(one + 2, len(texts)):
        if texts[two] == "2":
            three = two + (two - one)
            if (three < len(texts) and texts[three] == "3") or last < two:
                return two
    return next((i for i in range(one + 2, len(texts)) if texts[i] == "2"), None)


def _bare_headers(header: Sequence[str], width: int, row: Sequence[str]) -> list[str]:
    """Headers for `width` columns out of a list in which group headers may stand before their columns and
    the name column may have none; a column that stays unnamed gets an empty header."""
    best: tuple[int, list[str]] = (-1, [""] * width)
    for group in [None, *range(1, len(header) - 1)]:
        leaves = [h for i, h in enumerate(header) if i != group]
        missing = width - len(leaves)
        whole = 2 if group is None and not missing else 0  # as many headers as columns: nothing is merged
        if missing == 0:
            candidates = [leaves]
        elif missing == 1:
            candidates = [[*leaves[:i], "", *leaves[i:]] for i in range(1, len(leaves))]
        else:
            continue
        for candidate in candidates:
            score = sum(
                _fits(h, c) if h else int(not _NUMBER.match(c)) * 2
                for h, c in zip(candidate, row, strict=True)
            )
            score += whole
            if group is not None:
                # A group header is a phrase its columns complete: shorter years or units below it.
                score -= 1
                if not re.search(r"\d年|\(", header[group]):
                    score += 2
            if score > best[0]:
                named = list(candidate)
                if group is not None:
                    depth = candidate.index(header[group + 1])
                    named[depth:] = [f"{header[group]} / {h}" for h in named[depth:]]
                best = (score, named)
    return best[1]
