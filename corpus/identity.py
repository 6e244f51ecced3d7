"""Document facts: title, number, issuers, dates, place; the document's own, not those it cites."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from corpus.document import Part, Place
from corpus.lines import ADOPTION, DATE, DOCUMENT_NUMBER, HAN_DATE, ORDER_NUMBER, ORGAN, STAMP, Line, ordinal
from corpus.normalize import NormalText, script_of
from corpus.normalize import normal as fold
from corpus.origin import Evidence, origin
from corpus.outline import Mark, Outline
from corpus.places import is_place

_PRINTED = re.compile(
    r"(?:印发|转发|批转|发布|公布)《([^》]{4,80})》|(?:印发|转发|批转|发布|公布)(?P<bare>[^《》]{4,80}?)的通知(?!的)"
)
_ISSUER_IN_TITLE = re.compile(r"^([\u4e00-\u9fa5()\s、]{3,140}?)\s*(?=关于|印发)")
_NUMBER_FIELD = re.compile(
    r"(?:发文字号|发文文号|文号|文件编号|文件字号)\s*[:|]*\s*([^\s|。]{2,14}[〔\[【(]\s*\d{4}\s*[〕\]】)]\s*\d+\s*号)"
)
_NUMBER_CELL = re.compile(r"\|\s*([\u4e00-\u9fa5]{2,12}〔\d{4}〕\d+号)\s*(?=\|)")
_NUMBER_TAIL = re.compile(
    r"\([\u4e00-\u9fa5]{2,14}[〔\[【(]\s*\d{4}\s*[〕\]】)]\s*第?\s*\d{1,4}\s*号\)$"
    r"|(?<=[知见法案划定则例施告要])[\u4e00-\u9fa5]{2,14}?[〔\[【(]\s*\d{4}\s*[〕\]】)]\s*第?\s*\d{1,4}\s*号$"
)
_KIND_WORD = re.compile(r".*(?:通知|意见|办法|方案|细则|决定|公告|规定)(?=.)")  # where a title ends and its number begins
_ISSUER_FIELD = re.compile(
    r"(?:发文机关|发布机构|制定机关|发布机关|发文单位|印发机关|制发机关)\s*[:|\s]*([\u4e00-\u9fa5、 ]{3,40}?)\s*(?:\||$)"
)
_DATE_FIELD = re.compile(
    r"(?:成文日期|发文日期|生成日期|印发日期|修正日期|公布日期|颁布日期)\s*[:|\s]*((?:19|20)\d\d)[年/.-]?(\d{1,2})[月/.-]?(\d{1,2})"
)


_PUBLISHED_FIELD = re.compile(
    r"(?:发布日期|发布时间|公开日期|公布时间)\s*[:|\s]*((?:19|20)\d\d)[年/.-](\d{1,2})[月/.-](\d{1,2})"
)
_CITES = re.compile(r"(?:根据|依据|按照|贯彻|落实)[^。\n]*$")  # what follows is another document's name
_LATER = re.compile(r"(?:修订|修正|修改)(?:$|[,。;)\s])|(?:施行|实施|生效)$")
_ASSEMBLY = re.compile(r"第.{1,4}届([\u4e00-\u9fa5]{2,20}人民代表大会(?:常务委员会)?)第.{1,6}次会议通过")
_LOCAL_ASSEMBLY = re.compile(
    r"(?:^|[日\s(])([\u4e00-\u9fa5]{2,16}?)第.{1,4}届(人民代表大会(?:常务委员会)?)第.{1,6}次会议(?:通过|表决通过|审议通过)", re.MULTILINE
)
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
    issuers = _issuers(source, normal, outline, front)
    filed = () if issuers else _filed(source, normal, lines)
    if not issuers and not filed and number is not None and (ordered := re.match(r"(.{2,})令[(（]?第", number)):
        issuers = (ordered.group(1),)
    if not issuers and not filed:
        issuers = _assembly(source, normal)
    issued = _issued(normal, outline, front, lines)
    published = next((d for mark in front if mark.what == "date" and (d := _stamp(mark.text))), None) or issued
    if published is None and (shown := next(filter(None, (_PUBLISHED_FIELD.search(line.text) for line in lines)), None)):
        published = _iso(*shown.groups())
    place = origin(
        Evidence(
            [*(m.text for m in front if m.what == "title"), fold(title)],
            fold(number) if number else None,
            [fold(issuer) for issuer in issuers],
            [fold(issuer) for issuer in filed],
            [mark.text for mark in outline.marks if mark.what == "addressees"],
            normal.text,
            script_of(source),
        )
    )
    return Identity(title, number, issuers or filed, issued, published, place)


def _front_marks(outline: Outline) -> list[Mark]:
    """The marks before the first numbered unit and outside annexes; those of the annex where the file is nothing else."""
    first = next((node.start for node in outline.nodes if node.ordinal), None)
    parts = {Part.NOTICE, Part.BODY}
    if parts.isdisjoint(part for unit in (outline.nodes, outline.marks) for part in {u.part for u in unit}):
        parts = {Part.ANNEX}
    return [m for m in outline.marks if (first is None or m.start < first) and m.part in parts]


def _slice(source: str, normal: NormalText, start: int, end: int) -> str:
    return re.sub(r"\s+|\*{2,}", "", normal.span(start, end).of(source))


def _title(source: str, normal: NormalText, front: Sequence[Mark], lines: Sequence[Line], name: str) -> str:
    """The plan's own title where a notice carries one, else the first title; lines of one title joined."""
    runs: list[list[Mark]] = []
    for mark in front:
        if mark.what == "title":
            if runs and mark.start - runs[-1][-1].end <= 4 and mark.part is runs[-1][-1].part:
                runs[-1].append(mark)
            else:
                runs.append([mark])
    for run in runs:
        found = _PRINTED.search(normal.text, run[0].start, run[-1].end)
        if found:
            return _slice(source, normal, *found.span("bare" if found.group("bare") else 1))
    body = [run for run in runs if run[0].part is Part.BODY]
    notice = [run for run in runs if run[0].part is Part.NOTICE]
    chosen = body if notice and body else runs
    if chosen:
        text = "".join(_slice(source, normal, mark.start, mark.end) for mark in chosen[0])
        return _NUMBER_TAIL.sub("", text) or text
    for line in lines[:40]:
        found = re.match(r"(?:[Tt]itle|法规名称|标\s*题)\s*[:|]+\s*[\"']?(.{4,100}?)[\"']?\s*\|?$", line.text)
        if found:
            if re.search(r"\.(?:docx?|pdf|xlsx?|wps|zip)|(?:日期|来源)\s*:", found.group(1)):
                continue  # the name of an attachment, or the line below the title that a crawler took for it
            printed = _PRINTED.search(normal.text, line.start + found.start(1), line.start + found.end(1))
            if printed:
                return _slice(source, normal, *printed.span("bare" if printed.group("bare") else 1))
            return _slice(source, normal, line.start + found.start(1), line.start + found.end(1))
    named = next((m for m in front if m.what == "heading" and 6 <= len(m.text) <= 60 and m.start < _HEAD), None)
    if named is not None and not re.search(r"[:|]|首页|导航", named.text):
        return _slice(source, normal, named.start, named.end)  # the first line, where nothing reads like a title
    pasted = _PRINTED.search(normal.text[:_HEAD])  # a text pasted as one line has no title of its own
    if pasted and not _CITES.search(normal.text[: pasted.start()]):
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
            glued = _KIND_WORD.match(found.group("prefix"))
            begin = found.start() + (glued.end() if glued else 0)
            return _slice(source, normal, mark.start + begin, mark.start + found.end())
    cells: set[str] = set()
    for line in lines:
        if field := _NUMBER_FIELD.search(line.text):
            return _slice(source, normal, line.start + field.start(1), line.start + field.end(1))
        for cell in _NUMBER_CELL.finditer(line.text):
            cells.add(_slice(source, normal, line.start + cell.start(1), line.start + cell.end(1)))
    if len(cells) == 1:
        return cells.pop()  # a table of several numbers lists other documents
    printed = _PRINTED.search(normal.text[:_HEAD])
    if printed and not front:
        # Right behind the title that a notice prints, before it cites anything: 关于印发《X》的通知 …〔2024〕6号.
        behind = normal.text[printed.end() : printed.end() + 80]
        pasted = DOCUMENT_NUMBER.search(behind)
        # A number in brackets behind a quoted title is that title's: 根据《…的通知》(国办函〔2026〕2号).
        cited = pasted is not None and re.search(r"[》〉]\s*\($", normal.text[: printed.end() + pasted.start()][-8:])
        if pasted and not cited and "《" not in behind[: pasted.start()]:
            return _slice(source, normal, printed.end() + pasted.start(), printed.end() + pasted.end())
    return _order(source, normal, outline)


def _order(source: str, normal: NormalText, outline: Outline) -> str | None:
    """The number of the order (令) that made the document, printed above its first numbered unit; an order
    that only amended it stands behind 《》 or behind a first one."""
    first = next((node.start for node in outline.nodes if node.ordinal), len(normal.text))
    head = re.sub(r"《[^》]*》", lambda f: "\x00" * len(f.group()), normal.text[: min(first, _HEAD)])
    # 根据《…规定》(市人民政府令第193号): the number of what is cited.
    own = (match for match in ORDER_NUMBER.finditer(head) if not re.search(r"\x00\s*\($", head[: match.start()]))
    found = next(own, None)
    return _slice(source, normal, found.start(), found.end()) if found else None


def _issuers(source: str, normal: NormalText, outline: Outline, front: Sequence[Mark]) -> tuple[str, ...]:
    """Who signed; else who stands in the title or above it."""
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
            place = _above_columns(source, normal, mark, front)
            for piece in re.split(r"(\s+)", mark.text):
                for a, b in _bodies(piece):
                    names.append(place + _slice(source, normal, at + a, at + b))
                at += len(piece)
        return tuple(dict.fromkeys(names))
    if title is not None:
        found = _ISSUER_IN_TITLE.match(title.text)
        if found:
            bodies = list(re.finditer(r"[^\s、]+", found.group(1)))
            if all(ORGAN.match(body.group()) or body.group().endswith("部") for body in bodies):
                return tuple(
                    _slice(source, normal, title.start + body.start(), title.start + body.end()) for body in bodies
                )
    above = [mark for mark in front if mark.what == "organ"]
    if above:
        return tuple(_slice(source, normal, mark.start, mark.end) for mark in above)
    tail = [mark for mark in outline.marks if mark.what == "organ"]
    if tail:
        return tuple(dict.fromkeys(_slice(source, normal, mark.start, mark.end) for mark in tail))
    pasted = re.match(
        r"\s*([\u4e00-\u9fa5]{3,30}(?:人民政府|办公室|办公厅|委员会|局|厅))\s*关于", normal.text
    )
    return (_slice(source, normal, pasted.start(1), pasted.end(1)),) if pasted and not front else ()


def _assembly(source: str, normal: NormalText) -> tuple[str, ...]:
    """The congress that passed a law, without its session: 北京市第八届人民代表大会第一次会议 → 北京市人民代表大会."""
    head = normal.text[:_HEAD]
    national, local = _ASSEMBLY.search(head), _LOCAL_ASSEMBLY.search(head)
    if local is not None and (national is None or local.start() < national.start()):
        return (_slice(source, normal, *local.span(1)) + _slice(source, normal, *local.span(2)),)
    return (_slice(source, normal, *national.span(1)),) if national is not None else ()


def _filed(source: str, normal: NormalText, lines: Sequence[Line]) -> tuple[str, ...]:
    """The issuing body in the fields that a web page prints with a document, where nobody signed it."""
    for line in lines:
        field = _ISSUER_FIELD.search(line.text)
        if field:
            return (_slice(source, normal, line.start + field.start(1), line.start + field.end(1)),)
    return ()


def _above_columns(source: str, normal: NormalText, mark: Mark, front: Sequence[Mark]) -> str:
    """The place that stands on a line of its own above each of several bodies; empty where none does.

    广西壮族自治区 广西壮族自治区 / 卫生健康委员会 公安厅: long names are signed in columns of two lines.
    """
    before = next((other for other in reversed(front) if other.end <= mark.start), None)
    if before is None or before.what != "heading" or normal.text[before.end : mark.start].strip():
        return ""
    columns = before.text.split()
    if len(set(columns)) != 1 or len(columns) != len(mark.text.split()) or not is_place(columns[0]):
        return ""
    return _slice(source, normal, before.start, before.start + len(columns[0]))


def _bodies(text: str) -> list[tuple[int, int]]:
    """The bodies printed without a blank between (甲市民政局甲市财政局): the place comes again behind an organ."""
    if not text.strip():
        return []
    again = [m.start() for m in re.finditer(rf"(?<=[局厅委办府室会部院]){re.escape(text[:3])}", text)]
    return list(pairwise([0, *again, len(text)]))


def _issued(normal: NormalText, outline: Outline, front: Sequence[Mark], lines: Sequence[Line]) -> str | None:
    """The date of signature, ISO; the last date line of the front, or of the whole text."""
    for marks in (front, outline.marks):
        for mark in reversed(marks):
            # 题注 begins with the day the law was made; other lines of it are of later versions or of coming into force.
            if mark.what == "date" and (ADOPTION.fullmatch(mark.text) or not _LATER.search(mark.text)):
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
