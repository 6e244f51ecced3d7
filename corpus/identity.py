"""Document facts: title, number, issuers, dates, place; the document's own, not those it cites."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.document import Part, Place
from corpus.lines import DATE, DOCUMENT_NUMBER, HAN_DATE, ORDER_NUMBER, ORGAN, STAMP, Line, ordinal
from corpus.normalize import NormalText
from corpus.normalize import normal as fold
from corpus.places import issuing_place
from corpus.structure import Mark, Outline

_PRINTED = re.compile(
    r"(?:印发|转发|批转|发布)《([^》]{4,80})》|(?:印发|转发|批转|发布)(?P<bare>[^《》]{4,80})的通知"
)
_ISSUER_IN_TITLE = re.compile(r"^([\u4e00-\u9fa5()\s、]{3,60}?)(?=关于|印发)")
_NUMBER_FIELD = re.compile(
    r"(?:发文字号|发文文号|文号|文件编号|文件字号)\s*[:|]*\s*([^\s|。]{2,14}[〔\[【(]\s*\d{4}\s*[〕\]】)]\s*\d+\s*号)"
)
_NUMBER_TAIL = re.compile(r"\(?[\u4e00-\u9fa5()]{2,14}[〔\[【(]\s*\d{4}\s*[〕\]】)]\s*第?\s*\d{1,4}\s*号\)?")
_ISSUER_FIELD = re.compile(
    r"(?:发文机关|发布机构|制定机关|发布机关|发文单位)\s*[:|]*\s*([\u4e00-\u9fa5、 ]{3,40}?)\s*(?:\||$)"
)
_DATE_FIELD = re.compile(
    r"(?:成文日期|发文日期|生成日期|印发日期)\s*[:|]*\s*((?:19|20)\d\d)[年/.-](\d{1,2})[月/.-](\d{1,2})"
)


_AMENDED = re.compile(r"(?:修订|修正|修改)(?:$|[,。;)\s])")  # the date of a later version
_ASSEMBLY = re.compile(r"第.{1,4}届([\u4e00-\u9fa5]{2,20}人民代表大会(?:常务委员会)?)第.{1,6}次会议通过")
_HEAD = 600  # characters from the top in which a document names itself


@dataclass(frozen=True, slots=True)
class Identity:
    """What names a document. Strings are as the source prints them, white space removed."""

    title: str
    document_number: str | None
    issuers: tuple[str, ...]
    issued: str | None
    published: str | None
    place: Place | None


def identify(source: str, normal: NormalText, lines: Sequence[Line], outline: Outline, name: str) -> Identity:
    """The identity of a document; `name` is the file name, the last resort for a title."""
    front = _front_marks(outline)
    title = _title(source, normal, front, lines, name)
    number = _number(source, normal, outline, front, lines)
    issuers = _issuers(source, normal, outline, front, lines)
    if not issuers and number is not None and "令第" in number:
        issuers = (number[: number.rindex("令第")],)
    if not issuers and (assembly := _ASSEMBLY.search(normal.text[:_HEAD])) is not None:
        issuers = (_slice(source, normal, *assembly.span(1)),)
    issued = _issued(normal, outline, front, lines)
    published = (
        next((d for mark in front if mark.what == "date" and (d := _stamp(mark.text))), None) or issued
    )
    place = next((p for text in (*map(fold, issuers), *(m.text for m in front if m.what == "title"))
                  if (p := issuing_place(text))), None)  # fmt: skip
    place = place or issuing_place(fold(title))
    return Identity(title, number, issuers, issued, published, place)


def _front_marks(outline: Outline) -> list[Mark]:
    """The marks before the first numbered unit and outside annexes."""
    first = next((node.start for node in outline.nodes if node.ordinal), None)
    return [
        m for m in outline.marks if (first is None or m.start < first) and m.part in (Part.NOTICE, Part.BODY)
    ]


def _slice(source: str, normal: NormalText, start: int, end: int) -> str:
    return re.sub(r"\s+", "", normal.span(start, end).of(source))


def _title(source: str, normal: NormalText, front: Sequence[Mark], lines: Sequence[Line], name: str) -> str:
    """The plan's own title where a notice carries one, else the first title; lines of one title joined."""
    titles = [mark for mark in front if mark.what == "title"]
    body = [mark for mark in titles if mark.part is Part.BODY]
    notice = [mark for mark in titles if mark.part is Part.NOTICE]
    for mark in titles:
        found = _PRINTED.search(mark.text)
        if found:
            group = "bare" if found.group("bare") else 1
            at = mark.start + found.start(group)
            return _slice(source, normal, at, mark.start + found.end(group))
    chosen = body if notice and body else titles
    if chosen:
        run = [chosen[0]]
        for mark in chosen[1:]:
            if mark.start - run[-1].end > 4:
                break
            run.append(mark)
        text = "".join(_slice(source, normal, mark.start, mark.end) for mark in run)
        return _NUMBER_TAIL.sub("", text) or text
    for line in lines[:40]:
        found = re.match(r"(?:title|法规名称|标\s*题)\s*[:|]+\s*[\"']?(.{4,100}?)[\"']?\s*\|?$", line.text)
        if found:
            return _slice(source, normal, line.start + found.start(1), line.start + found.end(1))
    pasted = _PRINTED.search(normal.text[:_HEAD])  # a text pasted as one line has no title of its own
    if pasted:
        group = "bare" if pasted.group("bare") else 1
        return _slice(source, normal, pasted.start(group), pasted.end(group))
    return re.sub(r"\.[A-Za-z0-9]+$", "", name)


def _number(
    source: str, normal: NormalText, outline: Outline, front: Sequence[Mark], lines: Sequence[Line]
) -> str | None:
    """The document's own 文号: on a line of its own, in the title's tail, or in a metadata field."""
    for mark in sorted(front, key=lambda m: {"number": 0, "title": 1}.get(m.what, 2)):
        if mark.what not in ("number", "title", "heading"):
            continue
        quoted = re.sub(r"《[^》]*》", lambda found: "\x00" * len(found.group()), mark.text)
        found = DOCUMENT_NUMBER.search(quoted)
        if found:
            return _slice(source, normal, mark.start + found.start(), mark.start + found.end())
    for line in lines:
        field = _NUMBER_FIELD.search(line.text) or (
            re.search(r"\|\s*([\u4e00-\u9fa5]{2,12}〔\d{4}〕\d+号)\s*\|", line.text)
            if "|" in line.text
            else None
        )
        if field:
            return _slice(source, normal, line.start + field.start(1), line.start + field.end(1))
    printed = _PRINTED.search(normal.text[:_HEAD])
    if printed and not front:
        # Right behind the title that a notice prints, before it cites anything: 关于印发《X》的通知 …〔2024〕6号.
        behind = normal.text[printed.end() : printed.end() + 80]
        pasted = DOCUMENT_NUMBER.search(behind)
        if pasted and "《" not in behind[: pasted.start()]:
            return _slice(source, normal, printed.end() + pasted.start(), printed.end() + pasted.end())
    return _order(source, normal, outline)


def _order(source: str, normal: NormalText, outline: Outline) -> str | None:
    """The number of the order (令) that made the document, printed above its first numbered unit; an order
    that only amended it stands behind 《》 or behind a first one."""
    first = next((node.start for node in outline.nodes if node.ordinal), len(normal.text))
    head = re.sub(r"《[^》]*》", lambda f: "\x00" * len(f.group()), normal.text[: min(first, _HEAD)])
    found = ORDER_NUMBER.search(head)
    return _slice(source, normal, found.start(), found.end()) if found else None


def _issuers(
    source: str, normal: NormalText, outline: Outline, front: Sequence[Mark], lines: Sequence[Line]
) -> tuple[str, ...]:
    """Who signed; else who stands in the title or above it; else what a metadata field says."""
    signed = [
        mark for mark in front if mark.what == "organ" and mark.start > (front[0].start if front else 0)
    ]
    title = next((mark for mark in front if mark.what == "title"), None)
    if title is not None:
        signed = [mark for mark in signed if mark.start > title.end] or signed
    if signed:
        names: list[str] = []
        for mark in signed:
            at = mark.start
            for piece in re.split(r"(\s+)", mark.text):
                if piece.strip():
                    names.append(_slice(source, normal, at, at + len(piece)))
                at += len(piece)
        return tuple(dict.fromkeys(names))
    if title is not None:
        found = _ISSUER_IN_TITLE.match(title.text)
        if found and ORGAN.match(found.group(1).strip()):
            return (_slice(source, normal, title.start, title.start + found.end(1)),)
    above = [mark for mark in front if mark.what == "organ"]
    if above:
        return tuple(_slice(source, normal, mark.start, mark.end) for mark in above)
    tail = [mark for mark in outline.marks if mark.what == "organ"]
    if tail:
        return tuple(dict.fromkeys(_slice(source, normal, mark.start, mark.end) for mark in tail))
    for line in lines:
        field = _ISSUER_FIELD.search(line.text)
        if field:
            return (_slice(source, normal, line.start + field.start(1), line.start + field.end(1)),)
    pasted = re.match(
        r"\s*([\u4e00-\u9fa5]{3,30}(?:人民政府|办公室|办公厅|委员会|局|厅))\s*关于", normal.text
    )
    return (_slice(source, normal, pasted.start(1), pasted.end(1)),) if pasted and not front else ()


def _issued(normal: NormalText, outline: Outline, front: Sequence[Mark], lines: Sequence[Line]) -> str | None:
    """The date of signature, ISO; the last date line of the front, or of the whole text."""
    for marks in (front, outline.marks):
        for mark in reversed(marks):
            if mark.what == "date" and not _AMENDED.search(mark.text):
                found = DATE.search(mark.text)
                if found:
                    return _iso(*found.groups())
                han = HAN_DATE.search(mark.text)
                if han:
                    year = "".join(
                        str("〇一二三四五六七八九".find("〇" if c in "零○OＯ0" else c)) for c in han.group(1)
                    )
                    return _iso(year, str(ordinal(han.group(2))), str(ordinal(han.group(3))))
    for line in lines:
        field = _DATE_FIELD.search(line.text)
        if field:
            return _iso(*field.groups())
    return None


def _stamp(text: str) -> str | None:
    found = STAMP.search(text)
    return _iso(*found.groups()) if found else None


def _iso(year: str, month: str, day: str) -> str:
    return f"{int(year):04d}-{int(month):02d}-{int(day):02d}"
