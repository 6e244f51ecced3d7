"""Word files (.docx): paragraphs with the numbers Word prints before them, tables with merged cells, text boxes.

Word keeps the labels of a numbered list (一、 （一） 1. 第三条) out of the text and counts them when it prints; the
structure of a policy hangs on them, so they are counted here the same way (ECMA-376 part 1, 17.9).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from corpus.archive import check_infos, check_ratio
from corpus.errors import SourceError
from corpus.reading import Cell, Extract, joined, table_lines

# lxml elements: the library has no annotations of its own.
_Element = Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# What was struck out in revision, phonetic guides, commands of fields.
_PASSED = {
    f"{_W}{n}"
    for n in (
        "del",
        "moveFrom",
        "rt",
        "instrText",
        "delText",
        "pPr",
        "rPr",
        "sectPr",
        "tblPr",
        "tcPr",
        "trPr",
    )
}
# Boxes of forms, which fonts of signs draw with private codes.
_SYMBOLS = {
    0xF0A3: "□",
    0xF0A8: "□",
    0xF06F: "□",
    0xF071: "□",
    0xF052: "☑",
    0xF0FE: "☑",
    0xF053: "☒",
    0xF0FD: "☒",
}
_MAX_XML = 100 * 1024 * 1024  # a document of ten thousand pages
_MAX_GAP = 64  # columns that a row may leave out at its start

_HAN = "〇一二三四五六七八九"
_FORMAL = "零壹贰叁肆伍陆柒捌玖"
_FORMAL_TRADITIONAL = "零壹貳參肆伍陸柒捌玖"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"),
          (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))  # fmt: skip


def read_wordfile(data: bytes, name: str) -> Extract:
    """The text of a Word file in the order of its body.

    Left out: page headers and footers, footnotes, comments, struck-out and hidden text, the table of contents.
    Raises SourceError for what is no .docx, damaged or encrypted.
    """
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise SourceError(f"{name!r} is encrypted; open it with its password and save it without one")
        raise SourceError(
            f"{name!r} is an old .doc under a new name; open it in Word or WPS, save it as .docx"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            check_infos(opened.infolist(), name)
            for info in opened.infolist():
                check_ratio(info, name)
            size = sum(info.file_size for info in opened.infolist() if info.filename.endswith(".xml"))
        if size > _MAX_XML:
            raise SourceError(
                f"{name!r} holds {size:,} bytes of text and marks, over the limit of {_MAX_XML:,}; split it"
            )
        body = _Body(data)
        lines = list(body.lines())
    except SourceError:
        raise
    except (
        Exception
    ) as error:  # python-docx, lxml and zipfile raise a dozen unrelated classes on damaged bytes
        raise SourceError(
            f"{name!r} is damaged or no Word file ({type(error).__name__}); open it in Word or WPS and save it again"
        ) from error
    return Extract(joined(lines, name), tuple(f"left out: {what}" for what in sorted(body.left_out)))


class _Body:
    """The body of a Word file as lines."""

    def __init__(self, data: bytes) -> None:
        from docx.opc.constants import RELATIONSHIP_TYPE
        from docx.package import Package

        part: Any = Package.open(io.BytesIO(data)).main_document_part
        self._root: _Element = part.element
        related = {rel.reltype: rel.target_part for rel in part.rels.values() if not rel.is_external}
        styles: Any = related.get(RELATIONSHIP_TYPE.STYLES)
        numbering: Any = related.get(RELATIONSHIP_TYPE.NUMBERING)
        self._styles = _Styles(getattr(styles, "element", None))
        self._numbering = _Numbering(getattr(numbering, "element", None), self._styles)
        self.left_out: set[str] = set()

    def lines(self) -> Iterator[str]:
        """The lines, with a table between blank ones."""
        body = self._root.find(f"{_W}body")
        if body is None:
            raise ValueError("a document without a body")
        yield from self._blocks(body)

    def _blocks(self, parent: _Element) -> Iterator[str]:
        for child in parent:
            if child.tag == f"{_W}p":
                yield from self._paragraph(child)
            elif child.tag == f"{_W}tbl":
                grid, heads = self._table(child)
                yield from table_lines(grid, heads)
            elif child.tag == f"{_W}sdt":
                gallery = child.find(f"{_W}sdtPr/{_W}docPartObj/{_W}docPartGallery")
                content = child.find(f"{_W}sdtContent")
                if gallery is not None and gallery.get(f"{_W}val") == "Table of Contents":
                    self.left_out.add("table of contents")
                elif content is not None:
                    yield from self._blocks(content)
            elif child.tag == f"{_MC}AlternateContent":
                yield from self._blocks(_alternative(child))
            elif child.tag in (f"{_W}ins", f"{_W}moveTo", f"{_W}customXml", f"{_W}smartTag"):
                yield from self._blocks(child)

    def _paragraph(self, paragraph: _Element) -> Iterator[str]:
        style = _value(paragraph.find(f"{_W}pPr/{_W}pStyle"))
        if self._styles.name(style).lower().startswith(("toc ", "目录")):
            self.left_out.add("table of contents")
            return
        label = self._numbering.label(paragraph, style)
        pieces: list[str] = []
        boxes: list[_Element] = []
        self._inline(paragraph, pieces, boxes)
        first, *more = "".join(pieces).strip().split("\n")
        if first.strip() or more:
            yield f"{label}{first.strip()}"
            yield from more
        # An empty numbered paragraph prints its bare number, which says nothing.
        for box in boxes:
            yield from self._blocks(box)

    def _inline(self, parent: _Element, pieces: list[str], boxes: list[_Element]) -> None:
        """The words in a paragraph, in order; text boxes are put aside."""
        for child in parent:
            tag = child.tag
            if tag in (f"{_W}t", _M_TEXT):
                pieces.append((child.text or "").replace("\n", " "))
            elif tag == f"{_W}r" and _is_on(child.find(f"{_W}rPr/{_W}vanish")):
                self.left_out.add("hidden text")
            elif tag in (f"{_W}tab", f"{_W}ptab"):
                pieces.append(" ")
            elif tag in (f"{_W}br", f"{_W}cr"):
                pieces.append("\n")
            elif tag == f"{_W}noBreakHyphen":
                pieces.append("-")
            elif tag == f"{_W}sym":
                pieces.append(_symbol(child.get(f"{_W}char")))
            elif tag in (f"{_W}footnoteReference", f"{_W}endnoteReference"):
                self.left_out.add("footnotes")
            elif tag == f"{_MC}AlternateContent":
                self._inline(_alternative(child), pieces, boxes)
            elif tag == f"{_W}txbxContent":
                boxes.append(child)
            elif tag not in _PASSED and isinstance(tag, str):
                self._inline(child, pieces, boxes)

    def _table(self, table: _Element) -> tuple[list[list[Cell]], int]:
        """The cells of a table, a merged cell at each of its places, and its number of repeating header rows."""
        grid: list[list[Cell]] = []
        heads = 0
        empty = Cell(())
        for row in _within(table, "tr"):
            line = [empty] * _count(row.find(f"{_W}trPr/{_W}gridBefore"), 0)
            for cell in _within(row, "tc"):
                properties = cell.find(f"{_W}tcPr")
                wide = merge = None
                if properties is not None:
                    wide, merge = properties.find(f"{_W}gridSpan"), properties.find(f"{_W}vMerge")
                at = len(line)
                words = tuple(text for text in self._blocks(cell) if text.strip())
                continued = merge is not None and merge.get(f"{_W}val", "continue") == "continue"
                if continued and grid and at < len(grid[-1]) and not words:
                    found = grid[-1][at]
                else:
                    found = Cell(words, nested=next(cell.iter(f"{_W}tbl"), None) is not None)
                line += [found] * max(1, _count(wide, 1))
            if _is_on(row.find(f"{_W}trPr/{_W}tblHeader")) and heads == len(grid):
                heads += 1
            grid.append(line)
        return grid, heads


def _within(parent: _Element, name: str) -> Iterator[_Element]:
    """The rows of a table or the cells of a row, those in content controls and revisions too."""
    for child in parent:
        if child.tag == f"{_W}{name}":
            if child.find(f"{_W}trPr/{_W}del") is None:
                yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}customXml", f"{_W}ins"):
            yield from _within(child, name)


def _alternative(choice: _Element) -> _Element:
    """The first of the alternatives a program offers; they say the same."""
    found = choice.find(f"{_MC}Choice")
    if found is None:
        found = choice.find(f"{_MC}Fallback")
    return () if found is None else found


def _value(element: _Element | None) -> str:
    return "" if element is None else element.get(f"{_W}val") or ""


def _is_on(element: _Element | None) -> bool:
    return element is not None and element.get(f"{_W}val", "true") not in ("0", "false", "off")


def _count(element: _Element | None, default: int) -> int:
    value = _value(element)
    return min(int(value), _MAX_GAP) if value.isdecimal() else default


def _symbol(code: str | None) -> str:
    try:
        number = int(code or "", 16)
    except ValueError:
        return ""
    if number in _SYMBOLS:
        return _SYMBOLS[number]
    return (
        "" if 0xE000 <= number <= 0xF8FF or 0xD800 <= number <= 0xDFFF or number > 0x10FFFF else chr(number)
    )


class _Styles:
    """What paragraph styles say of numbering, their parents' word where they say nothing."""

    def __init__(self, root: _Element | None) -> None:
        self._styles: dict[str, _Element] = {}
        self._default = ""
        for style in () if root is None else root.findall(f"{_W}style"):
            key = style.get(f"{_W}styleId") or ""
            self._styles[key] = style
            if style.get(f"{_W}type") == "paragraph" and style.get(f"{_W}default") in ("1", "true", "on"):
                self._default = key

    def name(self, key: str) -> str:
        """The name of a style, for example `toc 1`; empty for an unknown one."""
        style = self._styles.get(key)
        return "" if style is None else _value(style.find(f"{_W}name"))

    def numbering(self, key: str) -> tuple[str, str, str]:
        """`(numId, ilvl, the style that says so)`; empty strings for what no style says."""
        key = key or self._default
        for _ in range(20):  # a chain of parents that bites its tail ends here
            style = self._styles.get(key)
            if style is None:
                break
            found = style.find(f"{_W}pPr/{_W}numPr")
            if found is not None and (number := _value(found.find(f"{_W}numId"))):
                return number, _value(found.find(f"{_W}ilvl")), key
            key = _value(style.find(f"{_W}basedOn"))
        return "", "", ""

    def list_of(self, key: str) -> str:
        """The numId that a numbering style stands for."""
        style = self._styles.get(key)
        return "" if style is None else _value(style.find(f"{_W}pPr/{_W}numPr/{_W}numId"))


@dataclass(slots=True)
class _Level:
    """How one level of a list is printed."""

    start: int = 1
    form: str = "decimal"
    text: str = ""
    gap: str = "tab"
    legal: bool = False  # every number in the label in Arabic figures
    restart: int | None = None  # the level, counted from one, after which it starts again; 0 is never
    style: str = ""


@dataclass(slots=True)
class _List:
    """A `w:num`: its levels, the counters it shares with the lists of the same kind, where it starts anew."""

    levels: dict[int, _Level]
    counters: dict[int, int]
    starts: dict[int, int] = field(default_factory=dict)


class _Numbering:
    """The counters of a Word file; `label` must be asked for each paragraph once, in order."""

    def __init__(self, root: _Element | None, styles: _Styles) -> None:
        self._styles = styles
        self._abstract: dict[str, _Element] = {}
        self._nums: dict[str, _Element] = {}
        self._counters: dict[str, dict[int, int]] = {}
        self._lists: dict[str, _List | None] = {}
        if root is not None:
            self._abstract = {e.get(f"{_W}abstractNumId"): e for e in root.findall(f"{_W}abstractNum")}
            self._nums = {e.get(f"{_W}numId"): e for e in root.findall(f"{_W}num")}

    def label(self, paragraph: _Element, style: str) -> str:
        """What Word prints before a paragraph, with the gap after it; empty for one without a number."""
        own = paragraph.find(f"{_W}pPr/{_W}numPr")
        number = level_text = ""
        if own is not None:
            number, level_text = _value(own.find(f"{_W}numId")), _value(own.find(f"{_W}ilvl"))
        said_by = ""
        if not number:
            number, styled_level, said_by = self._styles.numbering(style)
            level_text = level_text or styled_level
        if not number or number == "0":
            return ""
        found = self._list(number)
        if found is None:
            return ""
        level = int(level_text) if level_text.isdecimal() else 0
        if said_by and not level_text:
            level = next((at for at, one in found.levels.items() if one.style == said_by), 0)
        return self._print(found, level)

    def _print(self, found: _List, level: int) -> str:
        spec = found.levels.get(level)
        if spec is None:
            return ""
        counters = found.counters
        if level in found.starts:
            counters[level] = found.starts.pop(level)
        else:
            counters[level] = counters.get(level, spec.start - 1) + 1
        for deeper in [at for at in counters if at > level]:
            restart = found.levels[deeper].restart if deeper in found.levels else None
            if restart is None or (restart and level < restart):
                del counters[deeper]
        if spec.form in ("bullet", "none"):
            return "" if spec.form == "bullet" or "%" in spec.text else _gap(spec.text, spec.gap)

        def number(match: re.Match[str]) -> str:
            at = int(match.group(1)) - 1
            one = found.levels.get(at, spec)
            return numeral(counters.get(at, one.start), "decimal" if spec.legal else one.form)

        return _gap(re.sub(r"%([1-9])", number, spec.text), spec.gap)

    def _list(self, number: str) -> _List | None:
        if number not in self._lists:
            self._lists[number] = self._build(number)
        return self._lists[number]

    def _build(self, number: str) -> _List | None:
        num = self._nums.get(number)
        if num is None:
            return None
        key = _value(num.find(f"{_W}abstractNumId"))
        abstract = self._abstract.get(key)
        for _ in range(5):  # a list that only names a numbering style, which names the list it stands for
            link = "" if abstract is None else _value(abstract.find(f"{_W}numStyleLink"))
            linked = self._nums.get(self._styles.list_of(link)) if link else None
            if linked is None:
                break
            key = _value(linked.find(f"{_W}abstractNumId"))
            abstract = self._abstract.get(key)
        if abstract is None:
            return None
        levels = {int(e.get(f"{_W}ilvl") or 0): _level(e) for e in abstract.findall(f"{_W}lvl")}
        starts: dict[int, int] = {}
        for override in num.findall(f"{_W}lvlOverride"):
            at = int(override.get(f"{_W}ilvl") or 0)
            own = override.find(f"{_W}lvl")
            if own is not None:
                levels[at] = _level(own)
            start = _value(override.find(f"{_W}startOverride"))
            if start.isdecimal():
                starts[at] = int(start)
        return _List(levels, self._counters.setdefault(key, {}), starts)


def _level(element: _Element) -> _Level:
    start = _value(element.find(f"{_W}start"))
    restart = _value(element.find(f"{_W}lvlRestart"))
    form = element.find(f"{_W}numFmt")
    if form is None:  # newer formats come with a fallback for older programs
        form = element.find(f"{_MC}AlternateContent/{_MC}Fallback/{_W}numFmt")
    return _Level(
        int(start) if start.isdecimal() else 0,
        _value(form) or "decimal",
        _value(element.find(f"{_W}lvlText")),
        _value(element.find(f"{_W}suff")) or "tab",
        _is_on(element.find(f"{_W}isLgl")),
        int(restart) if restart.isdecimal() else None,
        _value(element.find(f"{_W}pStyle")),
    )


def _gap(label: str, gap: str) -> str:
    """The label and what stands after it: a tab after `1.` or `第三条` is seen as a gap, after `一、` it is not."""
    label = label.strip()
    return f"{label} " if label and gap != "nothing" and label[-1] not in "、）。．)" else label


def numeral(number: int, form: str) -> str:
    """A number as Word prints it in one of its formats (`w:numFmt`, ECMA-376 part 1, 17.18.59).

    `(12, "chineseCountingThousand")` → 十二, `(3, "decimalEnclosedCircle")` → ③; an unknown format is decimal.
    """
    if form == "none" or number < 0:
        return ""
    if form in ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting",
                "taiwaneseCountingThousand", "koreanCounting"):  # fmt: skip
        return _han(number, _HAN, "十百千万")
    if form in ("chineseLegalSimplified", "ideographLegalTraditional", "japaneseLegal"):
        formal = _FORMAL if form == "chineseLegalSimplified" else _FORMAL_TRADITIONAL
        return _han(number, formal, "拾佰仟萬", shorten=False)
    if form in ("ideographDigital", "japaneseDigitalTenThousand", "taiwaneseDigital"):
        return "".join(_HAN[int(digit)] for digit in str(number))
    if form == "ideographTraditional" and 1 <= number <= 10:
        return _STEMS[number - 1]
    if form == "ideographZodiac" and 1 <= number <= 12:
        return _BRANCHES[number - 1]
    if form.startswith("decimalEnclosedCircle") and 1 <= number <= 20:
        return chr(0x2460 + number - 1)
    if form == "decimalEnclosedParen" and 1 <= number <= 20:
        return chr(0x2474 + number - 1)
    if form == "decimalEnclosedFullstop" and 1 <= number <= 20:
        return chr(0x2488 + number - 1)
    if form in ("decimalFullWidth", "decimalFullWidth2"):
        return "".join(chr(0xFF10 + int(digit)) for digit in str(number))
    if form == "decimalZero":
        return f"{number:02}"
    if form in ("upperLetter", "lowerLetter") and number:
        letter = chr(ord("A") + (number - 1) % 26) * min((number - 1) // 26 + 1, 8)
        return letter if form == "upperLetter" else letter.lower()
    if form in ("upperRoman", "lowerRoman") and 0 < number < 4000:
        roman = ""
        for value, sign in _ROMAN:
            roman += sign * (number // value)
            number %= value
        return roman if form == "upperRoman" else roman.lower()
    return str(number)


def _han(number: int, digits: str, units: str, *, shorten: bool = True) -> str:
    """A number below a hundred million in Chinese: 十二, 二十, 一百〇三."""
    if number >= 10_000:
        if number >= 100_000_000:
            return str(number)
        rest = number % 10_000
        zero = digits[0] if 0 < rest < 1000 else ""
        return (
            _han(number // 10_000, digits, units, shorten=shorten)
            + units[3]
            + zero
            + (_han(rest, digits, units, shorten=False) if rest else "")
        )
    text = ""
    gap = False
    for power, unit in ((1000, units[2]), (100, units[1]), (10, units[0]), (1, "")):
        digit = number // power % 10
        if digit:
            text += (digits[0] if gap else "") + digits[digit] + unit
            gap = False
        elif text:
            gap = True
    if shorten and 10 <= number < 20:
        text = text[1:]
    return text or digits[0]
