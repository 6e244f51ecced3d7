"""From bytes on disk to the source text that every offset counts in.

A text file's source text is the file decoded, nothing more: line ends and dirt stay as they are. The source
text of a web page, a Word file or a PDF is what its room extracts: one paragraph, heading or table row a line,
tables between blank lines as `| a | b |`, `|---|---|`, rows, a merged cell's words in every cell it covers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath

from corpus.errors import SourceError

MAX_BYTES = 50 * 1024 * 1024
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_TEXT_SUFFIXES = {".txt", ".md", ".markdown", ".text", ""}
_WEB_SUFFIXES = {".html", ".htm", ".xhtml", ".shtml"}
_ADVICE = {
    ".doc": "open it in Word or WPS and save it as .docx",
    ".docm": "open it in Word or WPS and save it as .docx",
    ".wps": "open it in WPS and save it as .docx",
    ".rtf": "open it in Word or WPS and save it as .docx",
    ".ofd": "export it as a PDF with a text layer",
    ".xls": "paste its tables into a Word file and save that as .docx",
    ".xlsx": "paste its tables into a Word file and save that as .docx",
    ".rar": "unpack it, or pack it again as .zip",
    ".7z": "unpack it, or pack it again as .zip",
}
# What file systems and office programs leave beside documents, and the lists that people keep of a folder's files.
# By name only: what a list looks like says nothing, 废止文件目录 and 责任清单 are policy.
_LEFT_BY_PROGRAMS = {"Thumbs.db", "desktop.ini", "__MACOSX"}
_LISTS = {"sources.md", "index.md", "readme.md"}
_HAN_ENCODINGS = ("gb18030", "big5", "big5hkscs", "utf-16-le", "utf-16-be")
_MAX_BROKEN = 0.002  # share of broken characters up to which a text is read with gaps
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufeff\u200b-\u200f\u2060\u00ad\ud800-\udfff\ufffe\uffff]")
_LINE_END = re.compile(r"[\n\r\v\f\x85\u2028\u2029]+")
_DASHES = re.compile(r"[-—–―－─]{3,}")
_HEADLIKE = re.compile(r"[^。；;]{1,24}")
_FIGURE = re.compile(r"[<>≥≤=]?\s*\d[\d,]*(?:\.\d+)?\s*%?")
_BODY_END = re.compile(r"(?:局|厅|委|部|办|院|署|处|(?<!社)会|中心|政府|公司|集团|单位|[校园所站队室])$")
_HAN_END = re.compile(r"[\u4e00-\u9fff]$")
_MAX_CELLS = 200_000


@dataclass(frozen=True, slots=True)
class RawSource:
    """A file read: its name, its source text, the SHA-256 of its bytes, what was left out of the text."""

    name: str
    text: str
    digest: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extract:
    """The text a format's room found in a file, and what it left out, each in a phrase."""

    text: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceFile:
    """Something to read: where it lies (`path/a.zip/b.txt` inside an archive) and how to read it.

    `read` raises SourceError, so that one bad member does not hide the others.
    """

    location: str
    read: Callable[[], RawSource]


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """A table cell: its paragraphs, and whether it holds a table of its own.

    A merged cell is one object that stands at every place it covers.
    """

    lines: tuple[str, ...]
    nested: bool = False

    @property
    def text(self) -> str:
        """The words on one line; what would end a cell or read as a rule is replaced."""
        words = ""
        for line in self.lines:
            line = re.sub(r"\s+", " ", line).strip()
            words += line if not words or _breaks_name(words, line) else f" {line}"
        words = words.strip().replace("|", "∣").replace("｜", "∣")
        return "--" if _DASHES.fullmatch(words) else words


def _breaks_name(above: str, below: str) -> bool:
    """Whether a narrow cell breaks the name of a body in two (省自然资源和↵规划厅), not two names."""
    return (
        len(above) + len(below) <= 20
        and bool(_HAN_END.search(above) and _BODY_END.search(below))
        and not _BODY_END.search(above)
    )


def policy_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files to read, folders walked in sorted order; hidden files, what programs leave behind and lists of a
    folder's files (INDEX.md, README.md, SOURCES.md) are passed over. A file named itself is read, whatever its name.

    Raises SourceError for a path that does not exist.
    """
    for path in paths:
        if not path.exists():
            raise SourceError(f"no file or folder at {str(path)!r}; check the path")
        if path.is_file():
            yield path
            continue
        for found in sorted(path.rglob("*")):
            if found.is_file() and not passed_over(found.relative_to(path).parts):
                yield found


def passed_over(parts: Sequence[str]) -> bool:
    """Whether a file inside a folder or an archive is none that a person put there to be read."""
    named = [p for p in parts if p not in (".", "..")]
    if any(p.startswith((".", "~$")) or p in _LEFT_BY_PROGRAMS for p in named):
        return True
    return bool(named) and named[-1].lower() in _LISTS


def sources(path: Path) -> Iterator[SourceFile]:
    """What is to be read at `path`: the file itself or, for a zip, each member in sorted order.

    Raises nothing: a zip that cannot be opened comes back as one source whose `read` says why.
    """
    if path.suffix.lower() == ".zip":
        from corpus.archive import members

        yield from members(path)
    else:
        yield SourceFile(str(path), lambda: read(path))


def read(path: Path) -> RawSource:
    """The source text of a policy file that is no archive.

    Raises SourceError, naming the file and the reason, for what is of no known format, damaged, encrypted,
    empty, too large or unreadable.
    """
    name = path.name
    check_suffix(name)
    try:
        check_size(path.stat().st_size, name)
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{name!r} cannot be read ({error.strerror}); check the file") from error
    return extract(data, name)


def check_size(size: int, name: str) -> None:
    """Nothing; raises SourceError for a size over the limit, before anything is read."""
    if size > MAX_BYTES:
        raise SourceError(f"{name!r} has {size:,} bytes, over the limit of {MAX_BYTES:,}; split it")


def check_suffix(name: str) -> None:
    """Nothing; raises SourceError, saying what to do, for a format that is not read."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _TEXT_SUFFIXES | _WEB_SUFFIXES | {".docx", ".pdf"}:
        return
    if suffix == ".zip":
        raise SourceError(f"{name!r} is an archive inside an archive, which is not opened; unpack it first")
    advice = _ADVICE.get(suffix, "save it as .txt, .md, .html, .docx or .pdf")
    raise SourceError(f"{name!r} is a {suffix} file, which is not read; {advice}")


def extract(data: bytes, name: str) -> RawSource:
    """The source text in the bytes of a file; the format goes by the suffix of `name`.

    Raises SourceError, naming the file and the reason.
    """
    check_suffix(name)
    if not data.strip():
        raise SourceError(f"{name!r} is empty; remove it or fill it")
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _WEB_SUFFIXES:
        from corpus.webpage import read_webpage as reader
    elif suffix == ".docx":
        from corpus.wordfile import read_wordfile as reader
    elif suffix == ".pdf":
        from corpus.pdffile import read_pdf as reader
    else:
        reader = _read_text
    found = reader(data, name)
    return RawSource(name, found.text, hashlib.sha256(data).hexdigest(), found.warnings)


def _read_text(data: bytes, name: str) -> Extract:
    text = decode(data, name)
    gaps = text.count("\ufffd") if "\ufffd" in text else 0
    return Extract(text, (f"{gaps} broken characters, shown as \ufffd",) if gaps else ())


def decode(data: bytes, name: str, declared: str | None = None) -> str:
    """`data` as text: by its byte order mark, as UTF-8, else in the encoding in which it reads like Chinese.

    `declared` is what the file says of itself; it is tried with the others, because saved pages often say
    gb2312 and are UTF-8. A few broken bytes become U+FFFD.
    """
    if not data.strip():
        raise SourceError(f"{name!r} is empty; remove it or fill it")
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return _checked(data.decode(encoding), name)
            except UnicodeDecodeError:
                return _checked(_mended(data, (encoding,), name), name)
    try:
        return _checked(data.decode("utf-8"), name)
    except UnicodeDecodeError:
        pass
    encodings = [e for e in (declared,) if e] + [e for e in _HAN_ENCODINGS if e != declared]
    # The first of equals wins: max() by score alone.
    best, best_score = "", 0.5
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if (score := _plausible(text)) > best_score:
            best, best_score = text, score
    return _checked(best or _mended(data, ("utf-8", *encodings), name), name)


def _mended(data: bytes, encodings: Sequence[str], name: str) -> str:
    """`data` in the encoding that breaks least, where that is little enough to be a damaged text."""
    best, least = "", _MAX_BROKEN
    for encoding in encodings:
        try:
            text = data.decode(encoding, errors="replace")
        except LookupError:
            continue
        share = text.count("\ufffd") / max(len(text), 1)
        if share < least and _plausible(text) > 0.5:
            best, least = text, share
    return best or _detected(data, name)


def _detected(data: bytes, name: str) -> str:
    """`data` in an encoding found by statistics, accepted only where it then reads like Chinese."""
    from charset_normalizer import from_bytes

    found = from_bytes(data[:200_000]).best()
    if found is not None and "\x00" not in str(found)[:20000]:
        try:
            text = data.decode(found.encoding)
        except (UnicodeDecodeError, LookupError):
            text = ""
        if re.search(r"[\u4e00-\u9fff]", text[:20000]) and _plausible(text) > 0.5:
            return text
    raise SourceError(f"{name!r} is no text file (its bytes fit no known encoding); export it as text")


def _plausible(text: str) -> float:
    """The share of characters that Chinese running text is made of; GB18030 read as Big5 scores low."""
    from corpus.normalize import common_share

    return common_share(text[:20000])


def _checked(text: str, name: str) -> str:
    if not text.strip():
        raise SourceError(f"{name!r} is empty; remove it or fill it")  # a byte order mark and nothing behind it
    control = sum(1 for c in text[:20000] if c < " " and c not in "\t\n\r\f\v")
    if control > len(text[:20000]) * 0.01 or "\x00" in text[:20000]:
        raise SourceError(f"{name!r} is no text file (it holds control bytes); export it as text")
    return text


def joined(lines: Iterable[str], name: str) -> str:
    """Lines as a source text: control and zero-width characters out, ends trimmed, at most one blank line
    in a row.

    Raises SourceError where nothing is left.
    """
    kept: list[str] = []
    for line in lines:
        for piece in _LINE_END.split(line):
            piece = _CONTROL.sub("", piece).strip()
            if piece or (kept and kept[-1]):
                kept.append(piece)
    text = "\n".join(kept).strip("\n")
    if not text.strip():
        raise SourceError(f"{name!r} holds no text; check what was saved")
    return text + "\n"


def table_lines(grid: Sequence[Sequence[Cell]], heads: int = 0) -> list[str]:
    """The lines of a table between two blank ones; `heads` is the number of header rows where it is known.

    Rows of one cell above or below become lines (表题, 单位:万元, 注). Two header rows become one
    (`目标 / 2025年`). A table that only arranges a page, or has a single column, becomes its paragraphs.
    """
    rows = _compact(grid)
    if len(rows) == 1 and len(rows[0]) > 2 and all(_HEADLIKE.fullmatch(cell.text) for cell in rows[0]):
        return [_row([cell.text for cell in rows[0]])]  # the header of a form left blank
    if not rows or is_layout(rows):
        return [line for cell in _distinct(rows) for line in cell.lines if line.strip()]
    above, below = 0, len(rows)
    while above < below and _one_cell(rows[above]):
        above += 1
    while below > above and _one_cell(rows[below - 1]):
        below -= 1
    body = rows[above:below]
    if len(body) < 2:
        return [line for cell in _distinct(rows) for line in cell.lines if line.strip()]
    depth = min(max(heads - above, _header_rows(body)), 3, len(body) - 1)
    names = [_header([row[column] for row in body[:depth]]) for column in range(len(body[0]))]
    lines = [row[0].text for row in rows[:above]]
    lines += ["", _row(names), "|" + "---|" * len(names)]
    lines += [_row([cell.text for cell in row]) for row in body[depth:]]
    return [*lines, "", *(row[0].text for row in rows[below:])]


def is_layout(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether a table only arranges a page: a single row or column, a table in it, or a cell that is a page."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return True
    cells = _distinct(rows)
    if any(cell.nested for cell in cells):
        return True
    sizes = [sum(map(len, cell.lines)) for cell in cells]
    largest = max(range(len(cells)), key=sizes.__getitem__)
    return len(cells[largest].lines) > 5 and sizes[largest] > 1000 and sizes[largest] > 0.8 * sum(sizes)


def _compact(grid: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    """The grid as a rectangle without empty or doubled rows and columns.

    Word processors and web pages span every cell of a column over two grid columns; that is one column.
    """
    width = max((len(row) for row in grid), default=0)
    if width * len(grid) > _MAX_CELLS:
        # No page prints this: a hostile colspan. Each row keeps its own cells.
        return [[cell] for row in grid for cell in _distinct([row])]
    empty = Cell(())
    rows = [[*row, *[empty] * (width - len(row))] for row in grid if any(cell.text for cell in row)]
    rows = [
        row
        for at, row in enumerate(rows)
        if not at or any(a is not b for a, b in zip(row, rows[at - 1], strict=True))
    ]
    columns = [column for column in zip(*rows, strict=True) if any(cell.text for cell in column)]
    columns = [column for at, column in enumerate(columns)
               if not at or any(a is not b for a, b in zip(column, columns[at - 1], strict=True))]  # fmt: skip
    return [list(row) for row in zip(*columns, strict=True)]


def _distinct(rows: Sequence[Sequence[Cell]]) -> list[Cell]:
    return list({id(cell): cell for row in rows for cell in row}.values())


def _one_cell(row: Sequence[Cell]) -> bool:
    return all(cell is row[0] for cell in row)


def _header_rows(rows: Sequence[Sequence[Cell]]) -> int:
    """How many rows the header has, by its merged cells: 目标 over 2025年 and 2026年, beside 序号 over both."""
    top = rows[0]
    if not any(a is b for a, b in pairwise(top)):
        return 1
    depth = 1
    for column in range(len(top)):
        height = 1
        while height < len(rows) and rows[height][column] is top[column]:
            height += 1
        depth = max(depth, height)
    if depth > 1 or len(rows) < 3:
        return depth
    split = [i for i, cell in enumerate(top) if cell in (top[i - 1] if i else None, (*top, None)[i + 1])]
    below = [rows[1][i] for i in split]
    named = all(_HEADLIKE.fullmatch(cell.text) and not _FIGURE.fullmatch(cell.text) for cell in below)
    rest = all(not rows[1][i].text for i in range(len(top)) if i not in split)
    return 2 if named and rest and len(set(map(id, below))) > 1 else 1


def _header(cells: Sequence[Cell]) -> str:
    names: list[str] = []
    for cell in cells:
        if cell.text and cell.text not in names:
            names.append(cell.text)
    return " / ".join(names)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
