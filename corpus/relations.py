"""What a document is and how it stands to others: its kind, addressees, validity, what it carries out or repeals."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.document import Clause, ClauseKind, DocumentKind, Reference, Relations, Validity
from corpus.lines import DATE, DOCUMENT_NUMBER, ORDER_NUMBER, Line
from corpus.normalize import NormalText, normal
from corpus.outline import Outline

_INTERPRETATION = re.compile(r"解读|政策问答|一图读懂|答记者问")
_GUIDE = re.compile(r"办事指南|服务指南|操作指南|申请指南|办理指南|流程图")
_POLICY = re.compile(
    r"(?:通知|意见|办法|方案|规划|计划|规定|细则|条例|措施|决定|公告|通告|批复|要点|纲要|规范|标准|法|法典|修正案|预案|通报|举措|令|清单|目录|分工)"
    r"(?:\([^()]{1,24}\))?$"
)
_NEWS = re.compile(r"记者|本报讯|近日|日前|新华社|获悉")
# A short name may stand between a title and its number: 《…》(以下简称《实施方案》)(鄂府办发〔2023〕117号).
_REFERENCE = re.compile(
    r"《([^《》]{3,120}(?:〈[^〉]{3,80}〉[^《》]{0,40})?)》(?:\s*\((?:以下|下)[简簡][称稱][^()]{2,30}\))?(?:\s*\(([^()]{4,40}[号號])(?:[,，](?:以下|下)[简簡][称稱][^()]{2,30})?\))?"
)
_CARRIES_OUT = re.compile(r"贯彻落实|贯彻|落实|根据|依据|按照|依照")
_ANOTHER = re.compile(r"[、,，和及与]?\s*《")
_REPEALED_BEHIND = re.compile(r"^[^。；;《]{0,24}?废止|^(?:同时|即行|自行)?(?:停止执行|不再执行|失效)")
_REPEALED_BEFORE = re.compile(r"废止[^。；;》]{0,16}$")
_SAME_DAY = r"(?:发布|印发|公布|下发)之日"
_FROM = re.compile(
    rf"自\s*((?:19|20)\d\d年\d{{1,2}}月\d{{1,2}}日|{_SAME_DAY})\s*(?:起)?\s*(?:正式)?(?:施行|实施|执行|生效)"
)
_OF_ITSELF = re.compile(r"(?:自[^。]{2,30}起|本[^。,]{1,8}|有效期)[^。]{0,40}$")
_UNTIL = re.compile(
    r"有效期\s*(?:为|:)?\s*(\d{1,2}年|[一二三四五六七八九十]年)|(?:有效期(?:至|到)|(?:实施|执行|施行)(?:至|到))\s*((?:19|20)\d\d年\d{1,2}月\d{1,2}日)"
)


def relations(
    title: str, number: str | None, issued: str | None, clauses: Sequence[Clause], outline: Outline,
    normal_text: NormalText, source: str, lines: Sequence[Line],
) -> Relations:  # fmt: skip
    """The relations of a document, from its title, its front and what its clauses say of others.

    Words are as the source prints them; dates are ISO. What is not stated stays empty.
    """
    addressees = tuple(
        normal_text.span(mark.start, mark.end).of(source).strip().rstrip(":：")
        for mark in outline.marks
        if mark.what == "addressees"
    )
    return Relations(
        _kind(title, number, lines),
        addressees[:1],
        _validity(clauses, issued),
        _carried_out(clauses, title),
        _repealed(clauses),
    )


def _kind(title: str, number: str | None, lines: Sequence[Line]) -> DocumentKind:
    """A title says what a document is; a text with neither title nor number of a policy may be news."""
    bare = normal(title)
    if _INTERPRETATION.search(bare):
        return DocumentKind.INTERPRETATION
    if _GUIDE.search(bare):
        return DocumentKind.GUIDE
    if number is not None or _POLICY.search(bare):
        return DocumentKind.POLICY
    if any(_NEWS.search(line.text) for line in lines[:40]):
        return DocumentKind.NEWS
    return DocumentKind.OTHER


def _validity(clauses: Sequence[Clause], issued: str | None) -> Validity:
    """From when and how long the document holds, as its last clauses say."""
    since: str | None = None
    until: str | None = None
    for clause in reversed(clauses):
        text = normal(clause.text)
        begin, end = _FROM.search(text), _UNTIL.search(text)
        if end is not None and end.group(2) and "有效期" not in end.group() and not _OF_ITSELF.search(text[: end.start()]):
            end = None  # 原政策实施至…: another one's term
        if since is None and begin is not None and not re.search(r"》[^。]{0,12}$", text[: begin.start()]):
            date = DATE.search(begin.group(1))
            since = f"{int(date[1]):04d}-{int(date[2]):02d}-{int(date[3]):02d}" if date else issued
        if until is None and end is not None:
            date = DATE.search(end.group(2) or "")
            until = f"{int(date[1]):04d}-{int(date[2]):02d}-{int(date[3]):02d}" if date else end.group(1)
    return Validity(since, until)


def _reference(match: re.Match[str], clause: Clause) -> Reference:
    number = match.group(2)
    if number is not None and not any(p.search(normal(number)) for p in (DOCUMENT_NUMBER, ORDER_NUMBER)):
        number = None
    return Reference(match.group(1).strip(), re.sub(r"\s+", "", number) if number else None, clause.path)


def _carried_out(clauses: Sequence[Clause], title: str) -> tuple[Reference, ...]:
    """The documents that the preamble says this one is made to carry out (为贯彻落实《…》（…号）)."""
    own = normal(title)
    for clause in clauses[:4]:
        if clause.kind in (ClauseKind.PREAMBLE, ClauseKind.NOTICE, ClauseKind.ARTICLE, ClauseKind.PARAGRAPH):
            opening = _CARRIES_OUT.search(normal(clause.text))
            if opening and opening.start() < 40:
                text = clause.text.replace("（", "(").replace("）", ")")
                found = [_reference(match, clause) for match in _REFERENCE.finditer(text)]
                # Not the plan that the notice itself prints, nor a short name given in brackets (《实施方案》).
                kept = [
                    r for r in found if normal(r.title) != own and (r.document_number or len(r.title) >= 6)
                ]
                if kept:
                    return tuple(dict.fromkeys(kept))
    return ()


def _repealed(clauses: Sequence[Clause]) -> tuple[Reference, ...]:
    """The documents that this one repeals: 《…》（…号）同时废止, 废止《…》; of several in a row all (《甲》《乙》同时废止)."""
    found: dict[tuple[str, str | None], Reference] = {}
    for clause in clauses:
        text = clause.text.replace("（", "(").replace("）", ")")
        named = list(_REFERENCE.finditer(text))
        repealed = False
        for match in reversed(named):
            joined = repealed and _ANOTHER.match(text, match.end())
            repealed = bool(
                joined
                or _REPEALED_BEHIND.match(normal(text[match.end() : match.end() + 40]))
                or _REPEALED_BEFORE.search(normal(text[max(0, match.start() - 20) : match.start()])[-20:])
            )
            if repealed:
                reference = _reference(match, clause)
                found.setdefault((reference.title, reference.document_number), reference)
    return tuple(reversed(found.values()))
